"""The book as EPUB 3: text that reflows, pictures with their descriptions, contents, a cover."""

from __future__ import annotations

import io
import string
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from bot.books.book import Book, BookPage
from bot.books.lettering import (
    FLEURON,
    ITALIC,
    MARKS,
    REGULAR,
    clean,
    one_line,
    paragraphs,
    subset_woff,
)
from bot.books.painted import paint_cover
from bot.books.pictures import print_picture
from bot.books.templating import render, source
from bot.books.wording import LANGUAGE, alt_of, colophon, creation_date, cut, title_of
from bot.books.zipped import zip_entry

COVER_SIZE = (1200, 1600)
COVER_QUALITY = 88
# Ids of stories are unique within one library alone; this makes them so among all EPUBs.
NAMESPACE = uuid.UUID("5d2cd9f4-2b63-5a0e-9d0e-3f1f6a7c1b52")


@dataclass(frozen=True)
class _Leaf:
    """One page as the templates show it; ``picture`` is its file's name or empty."""

    name: str
    number: int
    paragraphs: tuple[str, ...]
    picture: str
    alt: str


def book_epub(book: Book) -> bytes:
    """Return the EPUB's bytes (EPUB 3.3): the same book gives the same bytes.

    Fonts are embedded; what they lack is shown in the reader's own. Raises ``PagewrightError``
    for a damaged picture.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        # First and not compressed, so that the kind of file shows in its first bytes.
        zip_entry(archive, "mimetype", b"application/epub+zip", packed=False)
        zip_entry(archive, "META-INF/container.xml", _as_it_is("container.xml"))
        for name, content in _contents(book):
            zip_entry(archive, f"EPUB/{name}", content, packed=not name.endswith((".jpg", ".woff")))
    return buffer.getvalue()


def _contents(book: Book) -> Iterator[tuple[str, bytes]]:
    """Yield the publication's files, each with its name."""
    leaves = [_leaf(page) for page in book.pages]
    yield from _documents(book, leaves)
    yield "style.css", _as_it_is("style.css")
    letters = _letters(book)
    yield "regular.woff", subset_woff(REGULAR, letters)
    yield "italic.woff", subset_woff(ITALIC, letters)
    yield "cover.jpg", _cover(book)
    for leaf, page in zip(leaves, book.pages, strict=True):
        if leaf.picture:
            yield leaf.picture, print_picture(page.image, page=page.number).jpeg


def _documents(book: Book, leaves: list[_Leaf]) -> Iterator[tuple[str, bytes]]:
    contents = _table_of_contents(book, leaves)
    values = {
        "lang": LANGUAGE,
        "identifier": f"urn:uuid:{uuid.uuid5(NAMESPACE, one_line(book.id))}",
        "title": title_of(book),
        "idea": one_line(book.idea),
        "author": one_line(book.author),
        "date": creation_date(book).astimezone(UTC),
        "leaves": leaves,
        "pictures": any(leaf.picture for leaf in leaves),
        "contents": contents,
        "colophon": [one_line(note) for note in colophon(book)],
        "fleuron": FLEURON,
    }
    headings = {"cover.xhtml": "Cover", "nav.xhtml": "Contents", "end.xhtml": "The End"}
    for name in ("package.opf", "nav.xhtml", "toc.ncx", "cover.xhtml", "title.xhtml", "end.xhtml"):
        heading = headings.get(name, title_of(book))
        yield name, render(f"epub/{name}", heading=heading, **values).encode("utf-8")
    for leaf in leaves:
        text = render("epub/page.xhtml", heading=f"Page {leaf.number}", leaf=leaf, **values)
        yield f"{leaf.name}.xhtml", text.encode("utf-8")


def _leaf(page: BookPage) -> _Leaf:
    name = f"page-{page.number:02d}"
    return _Leaf(
        name=name,
        number=page.number,
        paragraphs=tuple(paragraphs(page.text)),
        picture=f"{name}.jpg" if page.image else "",
        alt=alt_of(page),
    )


def _table_of_contents(book: Book, leaves: list[_Leaf]) -> list[tuple[str, str]]:
    """Return each document's name and what the contents call it."""
    pages = [
        (leaf.name, cut(f"{leaf.number}. {' '.join(leaf.paragraphs)}".rstrip(), 60))
        for leaf in leaves
    ]
    return [("title", title_of(book)), *pages, ("end", "The End")]


def _letters(book: Book) -> str:
    written = [title_of(book), book.idea, book.author, *colophon(book)]
    written += [page.text for page in book.pages]
    return "".join(sorted(set(clean(" ".join(written)) + string.printable + MARKS)))


def _cover(book: Book) -> bytes:
    width, height = COVER_SIZE
    out = io.BytesIO()
    paint_cover(book, width=width, height=height).save(out, "JPEG", quality=COVER_QUALITY)
    return out.getvalue()


def _as_it_is(name: str) -> bytes:
    return source(f"epub/{name}").encode("utf-8")
