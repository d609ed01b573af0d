from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.knowledge.contents import contents
from tests.knowledge.fakes import HashingEmbedder
from voicebot.errors import EmbeddingError, IngestError
from voicebot.knowledge import versions
from voicebot.knowledge.build import Report, ingest


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "hours.md").write_text("# Hours\n\nWe open at nine. We close at six.")
    (folder / "returns.txt").write_text("Returns are free.")
    return folder


def outcomes(report: Report) -> dict[str, str]:
    return {file.name: file.outcome for file in report.files}


async def test_only_what_changed_is_read_and_embedded_again(shop: Path, tmp_path: Path) -> None:
    embedder, where = HashingEmbedder(), tmp_path / "index"
    report = await ingest([shop], where, embedder)
    assert outcomes(report) == {"hours.md": "added", "returns.txt": "added"}
    assert (report.sentences, embedder.embedded) == (3, 5)  # and two documents' broad questions

    (shop / "returns.txt").write_text("Returns cost a dollar. Exchanges are free.")
    report = await ingest([shop], where, embedder)
    assert outcomes(report) == {"hours.md": "unchanged", "returns.txt": "changed"}
    assert (report.sentences, embedder.embedded) == (4, 7)

    before = versions.current(where)
    report = await ingest([shop], where, embedder)
    assert not report.written
    assert versions.current(where) == before


async def test_an_update_is_the_same_as_building_anew(shop: Path, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    (shop / "gifts.txt").write_text("We wrap gifts. They cost nothing.")
    await ingest([shop], tmp_path / "a", embedder)
    (shop / "gifts.txt").unlink()
    (shop / "returns.txt").write_text("Returns cost a dollar. Exchanges are free.")
    (shop / "bikes.txt").write_text("We mend bikes.")
    await ingest([shop], tmp_path / "a", embedder)
    await ingest([shop], tmp_path / "b", embedder)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert len(contents(tmp_path / "a").sentences) == 5


async def test_a_vector_is_made_of_the_text_that_stands_beside_it(
    shop: Path, tmp_path: Path
) -> None:
    embedder, where = HashingEmbedder(), tmp_path / "index"
    await ingest([shop], where, embedder)
    (shop / "bikes.txt").write_text("We mend bikes.")
    await ingest([shop], where, embedder)
    held = contents(where)
    vectors = await embedder.embed([text for _, _, text in held.views])
    assert np.array_equal(np.frombuffer(held.vectors, np.float32), vectors.ravel())


async def test_files_that_are_gone_leave_but_only_from_under_the_roots(
    shop: Path, tmp_path: Path
) -> None:
    embedder, where = HashingEmbedder(), tmp_path / "index"
    extra = tmp_path / "extra.txt"
    extra.write_text("We repair radios.")
    await ingest([shop], where, embedder)
    await ingest([extra], where, embedder)
    (shop / "returns.txt").unlink()
    report = await ingest([shop], where, embedder)
    assert outcomes(report) == {"hours.md": "unchanged", "returns.txt": "removed"}
    about = versions.describe(where)
    assert about is not None
    assert [source.name for source in about.sources] == ["extra.txt", "hours.md"]


async def test_rebuild_begins_from_nothing(shop: Path, tmp_path: Path) -> None:
    embedder, where = HashingEmbedder(), tmp_path / "index"
    extra = tmp_path / "extra.txt"
    extra.write_text("We repair radios.")
    await ingest([shop, extra], where, embedder)
    report = await ingest([shop], where, embedder, rebuild=True)
    assert (report.sentences, report.written) == (3, True)


async def test_bad_files_are_told_and_the_rest_goes_in(shop: Path, tmp_path: Path) -> None:
    (shop / "bad.pdf").write_bytes(b"no")
    report = await ingest([shop], tmp_path / "index", HashingEmbedder())
    assert outcomes(report) == {"bad.pdf": "failed", "hours.md": "added", "returns.txt": "added"}
    assert [file.reason for file in report.failed] == ["not a PDF"]


async def test_what_the_index_held_of_a_file_that_went_bad_stays(
    shop: Path, tmp_path: Path
) -> None:
    embedder, where = HashingEmbedder(), tmp_path / "index"
    await ingest([shop], where, embedder)
    (shop / "hours.md").write_bytes(b"\0")
    report = await ingest([shop], where, embedder)
    assert outcomes(report)["hours.md"] == "failed"
    assert (report.sentences, report.written) == (3, False)


async def test_another_embedder_reads_everything_again(shop: Path, tmp_path: Path) -> None:
    where = tmp_path / "index"
    await ingest([shop], where, HashingEmbedder())
    other = HashingEmbedder("other", 128)
    report = await ingest([shop], where, other)
    assert set(outcomes(report).values()) == {"added"}
    assert report.anew == (
        "the index was made with hashing; other is in force: everything is read again"
    )
    about = versions.describe(where)
    assert about is not None
    assert (about.embedder, about.dimension) == ("other", 128)


@pytest.mark.parametrize("part", ["sentences.db", "vectors.npy", "manifest.json"])
async def test_a_damaged_index_is_built_anew(shop: Path, tmp_path: Path, part: str) -> None:
    where = tmp_path / "index"
    await ingest([shop], where, HashingEmbedder())
    version = versions.current(where)
    assert version is not None
    (version / part).write_bytes(b"x" * 4096)
    report = await ingest([shop], where, HashingEmbedder())
    assert report.written
    assert "everything is read again" in report.anew


async def test_an_embedder_that_fails_leaves_the_old_index(shop: Path, tmp_path: Path) -> None:
    class Failing(HashingEmbedder):
        async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            raise EmbeddingError("no")

    where = tmp_path / "index"
    await ingest([shop], where, HashingEmbedder())
    before = versions.current(where)
    (shop / "new.txt").write_text("Something new.")
    with pytest.raises(EmbeddingError):
        await ingest([shop], where, Failing())
    assert versions.current(where) == before
    assert (await ingest([shop], where, HashingEmbedder())).written


async def test_two_files_of_one_name_are_refused(shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "hours.md"
    other.write_text("We are closed.")
    with pytest.raises(IngestError, match="same name"):
        await ingest([shop, other], tmp_path / "index", HashingEmbedder())
    await ingest([shop], tmp_path / "index", HashingEmbedder())
    report = await ingest([other], tmp_path / "index", HashingEmbedder())
    assert "another file of this name" in report.failed[0].reason


async def test_progress_is_told(shop: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    await ingest(
        [shop], tmp_path / "index", HashingEmbedder(), progress=lambda *step: told.append(step)
    )
    assert ("reading", 2, 2) in told
    assert ("embedding", 6, 6) in told  # a vector each for three sentences and broad questions
    assert told[-1] == ("writing", 1, 1)
