from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.knowledge.fakes import HashingEmbedder
from voicebot.errors import IngestError, StageError
from voicebot.knowledge import index
from voicebot.knowledge.index import LOOK_AGAIN, ChromaKnowledge, Indexed
from voicebot.knowledge.passages import Sentence

SOURCES = [Indexed("a.pdf", "/shop/a.pdf", "0" * 64, 1, 2)]


def sentence(text: str, position: int = 0) -> Sentence:
    return Sentence(text, (text,), "a.pdf", 3, "Title", "Heading", "passage", "a.pdf#0", position)


async def write(folder: Path, *texts: str, embedder: HashingEmbedder | None = None) -> None:
    embedder = embedder or HashingEmbedder()
    vectors = await embedder.embed(texts)
    rows = [sentence(text, n) for n, text in enumerate(texts)]
    with index.exclusive(folder):
        index.write(folder, rows, vectors, embedder, SOURCES)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def opened(folder: Path, embedder: HashingEmbedder, clock: Clock) -> Iterator[ChromaKnowledge]:
    knowledge = ChromaKnowledge(folder, embedder, clock=clock)
    try:
        yield knowledge
    finally:
        knowledge.close()


async def test_finds_the_nearest_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    await write(tmp_path, "refunds take a week", "shipping is free")
    with opened(tmp_path, HashingEmbedder(), Clock()) as knowledge:
        best, other = await knowledge.search("is shipping free")
    assert best.sentence == "shipping is free"
    assert 0.9 < best.score <= 1.0001
    assert other.score < best.score
    assert (best.source, best.page, best.title, best.heading) == ("a.pdf", 3, "Title", "Heading")
    assert (best.passage, best.passage_id, best.position) == ("passage", "a.pdf#0", 1)


async def test_a_sentence_is_found_once_by_the_nearest_of_its_vectors(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    views = ("we take things back", "what is your return policy", "about returns and refunds")
    rows = [
        replace(sentence("we take things back", 0), embed=views),
        sentence("the return label is free", 1),
        sentence("something else", 2),
    ]
    vectors = await embedder.embed([text for row in rows for text in row.embed])
    with index.exclusive(tmp_path):
        index.write(tmp_path, rows, vectors, embedder, SOURCES)
    with opened(tmp_path, embedder, Clock()) as knowledge:
        found = await knowledge.search("what is your return policy", 2)
        assert [hit.position for hit in found] == [0, 1]
        assert found[0].score > 0.99
        assert len(await knowledge.search("what is your return policy")) == 3
    version = index.current(tmp_path)
    assert version is not None
    assert index.contents(version)[0] == rows


async def test_a_question_that_was_embedded_is_not_embedded_again(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    await write(tmp_path, "refunds take a week", "shipping is free")
    vector = (await embedder.embed(["is shipping free"]))[0]
    before = embedder.embedded
    with opened(tmp_path, embedder, Clock()) as knowledge:
        found = await knowledge.search("in whatever words", vector=vector)
        assert embedder.embedded == before
        assert found == await knowledge.search("is shipping free")
        assert embedder.embedded == before + 1


async def test_no_index_yields_nothing_until_there_is_one(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, HashingEmbedder(), clock) as knowledge:
        assert await knowledge.search("anything") == []
        await write(tmp_path, "shipping is free")
        clock.now += LOOK_AGAIN
        assert [hit.sentence for hit in await knowledge.search("free")] == ["shipping is free"]
        assert await knowledge.search("  ") == []


async def test_takes_up_a_new_version_but_looks_only_so_often(tmp_path: Path) -> None:
    clock = Clock()
    await write(tmp_path, "old words")
    with opened(tmp_path, HashingEmbedder(), clock) as knowledge:
        await knowledge.warm()
        await write(tmp_path, "new words")
        assert [hit.sentence for hit in await knowledge.search("words")] == ["old words"]
        clock.now += LOOK_AGAIN
        assert [hit.sentence for hit in await knowledge.search("words")] == ["new words"]


async def test_another_embedder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    await write(tmp_path, "words")
    with opened(tmp_path, HashingEmbedder("other"), Clock()) as knowledge:
        with pytest.raises(IngestError, match=r"made with hashing.*ingest --rebuild"):
            await knowledge.warm()
        with pytest.raises(StageError, match="made with hashing"):
            await knowledge.search("words")


async def test_a_new_version_that_is_damaged_leaves_the_old_in_use(tmp_path: Path) -> None:
    clock = Clock()
    await write(tmp_path, "old words")
    with opened(tmp_path, HashingEmbedder(), clock) as knowledge:
        await knowledge.warm()
        (tmp_path / "CURRENT").write_text("20990101T000000-1-abcdef\n")
        clock.now += LOOK_AGAIN
        assert [hit.sentence for hit in await knowledge.search("words")] == ["old words"]


async def test_what_is_written_can_be_read_back(tmp_path: Path) -> None:
    await write(tmp_path, "one", "two")
    version = index.current(tmp_path)
    assert version is not None
    sentences, vectors = index.contents(version)
    assert sentences == [sentence("one", 0), sentence("two", 1)]
    assert np.allclose(vectors, await HashingEmbedder().embed(["one", "two"]))
    about = index.describe(tmp_path)
    assert about is not None
    assert (about.embedder, about.dimension, about.sentences) == ("hashing", 256, 2)
    assert about.sources == tuple(SOURCES)


async def test_keeps_the_version_before_and_sweeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "versions" / "killed").mkdir(parents=True)
    names = []
    for n in range(3):
        await write(tmp_path, f"words {n}")
        version = index.current(tmp_path)
        assert version is not None
        names.append(version.name)
    assert {path.name for path in (tmp_path / "versions").iterdir()} == set(names[1:])


async def test_a_failure_leaves_the_old_version_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(tmp_path, "old words")
    before = index.current(tmp_path)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index, "_sync", full)
    with pytest.raises(IngestError, match=r"No space left.*the old one stays"):
        await write(tmp_path, "new words")
    assert index.current(tmp_path) == before
    assert before is not None
    assert [path.name for path in (tmp_path / "versions").iterdir()] == [before.name]


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from voicebot.knowledge import index\n"
        "from voicebot.errors import IngestError\n"
        "try:\n with index.exclusive(Path(sys.argv[1])): print('mine')\n"
        "except IngestError as error: print(error)"
    )
    ask = [sys.executable, "-c", code, str(tmp_path)]
    with index.exclusive(tmp_path):
        said = subprocess.run(ask, capture_output=True, text=True, check=True, timeout=60).stdout
        assert said.startswith("another ingest is writing")
    said = subprocess.run(ask, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said == "mine\n"


def test_a_damaged_or_foreign_manifest_says_so(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(IngestError, match=r"damaged.*--rebuild"):
        index.manifest(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": 999}')
    with pytest.raises(IngestError, match=r"another format.*--rebuild"):
        index.manifest(tmp_path)
