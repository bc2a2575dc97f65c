"""``gallery``, ``show`` and ``export``: the library, locally."""

from __future__ import annotations

import asyncio
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.commands.session import Options, open_shelf, read_settings
from bot.errors import BadInputError

if TYPE_CHECKING:
    from bot.books.book import Book
    from bot.storytelling.updates import StorySummary

Format = Literal["html", "pdf", "zip"]


def gallery(options: Options, words: str, *, limit: int) -> int:
    """List stories: the newest, or those that hold all the words."""
    settings = read_settings(options)

    async def find() -> tuple[StorySummary, ...]:
        async with open_shelf(settings) as teller:
            if words.strip():
                return await teller.search(words, limit=limit)
            return await teller.list_stories(limit=limit)

    from bot.console.gallery import print_gallery

    print_gallery(asyncio.run(find()), searched=bool(words.strip()))
    return 0


def show(options: Options, story: str) -> int:
    """Print a story with its pictures."""
    from bot.console.reading import print_book
    from bot.console.terminal import inspect_terminal

    book = _take_book(options, story)
    print_book(book, inspect_terminal())
    return 0


def export(options: Options, story: str, *, kind: Format, out: Path | None) -> int:
    """Write a story as one file: HTML, PDF, or the whole folder as ZIP."""
    from bot.console.folder import check_free_space, check_writable, put_whole, slug
    from bot.console.reading import shown

    book = _take_book(options, story)
    if not book.pages:
        raise BadInputError(f"The story {book.id} has no page yet: pagewright continue {book.id}")
    out = out or Path(f"{slug(book.title)}-{book.id}.{kind}")
    if out.is_dir():
        raise BadInputError(f"{out} is a folder: name a file with --out.")
    check_writable(out)
    check_free_space(out)
    put_whole(out, _as_file(book, kind))
    print(shown(out))
    return 0


def _take_book(options: Options, story: str) -> Book:
    settings = read_settings(options)

    async def take() -> Book:
        async with open_shelf(settings) as teller:
            return await teller.book(story)

    return asyncio.run(take())


def _as_file(book: Book, kind: Format) -> bytes:
    if kind == "html":
        from bot.books.html import book_html

        return book_html(book).encode()
    if kind == "pdf":
        from bot.books.pdf import book_pdf

        return book_pdf(book)
    from bot.books.folder import write_book

    with tempfile.TemporaryDirectory() as scratch:
        write_book(book, Path(scratch) / "book")
        return _zipped(Path(scratch) / "book", Path(scratch) / "book.zip")


def _zipped(folder: Path, archive: Path) -> bytes:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted(folder.iterdir()):
            # A fixed date, so that the same book is the same file.
            entry = zipfile.ZipInfo(path.name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            target.writestr(entry, path.read_bytes(), compress_type=zipfile.ZIP_DEFLATED)
    return archive.read_bytes()
