"""A finished book on the disk: ``book.json``, the pictures, ``book.html`` and ``book.pdf``."""

from __future__ import annotations

import errno
import json
import math
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.books.book import Book, BookPage
from bot.books.html import book_html
from bot.books.pdf import book_pdf
from bot.errors import BadInputError, PagewrightError

RECORD_NAME = "book.json"
HTML_NAME = "book.html"
PDF_NAME = "book.pdf"
STAGING_NAME = ".pagewright-partial"

_OWN_NAME = re.compile(
    r"page-\d{2,}\.png|book\.(?:json|html|pdf)|\.pagewright-partial"
    r"|\.page-\d{2,}\.png\.\d+\.part"  # a picture that a killed telling was writing
)


def image_name(number: int) -> str:
    """Return the file name of page ``number``'s picture, such as ``page-01.png``."""
    return f"page-{number:02d}.png"


def book_record(book: Book) -> dict[str, object]:
    """Return what ``book.json`` holds; a page without a picture has ``image`` null."""
    return {
        "id": book.id,
        "title": book.title,
        "idea": book.idea,
        "style": book.style,
        "seed": book.seed,
        "profile": book.profile,
        "created_at": book.created_at,
        "pages": [_page_record(page) for page in book.pages],
    }


def check_book_folder(folder: Path) -> None:
    """Refuse early a folder that a book cannot be written to; nothing is left on the disk.

    Raises ``BadInputError`` for a file, a folder that holds other things than a book, or one
    that cannot be written to.
    """
    try:
        _refuse_strangers(folder)
        _refuse_unwritable(folder)
    except OSError as error:
        raise BadInputError(
            f"cannot use the folder {folder}: {_reason(error)}; {_remedy(error)}"
        ) from error


def write_book(book: Book, folder: Path) -> None:
    """Write the book's files to ``folder``, each complete or not at all, ``book.json`` last.

    A book already there is replaced, other files beside it are left alone. Raises
    ``BadInputError`` for a folder that is no book's, ``PagewrightError`` where the disk fails.
    """
    try:
        _refuse_strangers(folder)
        _publish(_book_files(book), folder)
    except OSError as error:
        raise PagewrightError(
            f"cannot write the book to {folder}: {_reason(error)}; {_remedy(error)}"
        ) from error


def _page_record(page: BookPage) -> dict[str, object]:
    return {
        "number": page.number,
        "text": page.text,
        "image": image_name(page.number) if page.image else None,
        "prompt": page.prompt,
        "alt": page.alt,
        "seed": page.seed,
        "steps": page.steps,
        "clip_score": page.clip_score if math.isfinite(page.clip_score) else None,
    }


def _book_files(book: Book) -> dict[str, bytes]:
    """Return every file's bytes by name, ``book.json`` last: its presence says "complete"."""
    files = {image_name(page.number): page.image for page in book.pages if page.image}
    files[HTML_NAME] = book_html(book).encode("utf-8")
    files[PDF_NAME] = book_pdf(book)
    record = json.dumps(book_record(book), ensure_ascii=False, indent=2, allow_nan=False)
    files[RECORD_NAME] = f"{record}\n".encode("utf-8", "replace")
    return files


def _refuse_strangers(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise BadInputError(f"{folder} is not a folder; name a new folder for the book")
    names = [path.name for path in folder.iterdir()]
    if any(not _OWN_NAME.fullmatch(name) for name in names) and not _is_book(folder):
        raise BadInputError(
            f"the folder {folder} holds other files and no book; name a new or empty folder"
        )


def _is_book(folder: Path) -> bool:
    try:
        record = json.loads((folder / RECORD_NAME).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return isinstance(record, dict) and {"id", "title", "pages"} <= record.keys()


def _refuse_unwritable(folder: Path) -> None:
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(f"{nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise BadInputError(f"the folder {nearest} cannot be written to; choose another folder")


def _publish(files: Mapping[str, bytes], folder: Path) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    staging = folder / STAGING_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        for name, content in files.items():
            _write_through(staging / name, content)
        for name in files:
            (staging / name).replace(folder / name)
        _remove_old_pages(folder, keep=files)
        staging.rmdir()
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        _remove_empty(missing)
        raise


def _write_through(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _remove_old_pages(folder: Path, *, keep: Iterable[str]) -> None:
    """Remove pictures of a longer book, or of an unfinished one, that was here before."""
    kept = {*keep, STAGING_NAME}
    for path in list(folder.iterdir()):
        if _OWN_NAME.fullmatch(path.name) and path.name not in kept:
            path.unlink()


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders from the deepest up, as far as they exist and are empty."""
    for path in folders:
        try:
            path.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return


def _remedy(error: OSError) -> str:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return "free some space and try again" if full else "choose another folder"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
