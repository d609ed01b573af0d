"""What an index holds, to be compared: everything but when its files were changed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from voicebot.knowledge import archive, vectors, versions


@dataclass(frozen=True)
class Contents:
    """words: term, sentence, column and place of each. vectors: their bytes."""

    sources: list[tuple[str, str]]
    passages: list[tuple[object, ...]]
    sentences: list[tuple[object, ...]]
    views: list[tuple[int, int, str]]
    words: list[tuple[str, int, str, int]]
    vectors: bytes


def contents(folder: Path) -> Contents:
    version = versions.current(folder)
    assert version is not None
    base = sqlite3.connect(f"file:{version / archive.NAME}?immutable=1", uri=True)
    base.execute("CREATE VIRTUAL TABLE temp.said USING fts5vocab(main, words, instance)")
    try:
        return Contents(
            [(source.name, source.sha256) for source in versions.manifest(version).sources],
            base.execute("SELECT * FROM passage ORDER BY id").fetchall(),
            base.execute("SELECT * FROM sentence ORDER BY id").fetchall(),
            base.execute("SELECT * FROM view ORDER BY row").fetchall(),
            base.execute("SELECT * FROM temp.said").fetchall(),
            vectors.mapped(version).tobytes(),
        )
    finally:
        base.close()
