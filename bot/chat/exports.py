"""A story, or all that is held of somebody, as a file that a chat takes."""

from __future__ import annotations

import asyncio
import logging
import re
import tempfile
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.books.export import FORMATS, Format, export_book
from bot.books.transitions import Filmmaker
from bot.chat.service import Service
from bot.chat.texts import say
from bot.errors import BadInputError, ConfigError, PagewrightError
from bot.storytelling.permissions import Actor

log = logging.getLogger(__name__)

# Books made at the same moment, and people who may wait for theirs.
AT_ONCE, MOST_WAITING = 2, 8
# A film's pictures cross-fade where the engine is busy for longer: nobody waits for ever in a chat.
FILM_PATIENCE_S = 240.0
_WITH_TREE: frozenset[Format] = frozenset({"html", "zip"})
_NAME_LENGTH = 60
_LABELS = MappingProxyType(
    {
        "pdf": "export.pdf",
        "epub": "export.epub",
        "html": "export.html",
        "zip": "export.zip",
        "mp4": "export.mp4",
    }
)


@dataclass(frozen=True)
class Exported:
    """A finished file; ``path`` is there until the context it was made in ends."""

    path: Path
    name: str
    title: str
    story_id: str
    kind: Format

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size


class Exporter:
    """Makes files for chats, a few at a time, off the event loop."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._room = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    @asynccontextmanager
    async def story(
        self,
        story_ref: str,
        kind: Format,
        actor: Actor,
        *,
        language: str,
        leaf: str = "",
        most_bytes: int = 0,
    ) -> AsyncIterator[Exported]:
        """Give a story as a file: its branch up to page ``leaf``, else the chosen one.

        HTML and ZIP hold all branches. A film is made to fit into ``most_bytes``, if it can be.
        Raises ``BadInputError`` where it may not or cannot be made, with what to do instead.
        """
        teller = self._service.teller
        async with self._turn(language):
            book = await teller.book(story_ref, leaf=leaf, actor=actor, act="export")
            tree = await teller.tree(story_ref, actor=actor) if kind in _WITH_TREE else None
            with tempfile.TemporaryDirectory(prefix="pagewright-") as folder:
                name = f"{file_name(book.title)}-{book.id}.{kind}"
                try:
                    path = await export_book(
                        book,
                        format=kind,
                        out=Path(folder) / name,
                        tree=tree,
                        engine=await self._filmmaker() if kind == "mp4" else None,
                        person=actor.person,
                        community=actor.community,
                        patience=FILM_PATIENCE_S,
                        most_bytes=most_bytes,
                    )
                except ConfigError as error:
                    log.warning("%s", error.message)
                    raise BadInputError(say(language, "export.no_film")) from None
                yield Exported(path, name, book.title, book.id, kind)

    @asynccontextmanager
    async def personal(self, actor: Actor, *, language: str) -> AsyncIterator[Path]:
        """Give all that is held about an actor as a ZIP."""
        async with self._turn(language):
            with tempfile.TemporaryDirectory(prefix="pagewright-") as folder:
                out = Path(folder) / "my-pagewright-data.zip"
                yield await self._service.teller.privacy.export(actor.person, out)

    @asynccontextmanager
    async def _turn(self, language: str) -> AsyncIterator[None]:
        if self._waiting >= MOST_WAITING:
            raise BadInputError(say(language, "export.busy"))
        self._waiting += 1
        try:
            async with self._room:
                yield
        finally:
            self._waiting -= 1

    async def _filmmaker(self) -> Filmmaker | None:
        try:
            await self._service.ensure_engine()
        except PagewrightError as error:
            log.info("pictures cross-fade: %s", error.message)
            return None
        return self._service.engine


def formats(language: str) -> dict[Format, str]:
    """Return what each format is called."""
    return {kind: label(kind, language) for kind in FORMATS}


def label(kind: Format, language: str) -> str:
    """Return what a format is called."""
    return say(language, _LABELS[kind])


def caption(made: Exported, language: str, *, limit: int) -> str:
    """Return the words that go with a file; raise ``BadInputError`` where it is too large."""
    named = label(made.kind, language)
    if made.size <= limit:
        size = size_text(made.size)
        return say(language, "export.done", title=made.title, format=named, size=size)
    raise BadInputError(
        say(
            language,
            "export.too_large",
            title=made.title,
            format=named,
            size=size_text(made.size),
            limit=size_text(limit),
            story=made.story_id,
            kind=made.kind,
        )
    )


def size_text(size: int) -> str:
    """Return a number of bytes for people."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB"


def file_name(title: str) -> str:
    """Return a title as a file's name: plain letters, digits and dashes."""
    letters = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    name = "-".join(re.findall(r"[a-z0-9]+", letters.replace("'", "")))
    return name[:_NAME_LENGTH].strip("-") or "story"
