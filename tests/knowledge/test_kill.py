"""An ingest killed between two of its steps: the old index answers, the next run completes."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.knowledge.contents import contents
from tests.knowledge.fakes import HashingEmbedder
from voicebot.knowledge import versions
from voicebot.knowledge.build import ingest
from voicebot.knowledge.index import ChromaKnowledge

# Runs an ingest that kills itself as it is about to call a function.
DYING = """
import asyncio, importlib, os, signal, sys
from pathlib import Path
from tests.knowledge.fakes import HashingEmbedder
from voicebot.knowledge.build import ingest
shop, where, dies = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
owner, name = dies.split(":")
owner = importlib.import_module("voicebot.knowledge." + owner)
if "." in name:
    holder, name = name.split(".")
    owner = getattr(owner, holder)
setattr(owner, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
asyncio.run(ingest([shop], where, HashingEmbedder()))
"""
STEPS = (
    "archive:Writer",  # the draft's folder is there
    "archive:Writer.settle",  # files are read
    "build:_embed",
    "vectors:build",
    "versions:describe_as",  # all but the manifest is written
    "index:Version",
    "versions:put_in_force",
    "versions:_sync",
)


@pytest.mark.parametrize("step", STEPS)
async def test_killed_between_two_steps(step: str, tmp_path: Path) -> None:
    shop, where = tmp_path / "shop", tmp_path / "index"
    shop.mkdir()
    (shop / "hours.txt").write_text("We open at nine.")
    await ingest([shop], where, HashingEmbedder())
    before = contents(where)

    (shop / "hours.txt").write_text("We open at ten. We close at six.")
    (shop / "gifts.txt").write_text("We wrap gifts.")
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DYING, str(shop), str(where), step
    )
    assert await asyncio.wait_for(dying.wait(), 60) == -signal.SIGKILL
    assert len(list((where / "versions").iterdir())) == 2  # a draft was left
    assert contents(where) == before
    knowledge = ChromaKnowledge(where, HashingEmbedder())
    try:
        assert [hit.sentence for hit in await knowledge.search("open")] == ["We open at nine."]
    finally:
        knowledge.close()

    assert (await ingest([shop], where, HashingEmbedder())).written
    await ingest([shop], tmp_path / "undisturbed", HashingEmbedder())
    assert contents(where) == contents(tmp_path / "undisturbed")
    about = versions.describe(where)
    assert about is not None
    assert about.sentences == 3
