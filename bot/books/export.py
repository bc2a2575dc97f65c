"""One way to every format of a book: written beside its place, then moved there whole."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from bot.books.book import Book, BookTree
from bot.books.disk import check_file_place, put_file
from bot.books.transitions import Filmmaker, Transitions, decode_transitions
from bot.errors import BadInputError, PagewrightError

log = logging.getLogger(__name__)

Format = Literal["pdf", "epub", "html", "zip", "mp4"]
FORMATS: tuple[Format, ...] = ("pdf", "epub", "html", "zip", "mp4")
Progress = Callable[[float], None]

# The longest wait for an engine that may be busy with stories; then pictures cross-fade.
PATIENCE_SECONDS = 600.0
DECODING_SHARE = 0.5
NOTICEABLE = 0.01
# Of a film's largest size, what its frames are to fill; below so many bits a second it is a blur.
FILLED, LEAST_BIT_RATE = 0.85, 60_000


async def export_book(
    book: Book,
    *,
    format: Format,  # noqa: A002
    out: Path,
    tree: BookTree | None = None,
    engine: Filmmaker | None = None,
    person: str = "",
    community: str = "",
    progress: Progress | None = None,
    patience: float = PATIENCE_SECONDS,
    most_bytes: int = 0,
) -> Path:
    """Write ``book`` to the file ``out`` and return it; what was there before is replaced.

    ``tree`` adds all other branches (HTML and ZIP; the rest follow the book's own branch).
    ``engine`` decodes the film's transitions within ``patience`` seconds; where it is None, away,
    busy or unable, pictures cross-fade. A film larger than ``most_bytes`` is made once more and
    smaller, where that is of any use: its size is the caller's to check. ``progress`` is called
    on the event loop with the share done, 0 to 1. Blocks no event loop, and leaves nothing
    half-written when it fails or is cancelled. Raises ``BadInputError`` for an empty or unfinished
    story and a place that cannot be written to, ``ConfigError`` where the film's encoder is not
    installed, ``PagewrightError`` for a damaged picture or a full disk.
    """
    _check_book(book)
    check_file_place(out)
    report = _noticeable(progress or (lambda share: None))
    if format == "mp4":
        await _export_film(book, out, engine, person, community, report, patience, most_bytes)
    else:
        await _in_thread(lambda stopped: put_file(out, _writer(book, format, tree)))
    report(1.0)
    return out


def _check_book(book: Book) -> None:
    if not book.pages:
        raise BadInputError(f"the story {book.id} has no page yet; let it be told first")
    for page in book.pages:
        if not (page.image or page.text.strip()):
            raise BadInputError(
                f"page {page.number} of the story {book.id} has neither words nor a picture yet;"
                " wait until it is told, or continue the story"
            )


def _writer(book: Book, kind: Format, tree: BookTree | None) -> Callable[[Path], bool]:
    def write(path: Path) -> bool:
        path.write_bytes(_content(book, kind, tree))
        return True

    return write


def _content(book: Book, kind: Format, tree: BookTree | None) -> bytes:
    """Return a file's bytes; what a format needs is loaded only for that format."""
    if kind == "pdf":
        from bot.books.pdf import book_pdf

        return book_pdf(book)
    if kind == "epub":
        from bot.books.epub import book_epub

        return book_epub(book)
    if kind == "html":
        from bot.books.html import book_html

        return book_html(book, tree).encode("utf-8")
    from bot.books.folder import book_zip

    return book_zip(book, tree)


async def _export_film(
    book: Book,
    out: Path,
    engine: Filmmaker | None,
    person: str,
    community: str,
    report: Progress,
    patience: float,
    most_bytes: int,
) -> None:
    from bot.books.film import seconds_of, write_film
    from bot.books.video import require_video

    require_video()
    loop, share = asyncio.get_running_loop(), DECODING_SHARE if engine else 0.0

    def encoded(done: float) -> None:
        loop.call_soon_threadsafe(report, share + (1 - share) * done)

    def film(path: Path, stopped: threading.Event) -> bool:
        write = partial(write_film, book, path, transitions, should_stop=stopped.is_set)
        write(progress=encoded)
        rate = int(FILLED * 8 * most_bytes / seconds_of(book))
        if path.stat().st_size > most_bytes and rate >= LEAST_BIT_RATE and not stopped.is_set():
            write(bit_rate=rate)
        return not stopped.is_set()

    with _transitions(out) as transitions:
        try:
            async with asyncio.timeout(patience):
                await decode_transitions(
                    book, engine, transitions, person=person, community=community,
                    progress=lambda done: report(share * done),
                )  # fmt: skip
        except TimeoutError:
            log.info("pictures cross-fade: the engine took more than %.0f s", patience)
        await _in_thread(lambda stopped: put_file(out, lambda path: film(path, stopped)))


def _transitions(out: Path) -> Transitions:
    try:
        return Transitions()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PagewrightError(
            f"cannot make {out}: no room for temporary files ({reason}); free some space"
        ) from error


async def _in_thread(work: Callable[[threading.Event], None]) -> None:
    """Run ``work`` in a thread; when cancelled, wait until it has cleaned up behind itself."""
    stopped = threading.Event()
    running = asyncio.create_task(asyncio.to_thread(work, stopped))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait({running})
        raise


def _noticeable(progress: Progress) -> Progress:
    """Pass on a share only where it has grown by something that can be seen."""
    last = -1.0

    def report(share: float) -> None:
        nonlocal last
        if share >= min(1.0, last + NOTICEABLE) and share > last:
            last = share
            progress(share)

    return report
