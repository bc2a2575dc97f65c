"""The book as one HTML file: pictures, letters, style and script all inside, no network."""

from __future__ import annotations

import base64
import hashlib
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from bot.books.book import Book, BookPage, BookTree
from bot.books.lettering import (
    FLEURON,
    FONT_FAMILY,
    ITALIC,
    MARKS,
    REGULAR,
    clean,
    one_line,
    paragraphs,
    subset_woff,
)
from bot.books.pictures import book_cloth, print_picture
from bot.books.templating import render, source
from bot.books.ways import END, Stop, first_ways, stops
from bot.books.wording import LANGUAGE, alt_of, colophon, title_of

# Prose longer than the limit is set at this share of the full size, so that a leaf holds it.
TEXT_SCALES = ((150, 1.3), (230, 1.2), (320, 1.08), (450, 0.94), (650, 0.78))
SMALLEST_SCALE = 0.6


@dataclass(frozen=True)
class _Leaf:
    """One page as the template shows it; ``picture`` is a data URI or empty."""

    stop: Stop
    number: int
    paragraphs: tuple[str, ...]
    picture: str
    alt: str
    prompt: str
    scale: float
    drop_cap: bool


def book_html(book: Book, tree: BookTree | None = None) -> str:
    """Return the whole document: the same book gives the same text.

    With a ``tree`` it holds every branch, as choices at the pages where they part; the book's own
    comes first. Everything that people or models wrote is escaped. Raises ``PagewrightError`` for
    a damaged picture.
    """
    found = stops(book, tree)
    leaves = [_leaf(stop) for stop in found]
    script = source("book.js")
    return render(
        "book.html",
        lang=LANGUAGE,
        title=title_of(book),
        idea=one_line(book.idea),
        author=one_line(book.author),
        leaves=leaves,
        beginning=leaves[0].stop.anchor if leaves else END,
        beginnings=first_ways(found),
        cover=next((leaf for leaf in leaves if leaf.picture), None),
        cloth=_hex(book_cloth(book)),
        fleuron=FLEURON,
        colophon=[one_line(note) for note in colophon(book)],
        fonts=_font_faces(book, [stop.page for stop in found]),
        style=source("book.css"),
        script=script,
        script_hash=_sha256(script),
    )


def _leaf(stop: Stop) -> _Leaf:
    page = stop.page
    texts = tuple(paragraphs(page.text))
    length = sum(map(len, texts)) + 30 * max(0, len(texts) - 1)
    return _Leaf(
        stop=stop,
        number=page.number,
        paragraphs=texts,
        picture=_picture(page),
        alt=alt_of(page),
        prompt=one_line(page.prompt),
        scale=next((scale for limit, scale in TEXT_SCALES if length <= limit), SMALLEST_SCALE),
        drop_cap=_takes_drop_cap(texts[0]) if texts else False,
    )


def _takes_drop_cap(text: str) -> bool:
    """Tell whether a left-to-right letter opens ``text``, after a quotation mark perhaps."""
    letter = next((char for char in text[:2] if char.isalnum()), " ")
    return len(text) >= 40 and unicodedata.bidirectional(letter) in ("L", "EN")


def _picture(page: BookPage) -> str:
    """Return the picture as a data URI, enlarged: browsers smooth less well."""
    if not page.image:
        return ""
    return _data_uri("image/jpeg", print_picture(page.image, page=page.number).jpeg)


def _font_faces(book: Book, pages: list[BookPage]) -> str:
    """Return @font-face rules with the letters this book uses."""
    written = [book.title, book.idea, book.author, book.style, book.profile]
    written += [part for page in pages for part in (page.text, page.prompt)]
    letters = "".join(sorted(set(clean(" ".join(written)) + string.printable + MARKS)))
    return "\n".join(
        f"@font-face {{ font-family: '{FONT_FAMILY}'; font-style: {style}; "
        f"src: url({_data_uri('font/woff', subset_woff(font, letters))}) format('woff'); }}"
        for style, font in (("normal", REGULAR), ("italic", ITALIC))
    )


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _hex(colour: Iterable[int]) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in colour)
