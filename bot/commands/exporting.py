"""``export``: a story as one file."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.session import Options, open_session, open_shelf, read_settings, say
from bot.errors import BadInputError, UnavailableError
from bot.storytelling.permissions import CONSOLE

if TYPE_CHECKING:
    from bot.books.export import Format
    from bot.books.transitions import Filmmaker
    from bot.storytelling.tell import Storyteller

_WITH_TREE = ("html", "zip")


def export(options: Options, story: str, *, kind: Format, tree: bool, out: Path | None) -> int:
    """Write a story, along its shown branch or with all of them, and print the file's name."""
    from bot.console.reading import shown

    if tree and kind not in _WITH_TREE:
        raise BadInputError(f"A {kind} follows one branch: for the tree use --format html or zip.")
    print(shown(asyncio.run(_export(options, story, kind=kind, tree=tree, out=out))))
    return 0


async def _export(
    options: Options, story: str, *, kind: Format, tree: bool, out: Path | None
) -> Path:
    settings = read_settings(options)
    if kind != "mp4":
        async with open_shelf(settings) as teller:
            return await _write(teller, story, kind=kind, tree=tree, out=out)
    from bot.books.video import require_video

    require_video()
    async with open_session(settings, notify=_notice) as session:

        async def filmmaker() -> Filmmaker | None:
            try:
                await session.process.ensure()
            except UnavailableError as error:
                say(f"{error.message.rstrip('.')}; the pictures cross-fade.")
                return None
            return session.client

        return await _write(session.teller, story, kind=kind, tree=tree, out=out, film=filmmaker)


async def _write(
    teller: Storyteller,
    story: str,
    *,
    kind: Format,
    tree: bool,
    out: Path | None,
    film: Callable[[], Awaitable[Filmmaker | None]] | None = None,
) -> Path:
    from bot.books.export import export_book
    from bot.console.folder import check_free_space, check_writable, slug

    book = await teller.book(story)
    if not book.pages:
        raise BadInputError(f"The story {book.id} has no page yet: pagewright continue {book.id}")
    out = out or Path(f"{slug(book.title)}-{book.id}.{kind}")
    if out.is_dir():
        raise BadInputError(f"{out} is a folder: name a file with --out.")
    check_writable(out)
    check_free_space(out)
    return await export_book(
        book,
        format=kind,
        out=out,
        tree=await teller.tree(story) if tree else None,
        engine=await film() if film else None,
        person=CONSOLE.person,
        community=CONSOLE.community,
        progress=_progress(kind),
    )


def _notice(text: str) -> None:
    if text:
        sys.stderr.write(f"{text}\n")


def _progress(kind: Format) -> Callable[[float], None] | None:
    """Return what shows on a terminal how far a film is; other formats take a moment."""
    if kind != "mp4" or not sys.stderr.isatty():
        return None

    def show(share: float) -> None:
        end = "\n" if share >= 1 else ""
        sys.stderr.write(f"\rfilming {share:4.0%}{end}")
        sys.stderr.flush()

    return show
