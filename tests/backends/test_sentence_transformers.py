from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voicebot.backends.sentence_transformers import OnnxEmbedder
from voicebot.errors import EmbeddingError, ModelError

REFERENCE = Path(__file__).parents[2] / "models" / "all-MiniLM-L6-v2.vectors.npz"


@pytest.mark.models
async def test_agrees_with_the_original_model(embedder: OnnxEmbedder) -> None:
    with np.load(REFERENCE, allow_pickle=False) as data:
        sentences, wanted = [str(text) for text in data["sentences"]], data["vectors"]
    vectors = await embedder.embed(sentences)
    assert vectors.shape == wanted.shape
    assert np.abs(vectors - wanted).max() < 1e-4


@pytest.mark.models
async def test_order_is_kept_over_batches_of_all_lengths(embedder: OnnxEmbedder) -> None:
    texts = ["kettle " * (1 + (7 * number) % 30) + str(number) for number in range(40)]
    together = await embedder.embed(texts)
    assert together.shape == (40, embedder.dimension) == (40, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-4)
    for number in (0, 17, 39):
        assert np.allclose(together[number], (await embedder.embed([texts[number]]))[0], atol=1e-4)


@pytest.mark.models
async def test_like_means_near(embedder: OnnxEmbedder) -> None:
    one, other, far = await embedder.embed(
        ["Where is my parcel?", "When does my package arrive?", "This lamp is made of glass."]
    )
    assert one @ other > one @ far + 0.2


KENNELS = (  # what is asked, and what answers it
    ("who looks after him if he gets poorly in the night", "A nurse sleeps on the premises."),
    ("he's frightened of bangs", "On nights with fireworks dogs stay indoors with music."),
    ("can I drop him off before work", "We receive guests from seven in the morning."),
    ("what if our plane home is late", "Each further night costs the daily rate."),
    ("she won't touch anything but her own tins", "Bring food from home for fussy eaters."),
    ("he's never had his jabs", "Without a certificate of vaccination no animal is admitted."),
    ("do two from the same house get a better price", "A second dog of a family pays half."),
    ("I'd like to see where they sleep first", "Visits by appointment, Tuesdays at four."),
)


@pytest.mark.models
async def test_fitted_for_answers_it_finds_what_has_none_of_the_questions_words(
    embedder: OnnxEmbedder,
) -> None:
    def right(questions: Any, answers: Any) -> int:
        return int((np.argmax(questions @ answers.T, axis=1) == np.arange(len(KENNELS))).sum())

    fitted = embedder.fitted("answering")
    assert fitted is not None
    assert embedder.fitted("singing") is None
    assert fitted.name.startswith(f"{embedder.name}+")
    asked, answers = [text for text, _ in KENNELS], [text for _, text in KENNELS]
    plainly = right(await embedder.embed(asked), await embedder.embed(answers))
    assert right(await fitted.embed(asked), await fitted.embed(answers)) >= max(6, plainly + 2)


@pytest.mark.models
async def test_only_what_is_wanted_is_computed(
    embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, Any]] = []

    class Session:
        def run(self, outputs: list[str], feed: dict[str, Any]) -> list[Any]:
            given.append(feed)
            return [np.zeros((1, 384), np.float32)]

    monkeypatch.setattr(embedder, "_session", Session())
    await embedder.embed(["x"])
    [feed] = given
    wants = {name: bool(value) for name, value in feed.items() if name.startswith("want.")}
    others = {f"want.{name}": False for name in ("answering", "ending", "verdict")}
    assert wants == others | {"want.embedding": True}


@pytest.mark.models
async def test_nothing_and_too_much(embedder: OnnxEmbedder) -> None:
    assert (await embedder.embed([])).shape == (0, 384)
    assert (await embedder.embed(["", "word " * 5000])).shape == (2, 384)
    assert embedder.name == "all-MiniLM-L6-v2"


@pytest.mark.models
async def test_the_librarys_errors_become_ours(
    embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(embedder, "_run", broken)
    with pytest.raises(EmbeddingError, match="no memory"):
        await embedder.embed(["x"])


def test_a_folder_without_the_model_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="models verify"):
        OnnxEmbedder(tmp_path)
