"""`voicebot ingest --show SOURCE`: what the bot knows from one file, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from voicebot.commands.common import print_json
from voicebot.errors import IngestError

if TYPE_CHECKING:
    from voicebot.config import Sections
    from voicebot.knowledge.documents import Document, Source
    from voicebot.knowledge.passages import Sentence


def show(settings: Sections, named: str, *, as_json: bool) -> None:
    """Read a file again and print its sentences as they can be quoted, under their headings.
    named: a file, or a source in the index. Raises IngestError."""
    from voicebot.knowledge.documents import load, read
    from voicebot.knowledge.passages import cut

    source = _source(named, settings.knowledge.index)
    try:
        document = read(source, load(source.path), settings.conversation.language)
    except IngestError as exc:
        raise IngestError(f"{source.path}: {exc}") from exc
    found = cut(document)
    if as_json:
        print_json(_as_data(document, found))
        return
    typer.echo(f"{document.title} ({document.source})")
    if document.note:
        typer.echo(document.note)
    for page, of_page in groupby(found, key=lambda sentence: sentence.page):
        typer.echo(f"\npage {page} of {len(document.pages)}")
        for heading, sentences in groupby(of_page, key=lambda sentence: sentence.heading):
            if heading:
                typer.echo(f"  {heading}")
            for sentence in sentences:
                typer.echo(f"    {sentence.text}")


def _source(named: str, index: Path) -> Source:
    from voicebot.knowledge import versions
    from voicebot.knowledge.documents import Source, find

    path = Path(named).absolute()
    if path.exists() and not path.is_dir():
        return next(find([path]))
    about = versions.describe(index)
    held = {source.name: source for source in about.sources} if about else {}
    if named in held:
        return Source(named, Path(held[named].origin))
    known = f"; the index holds {', '.join(sorted(held))}" if held else ""
    raise IngestError(f"{named} is neither a file nor a source in the index{known}")


def _as_data(document: Document, found: Sequence[Sentence]) -> dict[str, object]:
    return {
        "source": document.source,
        "title": document.title,
        "note": document.note,
        "pages": [
            {
                "page": page,
                "sections": [
                    {"heading": heading, "sentences": [sentence.text for sentence in sentences]}
                    for heading, sentences in groupby(of_page, key=lambda each: each.heading)
                ],
            }
            for page, of_page in groupby(found, key=lambda each: each.page)
        ],
    }
