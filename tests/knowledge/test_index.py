from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.knowledge.contents import contents
from tests.knowledge.fakes import HashingEmbedder
from voicebot.errors import IngestError, StageError
from voicebot.knowledge import index, versions
from voicebot.knowledge.build import ingest
from voicebot.knowledge.index import ChromaKnowledge, Version
from voicebot.knowledge.passages import BROAD

NEVER = 3600.0  # seconds: a watcher that does not look within a test


async def fill(folder: Path, **texts: str) -> Path:
    """An index of these files, and of no others."""
    shop = folder.parent / f"{folder.name}-shop"
    shop.mkdir(exist_ok=True)
    for old in shop.iterdir():
        old.unlink()
    for name, text in texts.items():
        (shop / f"{name}.md").write_text(text)
    await ingest([shop], folder, HashingEmbedder())
    version = versions.current(folder)
    assert version is not None
    return version


@asynccontextmanager
async def opened(
    folder: Path, embedder: HashingEmbedder | None = None, look_again: float = NEVER
) -> AsyncIterator[ChromaKnowledge]:
    knowledge = ChromaKnowledge(folder, embedder or HashingEmbedder(), look_again=look_again)
    try:
        yield knowledge
    finally:
        knowledge.close()


async def said(knowledge: ChromaKnowledge, question: str) -> list[str]:
    return [hit.sentence for hit in await knowledge.search(question)]


RETURNS = "# Returns\n\n## Refunds\n\nRefunds take a week.\n\n## Labels\n\nThe label is free."


async def test_finds_the_nearest_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    await fill(tmp_path / "index", returns=RETURNS)
    os.utime(tmp_path / "index-shop" / "returns.md", (1e9, 1e9))
    async with opened(tmp_path / "index") as knowledge:
        best, other = await knowledge.search("is the label free")
    assert best.sentence == "The label is free."
    assert 0.5 < best.score <= 1.0
    assert best.score > other.score
    assert (best.source, best.page, best.title, best.heading) == (
        "returns.md",
        1,
        "Returns",
        "Labels",
    )
    assert (best.passage, best.passage_id, best.position) == (
        "The label is free.",
        "returns.md#1",
        0,
    )


async def test_a_hit_tells_how_old_its_file_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Shipping is free.")
    os.utime(tmp_path / "a.txt", (1e9, 1e9))
    await ingest([tmp_path / "a.txt"], tmp_path / "index", HashingEmbedder())
    async with opened(tmp_path / "index") as knowledge:
        (hit,) = await knowledge.search("shipping")
    assert hit.modified == 1e9


async def test_a_sentence_is_found_once_by_the_nearest_of_its_vectors(tmp_path: Path) -> None:
    await fill(tmp_path / "index", returns=RETURNS)
    async with opened(tmp_path / "index") as knowledge:
        found = await knowledge.search(BROAD.format("Labels"))
    assert [hit.sentence for hit in found] == ["The label is free.", "Refunds take a week."]
    assert found[0].score == pytest.approx(1.0, abs=1e-5)


async def test_a_broad_question_that_many_answer_is_no_view_of_any(tmp_path: Path) -> None:
    broad = BROAD.format("Cleaning")
    texts = {f"m{n}": f"# M{n}\n\n## Cleaning\n\nUse cloth {n}." for n in range(9)}
    await fill(tmp_path / "index", **texts)
    assert broad not in {text for _, _, text in contents(tmp_path / "index").views}
    texts.popitem()
    await fill(tmp_path / "index", **texts)
    assert broad in {text for _, _, text in contents(tmp_path / "index").views}


async def test_a_number_is_found_however_it_is_said(tmp_path: Path) -> None:
    texts = {
        f"m{n}": f"The Nordal HX-{n} kettle holds {n - 1999} litres." for n in range(2000, 2060)
    }
    await fill(tmp_path / "index", **texts)
    async with opened(tmp_path / "index") as knowledge:
        for way in ("HX-2040", "hx2040", "h x 20 40", "HX 2040", "h x twenty forty"):
            best = (await knowledge.search(f"How big is the {way}?"))[0]
            assert best.sentence == "The Nordal HX-2040 kettle holds 41 litres.", way
            assert best.keywords > 0.4


async def test_what_only_its_words_find_has_its_similarity_all_the_same(tmp_path: Path) -> None:
    texts = {f"t{n}": f"We sell kettles in {n} shops." for n in range(60)}
    await fill(tmp_path / "index", odd="Zanzibar is warm.", **texts)
    embedder = HashingEmbedder()
    question = "We sell kettles in shops or Zanzibar"
    async with opened(tmp_path / "index") as knowledge:
        found = {hit.sentence: hit for hit in await knowledge.search(question, 70)}
    asked, odd = await embedder.embed([question, "Odd: Zanzibar is warm."])
    assert found["Zanzibar is warm."].score == pytest.approx(float(asked @ odd), abs=1e-5)
    assert found["Zanzibar is warm."].keywords > max(
        hit.keywords for text, hit in found.items() if text != "Zanzibar is warm."
    )


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Version]:
    folder = asyncio.run(fill(tmp_path_factory.mktemp("shop") / "index", returns=RETURNS))
    with closing(Version(folder, "hashing", 256)) as opened:
        yield opened


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(
            st.sampled_from(['"', "*", "NEAR(", "AND", "OR NOT", "text:", "^", "{a b}:", "-", "("]),
            max_size=12,
        ).map(" ".join),
    )
)
def test_nothing_that_a_customer_says_is_syntax(version: Version, question: str) -> None:
    vector = np.full(256, 1 / 16, np.float32)
    assert len(version.search(question, vector, 8)) == 2


