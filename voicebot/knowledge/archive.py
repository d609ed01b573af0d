"""The sentences of a version in SQLite, and their words in its full-text index (FTS5).

    source, passage, sentence   what a hit tells; a passage's text stands once
    view                        a row of vectors.npy: which sentence it stands for, and its text
    words                       text, title and heading, numbers; stemmed (Porter), ranked by BM25

Written once, by one connection, and from then on opened as immutable: SQLite then takes no lock and
makes no file, so that it may lie where nobody can write.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from voicebot.errors import IngestError
from voicebot.knowledge import keywords
from voicebot.knowledge.passages import Sentence
from voicebot.knowledge.versions import REBUILD, Indexed
from voicebot.stages import Hit

NAME = "sentences.db"
# A broad question that more sentences answer says nothing of any ("What is your Cleaning policy?"
# in a thousand manuals), and as many equal vectors are in the way of all others.
MOST_SHARED = 8
# How many places in the index a question's words may be looked up at, commonest words left out.
# Among 200,000 sentences 2,500 places take 2 ms (P95 8), 5,000 8 (14), 20,000 14 (38), and the
# answer is among the first 8 for 95, 94 and 94% of the questions.
MOST_PLACES = 4_000
# What a word counts in the sentence, in its title and heading, and a joined number anywhere: who
# names one wants nothing else.
_WEIGHTS = (1.0, 0.7, 10.0)
_TOKENIZE = "porter unicode61 remove_diacritics 2"
_TABLES = f"""
CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, modified REAL NOT NULL);
CREATE TABLE passage (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, page INTEGER NOT NULL,
    title TEXT NOT NULL, heading TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE sentence (id INTEGER PRIMARY KEY, passage INTEGER NOT NULL, position INTEGER NOT NULL,
    text TEXT NOT NULL, embed TEXT NOT NULL);
CREATE TABLE view (row INTEGER PRIMARY KEY, sentence INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX passages ON passage (source);
CREATE INDEX sentences ON sentence (passage);
CREATE INDEX views ON view (sentence);
CREATE VIRTUAL TABLE words USING fts5(text, about, codes, content='', tokenize='{_TOKENIZE}');
"""


@contextmanager
def translated(where: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        raise IngestError(f"the index in {where} fails: {exc}; {REBUILD}") from exc


def _read_only(version: Path) -> str:
    return f"file:{quote(str(version / NAME))}?mode=ro&immutable=1"


# ------------------------------------------------------------------ writing


class Writer:
    """The archive of a draft. Sources are added in the order in which they are to stand. Its
    methods raise sqlite3.Error: use it within `writing`."""

    def __init__(self, version: Path, old: Path | None) -> None:
        """old: the version to copy from."""
        # A draft that was not finished is thrown away: nothing has to survive a crash before the
        # whole of it is synced.
        self._base = sqlite3.connect(version / NAME, uri=True, isolation_level=None)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("PRAGMA synchronous = OFF")
        if old is not None:
            self._base.execute("ATTACH ? AS old", (_read_only(old),))
        self._has_old = old is not None
        self._base.executescript(_TABLES)
        self._base.execute("BEGIN")

    def add(self, source: Indexed, sentences: Sequence[Sentence]) -> None:
        """A source that was read."""
        of = self._source(source)
        last: tuple[object, ...] | None = None
        passage = 0
        for each in sentences:
            about = (each.page, each.title, each.heading, each.passage_id, each.passage)
            if about != last:
                passage = self._insert("passage VALUES (NULL, ?, ?, ?, ?, ?, ?)", of, *about)
                last = about
            self._insert(
                "sentence VALUES (NULL, ?, ?, ?, ?)",
                passage,
                each.position,
                each.text,
                json.dumps(each.embed, ensure_ascii=False),
            )

    def copy(self, source: Indexed) -> None:
        """A source as the old version has it."""
        of = self._source(source)
        passage, sentence = self._last("passage"), self._last("sentence")
        known, first = self._base.execute(
            "SELECT s.id, min(p.id) FROM old.source s LEFT JOIN old.passage p ON p.source = s.id "
            "WHERE s.name = ?",
            (source.name,),
        ).fetchone()
        self._base.execute(
            "INSERT INTO passage SELECT id - ? + ?, ?, page, title, heading, name, text "
            "FROM old.passage WHERE source = ? ORDER BY id",
            (first, passage + 1, of, known),
        )
        self._base.execute(
            "INSERT INTO sentence SELECT ? + row_number() OVER (ORDER BY s.id), s.passage - ? + ?, "
            "s.position, s.text, s.embed FROM old.sentence s JOIN old.passage p "
            "ON p.id = s.passage WHERE p.source = ? ORDER BY s.id",
            (sentence, first, passage + 1, known),
        )

    def settle(self) -> tuple[int, int]:
        """Once all sources are in: the words and the views. Sentences and views."""
        self._base.create_function("codes", 1, keywords.codes, deterministic=True)
        self._base.execute(
            "INSERT INTO words (rowid, text, about, codes) SELECT s.id, s.text, "
            "p.title || ' ' || p.heading, codes(s.text || ' ' || p.title || ' ' || p.heading) "
            "FROM sentence s JOIN passage p ON p.id = s.passage ORDER BY s.id"
        )
        self._base.execute("INSERT INTO words (words) VALUES ('optimize')")
        self._base.execute(
            "CREATE TEMP TABLE said AS SELECT s.id AS sentence, j.key AS place, j.value AS text "
            "FROM sentence s, json_each(s.embed) j"
        )
        self._base.execute(
            "CREATE TEMP TABLE shared AS SELECT text FROM temp.said WHERE place > 0 "
            "GROUP BY text HAVING count(*) > ?",
            (MOST_SHARED,),
        )
        self._base.execute(
            "INSERT INTO view SELECT row_number() OVER (ORDER BY sentence, place) - 1, sentence, "
            "text FROM temp.said WHERE place = 0 OR text NOT IN (SELECT text FROM temp.shared) "
            "ORDER BY sentence, place"
        )
        self._base.execute("DROP TABLE temp.said")
        (views,) = self._base.execute("SELECT count(*) FROM view").fetchone()
        return self._last("sentence"), int(views)

    def views(self, size: int) -> Iterator[tuple[int, list[tuple[str, int | None]]]]:
        """All views in order, so many at a time, with the number of the first: each view's text,
        and the row of the old version's vectors that was made of the same text."""
        self._base.execute("CREATE TEMP TABLE known (text TEXT PRIMARY KEY, row INTEGER)")
        if self._has_old:
            self._base.execute(
                "INSERT INTO temp.known SELECT text, min(row) FROM old.view GROUP BY text"
            )
        found = self._base.execute(
            "SELECT v.text, k.row FROM view v LEFT JOIN temp.known k ON k.text = v.text "
            "ORDER BY v.row"
        )
        start = 0
        while part := found.fetchmany(size):
            yield start, part
            start += len(part)

    def commit(self) -> None:
        self._base.execute("COMMIT")

    def close(self) -> None:
        self._base.close()

    def _source(self, source: Indexed) -> int:
        return self._insert("source VALUES (NULL, ?, ?)", source.name, source.modified)

    def _insert(self, into: str, *values: object) -> int:
        return int(self._base.execute(f"INSERT INTO {into}", values).lastrowid or 0)

    def _last(self, table: str) -> int:
        (last,) = self._base.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
        return int(last)


@contextmanager
def writing(version: Path, old: Path | None) -> Iterator[Writer]:
    """The archive of a draft, whole when the block is left. Raises OSError where the disk does not
    take it."""
    try:
        writer = Writer(version, old)
        try:
            yield writer
            writer.commit()
        finally:
            writer.close()
    except sqlite3.Error as exc:
        raise OSError(str(exc)) from exc


# ------------------------------------------------------------------ reading


_HIT = """SELECT s.id, s.text, c.name, p.page, p.title, p.heading, p.text, p.name, s.position,
    c.modified FROM sentence s JOIN passage p ON p.id = s.passage JOIN source c ON c.id = p.source
    WHERE s.id IN ({0})"""


class Archive:
    """A version's sentences, read by one thread at a time."""

    def __init__(self, version: Path) -> None:
        """Raises IngestError."""
        self._where = version
        if not (version / NAME).is_file():
            raise IngestError(f"the index in {version} is gone; {REBUILD}")
        with translated(version):
            self._base = sqlite3.connect(
                _read_only(version), uri=True, isolation_level=None, check_same_thread=False
            )
            self._base.execute("CREATE VIRTUAL TABLE temp.rows USING fts5vocab(main, words, row)")
            # The index's tokenizer at work on a question: its words as they are stemmed.
            self._base.execute(
                f"CREATE VIRTUAL TABLE temp.asked USING fts5(word, tokenize='{_TOKENIZE}')"
            )
            self._base.execute(
                "CREATE VIRTUAL TABLE temp.stems USING fts5vocab(temp, asked, instance)"
            )
            (self.sentences,) = self._base.execute("SELECT count(*) FROM sentence").fetchone()
            (self.views,) = self._base.execute("SELECT count(*) FROM view").fetchone()

    def close(self) -> None:
        self._base.close()

    def check(self) -> None:
        """Read all of it. Raises IngestError where it is damaged."""
        with translated(self._where):
            (said,) = self._base.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise IngestError(f"the index in {self._where} is damaged: {said}; {REBUILD}")

    def sentences_of(self, rows: Sequence[int]) -> dict[int, int]:
        """Which sentence each of these views stands for."""
        return dict(
            self._base.execute(
                f"SELECT row, sentence FROM view WHERE row IN ({_listed(rows)})"
            ).fetchall()
        )

    def views_of(self, sentences: Sequence[int]) -> list[tuple[int, int]]:
        """The views of these sentences: sentence and row, in order."""
        return self._base.execute(
            f"SELECT sentence, row FROM view WHERE sentence IN ({_listed(sentences)}) ORDER BY row"
        ).fetchall()

    def hits(self, scores: dict[int, tuple[float, float]]) -> list[Hit]:
        """The sentences, in the order of `scores`: each one's similarity and share of keywords."""
        found = {row[0]: row[1:] for row in self._base.execute(_HIT.format(_listed(scores)))}
        hits = []
        for sentence, (score, share) in scores.items():
            text, source, page, title, heading, passage, name, position, at = found[sentence]
            hits.append(
                Hit(text, score, source, page, title, heading, passage, name, position, share, at)
            )
        return hits

    def named(self, question: str, count: int, also: Sequence[int]) -> dict[int, float]:
        """The sentences that have most of the question's words, at most so many, and those of
        `also` that have any: each one's share (0 to 1) of the words' weight."""
        asked = keywords.wanted(question)
        forms = list(dict.fromkeys(form for each in asked for form in each.forms))
        terms = keywords.choose(asked, self._known(forms), self.sentences, MOST_PLACES)
        searched = [term.text for term in terms if term.known]
        if not searched:
            return {}
        # What each word is worth is counted anew for every query: so this is one.
        rows = self._base.execute(
            f"SELECT rowid, bm25(words, {', '.join(map(str, _WEIGHTS))}) FROM words "
            f"WHERE words MATCH ? ORDER BY rowid IN ({_listed(also)}) DESC, 2 LIMIT ?",
            (" OR ".join(f'"{text}"' for text in searched), count + len(also)),
        )
        # BM25 counts a word that stands once in a sentence of mean length about its own weight; so
        # the sum of the weights is what a sentence gets that has them all.
        most = sum(term.weight for term in terms)
        return {sentence: min(1.0, -rank / most) for sentence, rank in rows}

    def _known(self, forms: Sequence[str]) -> dict[str, int]:
        """In how many sentences each form stands."""
        self._base.execute("DELETE FROM temp.asked")
        self._base.executemany(
            "INSERT INTO temp.asked (rowid, word) VALUES (?, ?)", list(enumerate(forms))
        )
        rows = self._base.execute(
            "SELECT s.doc, min(coalesce(r.doc, 0)) FROM temp.stems s "
            "LEFT JOIN temp.rows r ON r.term = s.term GROUP BY s.doc"
        )
        return {forms[number]: count for number, count in rows}


def _listed(numbers: Sequence[int] | dict[int, tuple[float, float]]) -> str:
    return ",".join(str(int(number)) for number in numbers)
