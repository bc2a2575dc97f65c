"""Where a telling's book goes: checked before the work, filled while it goes on."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import unicodedata
from contextlib import suppress
from pathlib import Path

from bot.books.book import Book
from bot.errors import BadInputError, PagewrightError, UnavailableError

BOOKS = Path("books")
# A book of eight pages takes some 3 MB; the library takes the pictures once more.
LEAST_FREE_BYTES = 20_000_000
_SLUG_LENGTH = 40


class BookPlace:
    """A book's folder: the one ``asked`` for, or one of its own below ``books/``."""

    def __init__(self, asked: Path | None = None) -> None:
        self.asked = asked
        self._folder: Path | None = None
        self._new: list[Path] = []

    @property
    def folder(self) -> Path | None:
        """Return the folder, None before ``settle``."""
        return self._folder

    def check(self) -> None:
        """Refuse a place that cannot be written to, or a full disk; leaves nothing behind."""
        folder = self.asked or BOOKS
        if folder.exists() and not folder.is_dir():
            raise BadInputError(f"{folder} is not a folder: name a new folder for the book.")
        if self.asked is not None and self.asked.exists():
            # Only here, because it comes with all that typesets a book.
            from bot.books.folder import check_book_folder

            check_book_folder(self.asked)
        check_writable(folder)
        check_free_space(folder)

    def settle(self, story_id: str, title: str) -> Path:
        """Decide on the folder once the story is known; the same story comes back to its own."""
        if self._folder is None:
            self._folder = self.asked or _own_folder(story_id, title)
            around = (self._folder, *self._folder.parents)
            self._new = [folder for folder in around if not folder.exists()]
        return self._folder

    def put_preview(self, page: int, image: bytes) -> Path:
        """Write a preview's file, replacing the page's last one."""
        assert self._folder is not None  # noqa: S101
        from bot.books.folder import STAGING_NAME

        folder = self._folder / STAGING_NAME
        return _put(folder / f"page-{page:02d}.webp", image)

    def put_page(self, page: int, image: bytes) -> Path:
        """Write a finished page's picture."""
        assert self._folder is not None  # noqa: S101
        from bot.books.folder import image_name

        return _put(self._folder / image_name(page), image)

    def write(self, book: Book) -> Path:
        """Write the book's files, each whole or not at all."""
        from bot.books.folder import write_book

        folder = self.settle(book.id, book.title)
        write_book(book, folder)
        return folder

    def tidy(self) -> None:
        """Remove previews, and folders made for this book in which nothing is."""
        if self._folder is not None and self._folder.exists():
            from bot.books.folder import STAGING_NAME

            shutil.rmtree(self._folder / STAGING_NAME, ignore_errors=True)
            for folder in self._new:
                with suppress(OSError):
                    folder.rmdir()


def prepare_binding() -> None:
    """Load what typesets a book, so that nothing waits for it later; takes a moment."""
    import bot.books.folder  # noqa: F401


def check_writable(path: Path) -> None:
    """Raise ``BadInputError`` where nothing can be made beside or above ``path``, by trying."""
    nearest = _nearest_folder(path)
    try:
        with tempfile.TemporaryDirectory(prefix=".pagewright-", dir=nearest):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadInputError(
            f"cannot write to the folder {nearest}: {reason}; choose another with --out"
        ) from None


def check_free_space(path: Path) -> None:
    """Raise ``UnavailableError`` where the disk that ``path`` will lie on is nearly full."""
    nearest = _nearest_folder(path)
    try:
        total, _, free = shutil.disk_usage(nearest)
    except OSError:
        return
    # Some file systems do not know their size.
    if total and free < LEAST_FREE_BYTES:
        raise UnavailableError(
            f"The disk of {nearest} is full ({free // 1_000_000} MB free,"
            f" {LEAST_FREE_BYTES // 1_000_000} MB needed): free some space, or choose another"
            " folder with --out."
        )


def slug(title: str) -> str:
    """Return a title as a folder's name: plain letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    name = ""
    for word in words:
        if len(name) + len(word) > _SLUG_LENGTH:
            break
        name = f"{name}-{word}" if name else word
    return name or "story"


def put_whole(path: Path, content: bytes) -> None:
    """Write a file in a way that nobody ever sees half of it; raises ``PagewrightError``."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        raise PagewrightError(
            f"cannot write {path}: {reason}; free some space or choose another place"
        ) from None


def _nearest_folder(path: Path) -> Path:
    return next(folder for folder in (path, *path.absolute().parents) if folder.is_dir())


def _put(path: Path, content: bytes) -> Path:
    put_whole(path, content)
    return path


def _own_folder(story_id: str, title: str) -> Path:
    with suppress(OSError):
        for folder in sorted(BOOKS.glob(f"*-{story_id}")):
            if folder.is_dir():
                return folder
    return BOOKS / f"{slug(title)}-{story_id}"