async def test_no_index_yields_nothing_until_there_is_one(tmp_path: Path) -> None:
    async with opened(tmp_path / "index") as knowledge:
        assert await knowledge.search("anything") == []
        await fill(tmp_path / "index", a="Shipping is free.")
        await knowledge.warm()
        assert await said(knowledge, "free") == ["Shipping is free."]
        assert await said(knowledge, "  ") == []


async def test_takes_up_a_new_version_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(tmp_path / "index", a="Old words.")
    async with opened(tmp_path / "index", look_again=0.01) as knowledge:
        await knowledge.warm()
        left = threading.Event()
        old = knowledge._version
        assert old is not None
        close = old.close

        def closed() -> None:
            close()
            left.set()

        monkeypatch.setattr(old, "close", closed)
        await fill(tmp_path / "index", a="New words.")
        assert await asyncio.to_thread(left.wait, 30)
        assert await said(knowledge, "words") == ["New words."]


async def test_searches_go_on_while_a_new_version_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(tmp_path / "index", a="Old words.")
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Version):
        def __init__(self, folder: Path, embedder: str, dimension: int) -> None:
            if threading.current_thread().name == "index":
                begun.set()
                assert go_on.wait(30)
            super().__init__(folder, embedder, dimension)

    async with opened(tmp_path / "index", look_again=0.01) as knowledge:
        await knowledge.warm()
        monkeypatch.setattr(index, "Version", Slow)
        await fill(tmp_path / "index", a="New words.")
        assert await asyncio.to_thread(begun.wait, 30)
        try:
            assert await said(knowledge, "words") == ["Old words."]
        finally:
            go_on.set()


async def test_a_read_only_copy_is_swapped_under_a_running_search(tmp_path: Path) -> None:
    """As boxes do it: the copy beside the one in use, then one link put in the place of another."""
    link = tmp_path / "in-force"
    await fill(tmp_path / "index", returns="# Returns\n\nRefunds take a week.")
    versions.copy(tmp_path / "index", tmp_path / "copy1")
    link.symlink_to("copy1")
    async with opened(link, look_again=0.01) as knowledge:
        assert await said(knowledge, "How long do refunds take?") == ["Refunds take a week."]
        await fill(tmp_path / "index", returns="# Returns\n\nRefunds take a day.")
        versions.copy(tmp_path / "index", tmp_path / "copy2")
        for path in sorted((tmp_path / "copy2").rglob("*"), reverse=True):
            path.chmod(0o555 if path.is_dir() else 0o444)
        (tmp_path / "next").symlink_to("copy2")
        (tmp_path / "next").replace(link)
        async with asyncio.timeout(10):
            while await said(knowledge, "refunds?") != ["Refunds take a day."]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_another_embedder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    await fill(tmp_path / "index", a="Words.")
    async with opened(tmp_path / "index", HashingEmbedder("other")) as knowledge:
        with pytest.raises(IngestError, match=r"made with hashing.*ingest --rebuild"):
            await knowledge.warm()
        with pytest.raises(StageError, match="made with hashing"):
            await knowledge.search("words")


async def test_a_new_version_that_is_damaged_leaves_the_old_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    monkeypatch.setattr(index._log, "warning", lambda *words: told.set())
    await fill(tmp_path / "index", a="Old words.")
    async with opened(tmp_path / "index", look_again=0.01) as knowledge:
        await knowledge.warm()
        (tmp_path / "index" / "CURRENT").write_text("20990101T000000-1-abcdef\n")
        assert await asyncio.to_thread(told.wait, 30)
        assert await said(knowledge, "words") == ["Old words."]


@pytest.mark.parametrize("part", ["sentences.db", "vectors.npy", "chroma/chroma.sqlite3"])
async def test_a_version_of_which_a_part_is_gone_says_so(tmp_path: Path, part: str) -> None:
    version = await fill(tmp_path / "index", a="Words.")
    (version / part).unlink()
    async with opened(tmp_path / "index") as knowledge:
        with pytest.raises(StageError, match="--rebuild"):
            await knowledge.search("words")


async def test_reading_changes_nothing_in_the_index(tmp_path: Path) -> None:
    version = await fill(tmp_path / "index", returns=RETURNS)
    before = {path: path.read_bytes() for path in version.rglob("*") if path.is_file()}
    async with opened(tmp_path / "index") as one, opened(tmp_path / "index") as other:
        assert await said(one, "label") == await said(other, "label")
    assert {path: path.read_bytes() for path in version.rglob("*") if path.is_file()} == before
    assert json.loads((version / "manifest.json").read_text())["sentences"] == 2


async def test_what_was_opened_is_closed_and_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "copies"))
    (tmp_path / "copies").mkdir()
    await fill(tmp_path / "index", a="Words.")
    async with opened(tmp_path / "index") as knowledge:
        await knowledge.warm()
        assert len(list((tmp_path / "copies").iterdir())) == 1
    assert list((tmp_path / "copies").iterdir()) == []


async def test_what_a_killed_process_left_is_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "copies"
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    (copies / "voicebot-index-left").mkdir(parents=True)
    (copies / "voicebot-index-left" / "lock").touch()
    await fill(tmp_path / "index", a="Words.")
    async with opened(tmp_path / "index") as one, opened(tmp_path / "index") as other:
        await one.warm()
        await other.warm()  # which leaves alone what the first one uses
        assert len(list(copies.iterdir())) == 2
        assert not (copies / "voicebot-index-left").exists()
        assert await said(one, "words") == ["Words."]
