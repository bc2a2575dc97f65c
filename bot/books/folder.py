"""A finished book on the disk: ``book.json``, the pictures, ``book.html`` and ``book.pdf``."""

from __future__ import annotations

import io
import json
import math
import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.books.book import Book, BookPage, BookTree, TreePage
from bot.books.disk import flush, reason, refuse_unwritable, remedy, remove_empty
from bot.books.html import book_html
from bot.books.pdf import book_pdf
from bot.books.ways import stops
from bot.books.zipped import zip_entry
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


def book_record(book: Book, tree: BookTree | None = None) -> dict[str, object]:
    """Return what ``book.json`` holds; a page without a picture has ``image`` null.

    A ``tree`` adds the pages of all branches, each with its id and its parent's.
    """
    record: dict[str, object] = {
        "id": book.id,
        "title": book.title,
        "idea": book.idea,
        "style": book.style,
        "seed": book.seed,
        "profile": book.profile,
        "created_at": book.created_at,
        "pages": [_page_record(page, image_name(page.number)) for page in book.pages],
    }
    if tree:
        names = _tree_images(book, tree)
        record["tree"] = [_tree_record(page, names[page.id]) for page in tree.pages]
    return record


def check_book_folder(folder: Path) -> None:
    """Refuse early a folder that a book cannot be written to; nothing is left on the disk.

    Raises ``BadInputError`` for a file, a folder that holds other things than a book, or one
    that cannot be written to.
    """
    try:
        _refuse_strangers(folder)
        refuse_unwritable(folder)
    except OSError as error:
        raise BadInputError(
            f"cannot use the folder {folder}: {reason(error)}; {remedy(error)}"
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
            f"cannot write the book to {folder}: {reason(error)}; {remedy(error)}"
        ) from error


def book_zip(book: Book, tree: BookTree | None = None) -> bytes:
    """Return the book's files as a ZIP; the same book gives the same bytes.

    With a ``tree`` the HTML file and ``book.json`` hold all branches, and all their pictures
    are there. Raises ``PagewrightError`` for a damaged picture.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted(_book_files(book, tree).items()):
            zip_entry(archive, name, content, packed=not name.endswith(".png"))
    return buffer.getvalue()


def _tree_images(book: Book, tree: BookTree) -> dict[str, str]:
    """Return the file name of each page's picture by the page's id."""
    return {stop.page.id: f"{stop.name}.png" for stop in stops(book, tree)}


def _tree_record(page: TreePage, image: str) -> dict[str, object]:
    place = {"id": page.id, "parent_id": page.parent_id, "chosen": page.chosen}
    return {**place, **_page_record(page.page, image)}


def _page_record(page: BookPage, image: str) -> dict[str, object]:
    return {
        "number": page.number,
        "text": page.text,
        "image": image if page.image else None,
        "prompt": page.prompt,
        "alt": page.alt,
        "seed": page.seed,
        "steps": page.steps,
        "clip_score": page.clip_score if math.isfinite(page.clip_score) else None,
    }


def _book_files(book: Book, tree: BookTree | None = None) -> dict[str, bytes]:
    """Return every file's bytes by name, ``book.json`` last: its presence says "complete"."""
    files = {image_name(page.number): page.image for page in book.pages if page.image}
    if tree:
        names = _tree_images(book, tree)
        files |= {names[page.id]: page.page.image for page in tree.pages if page.page.image}
    files[HTML_NAME] = book_html(book, tree).encode("utf-8")
    files[PDF_NAME] = book_pdf(book)
    record = json.dumps(book_record(book, tree), ensure_ascii=False, indent=2, allow_nan=False)
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
        remove_empty(missing)
        raise


def _write_through(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
    flush(path)


def _remove_old_pages(folder: Path, *, keep: Iterable[str]) -> None:
    """Remove pictures of a longer book, or of an unfinished one, that was here before."""
    kept = {*keep, STAGING_NAME}
    for path in list(folder.iterdir()):
        if _OWN_NAME.fullmatch(path.name) and path.name not in kept:
            path.unlink()
