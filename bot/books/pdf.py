"""The book as a PDF: cloth cover, one page a spread with its art large, a closing leaf."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from fpdf import FPDF

from bot.books.book import Book, BookPage
from bot.books.lettering import (
    ELLIPSIS,
    FLEURON,
    FONT_FAMILY,
    ITALIC,
    REGULAR,
    has_words,
    one_line,
    paragraphs,
    printable,
)
from bot.books.pictures import PLAIN_CLOTH, RGB, PrintPicture, print_picture
from bot.books.typesetting import Line, break_evenly, break_lines

LANGUAGE = "en"
UNTITLED = "A Story"

# One sheet is a whole spread, in mm: art on the left, prose on the right.
SHEET_WIDTH, SHEET_HEIGHT, MARGIN = 300.0, 188.0, 15.0
ART_EDGE = SHEET_HEIGHT - 2 * MARGIN
COLUMN_LEFT, COLUMN_WIDTH = MARGIN + ART_EDGE + 18.0, 88.0
COLUMN_TOP, COLUMN_HEIGHT = MARGIN + 6.0, ART_EDGE - 24.0
WIDE_LEFT, WIDE_WIDTH = 75.0, 150.0

PAPER: RGB = (253, 249, 240)
FRAME: RGB = (226, 217, 200)
INK: RGB = (43, 36, 30)
FADED: RGB = (128, 114, 98)
CREAM: RGB = (247, 239, 222)

POINT = 25.4 / 72
LEADING, CAP_HEIGHT, CAP_LINES = 1.36, 0.65, 3
PROSE_SIZES = (21.0, 20.0, 19.0, 18.0, 17.0, 16.0, 15.0, 14.0, 13.0)


def book_pdf(book: Book) -> bytes:
    """Return the PDF's bytes: the same book gives the same bytes.

    Fonts are embedded; characters they lack are left out or shown as an ellipsis. Raises
    ``PagewrightError`` for a damaged picture.
    """
    pdf = _new_document(book)
    cloth = _draw_cover(pdf, book)
    for page in book.pages:
        _draw_page(pdf, page, cloth)
    _draw_closing(pdf, book, cloth)
    return bytes(pdf.output())


def creation_date(book: Book) -> datetime:
    """Return ``created_at`` with its time zone, UTC where it names none."""
    date = datetime.fromisoformat(book.created_at)
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _new_document(book: Book) -> FPDF:
    pdf = FPDF(orientation="landscape", unit="mm", format=(SHEET_HEIGHT, SHEET_WIDTH))
    pdf.add_font(FONT_FAMILY, "", REGULAR)
    pdf.add_font(FONT_FAMILY, "I", ITALIC)
    pdf.set_text_shaping(True)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_lang(LANGUAGE)
    pdf.set_title(one_line(book.title) or UNTITLED)
    pdf.set_subject(one_line(book.idea))
    pdf.set_author(one_line(book.author) or "Pagewright")
    pdf.set_creator("Pagewright")
    pdf.set_creation_date(creation_date(book))
    return pdf


def _draw_cover(pdf: FPDF, book: Book) -> RGB:
    """Draw the cover and return the colour of its cloth."""
    page = next((page for page in book.pages if page.image), None)
    picture = print_picture(page.image, page=page.number) if page else None
    cloth = picture.cloth if picture else PLAIN_CLOTH
    _add_sheet(pdf, cloth, bookmark="Cover")
    if page and picture:
        edge = ART_EDGE - 12
        box = (SHEET_WIDTH - MARGIN - 6 - edge, MARGIN + 6, edge)
        _draw_picture(pdf, picture, page.alt, box)
        _draw_cover_words(pdf, book, centre=(SHEET_WIDTH - edge - 21) / 2 + 1, width=108)
    else:
        _draw_cover_words(pdf, book, centre=SHEET_WIDTH / 2, width=200)
    return cloth


def _draw_cover_words(pdf: FPDF, book: Book, *, centre: float, width: float) -> None:
    title = _cut(printable(one_line(book.title)), 160)
    wish = _cut(printable(one_line(book.idea)), 320)
    author = _cut(printable(one_line(book.author)), 60)
    title = title if has_words(title) else UNTITLED
    sizes = range(40, 15, -2)
    bottom = _centred(pdf, title, centre, width, (40, 66), sizes=sizes, colour=CREAM)
    bottom = _centred(pdf, FLEURON, centre, width, (bottom + 3, 12), sizes=(24,), colour=CREAM)
    if has_words(wish):
        sizes = range(16, 10, -1)
        box = (bottom + 4, SHEET_HEIGHT - MARGIN - 15 - bottom - 4)
        _centred(pdf, wish, centre, width - 14, box, sizes=sizes, colour=CREAM, style="I")
    byline = f"imagined by {author}" if author else "Pagewright"
    box = (SHEET_HEIGHT - MARGIN - 12, 10.0)
    _centred(pdf, byline, centre, width, box, sizes=(11,), colour=CREAM, style="I")


def _draw_page(pdf: FPDF, page: BookPage, cloth: RGB) -> None:
    texts = [text for text in map(printable, paragraphs(page.text)) if text]
    opening = one_line(" ".join(texts))
    _add_sheet(pdf, PAPER, bookmark=_cut(f"{page.number}. {opening}", 60))
    if page.image:
        picture = print_picture(page.image, page=page.number)
        _draw_picture(pdf, picture, page.alt, (MARGIN, MARGIN, ART_EDGE))
    else:
        _draw_missing_picture(pdf, cloth)
    _draw_prose(pdf, texts, page.number, cloth)


def _draw_closing(pdf: FPDF, book: Book, cloth: RGB) -> None:
    _add_sheet(pdf, PAPER, bookmark="The End")
    centre, width = SHEET_WIDTH / 2, 190.0
    _centred(pdf, "The End", centre, width, (58, 30), sizes=(44,), colour=cloth, style="I")
    _centred(pdf, FLEURON, centre, width, (82, 14), sizes=(28,), colour=cloth)
    notes = [printable(one_line(note)) for note in colophon(book)]
    top = 130.0
    for note in notes:
        size = (12.0,)
        top = _centred(pdf, _cut(note, 240), centre, width, (top, 14), sizes=size, colour=FADED)


def colophon(book: Book) -> list[str]:
    """Return the closing notes: how the book was made, so that it can be made again."""
    date = creation_date(book)
    return [
        f"Written and painted by Pagewright on {date.date().isoformat()}.",
        " · ".join(_made_with(book)),
    ]


def _add_sheet(pdf: FPDF, colour: RGB, *, bookmark: str = "") -> None:
    pdf.add_page()
    pdf.set_fill_color(*colour)
    pdf.rect(0, 0, SHEET_WIDTH, SHEET_HEIGHT, style="F")
    if bookmark:
        pdf.start_section(bookmark)


def _draw_picture(
    pdf: FPDF, picture: PrintPicture, alt: str, box: tuple[float, float, float]
) -> None:
    """Draw the picture on a mount, as large as the square ``box`` (left, top, edge) allows."""
    left, top, edge = box
    scale = edge / max(picture.width, picture.height)
    width, height = picture.width * scale, picture.height * scale
    left, top = left + (edge - width) / 2, top + (edge - height) / 2
    _draw_mount(pdf, left, top, width, height)
    pdf.image(picture.jpeg, left, top, width, height, alt_text=one_line(alt) or None)


def _draw_mount(pdf: FPDF, left: float, top: float, width: float, height: float) -> None:
    for grow, opacity in ((2.6, 0.05), (1.9, 0.06), (1.2, 0.07)):
        with pdf.local_context(fill_opacity=opacity):
            pdf.set_fill_color(30, 20, 10)
            x, y = left - 2.4 - grow / 2, top - 2.4 + grow / 3
            size = (width + 4.8 + grow, height + 4.8 + grow)
            pdf.rect(x, y, *size, style="F", round_corners=True, corner_radius=1.4)
    pdf.set_fill_color(255, 254, 250)
    pdf.rect(left - 2.4, top - 2.4, width + 4.8, height + 4.8, style="F")


def _draw_missing_picture(pdf: FPDF, cloth: RGB) -> None:
    pdf.set_fill_color(*FRAME)
    pdf.rect(MARGIN, MARGIN, ART_EDGE, ART_EDGE, style="F")
    box = (SHEET_HEIGHT / 2 - 16, 30.0)
    _centred(pdf, FLEURON, MARGIN + ART_EDGE / 2, ART_EDGE, box, sizes=(72,), colour=cloth)


def _draw_prose(pdf: FPDF, texts: Sequence[str], number: int, cloth: RGB) -> None:
    """Set the prose beside the art, smaller when it is long, on further sheets when longer."""
    cap, rest = _split_cap(texts)
    size, lines = _fit_prose(pdf, cap, rest)
    leading = size * POINT * LEADING
    room = int(COLUMN_HEIGHT / leading)
    here, beyond = lines[:room], lines[room:]
    top = COLUMN_TOP + (COLUMN_HEIGHT - leading * max(len(here), CAP_LINES)) / 2
    indent = _draw_cap(pdf, cap, size, top, cloth) if cap else 0.0
    _draw_lines(pdf, here, COLUMN_LEFT, top, size, cap_indent=indent)
    _draw_folio(pdf, number, COLUMN_LEFT + COLUMN_WIDTH / 2, cloth)
    _draw_further_sheets(pdf, beyond, number, size, cloth)


def _draw_further_sheets(
    pdf: FPDF, lines: Sequence[Line], number: int, size: float, cloth: RGB
) -> None:
    leading = size * POINT * LEADING
    room = int(COLUMN_HEIGHT / leading)
    for start in range(0, len(lines), room):
        _add_sheet(pdf, PAPER)
        _draw_lines(pdf, lines[start : start + room], WIDE_LEFT, COLUMN_TOP, size)
        _draw_folio(pdf, number, SHEET_WIDTH / 2, cloth)


def _fit_prose(pdf: FPDF, cap: str, texts: Sequence[str]) -> tuple[float, list[Line]]:
    """Return the largest size at which the prose fits its column, else the smallest, and lines."""
    for size in PROSE_SIZES:
        leading = size * POINT * LEADING
        room, indent = int(COLUMN_HEIGHT / leading), _cap_indent(pdf, cap, size)

        def width_at(index: int, room: int = room, indent: float = indent) -> float:
            if index >= room:
                return WIDE_WIDTH
            return COLUMN_WIDTH - (indent if index < CAP_LINES else 0.0)

        measure = _measure(pdf, size)
        lines = break_lines(texts, measure=measure, width_at=width_at, indent=size * POINT)
        if len(lines) <= room:
            break
    return size, lines


def _draw_lines(
    pdf: FPDF,
    lines: Sequence[Line],
    left: float,
    top: float,
    size: float,
    *,
    cap_indent: float = 0.0,
) -> None:
    pdf.set_font(FONT_FAMILY, size=size)
    pdf.set_text_color(*INK)
    for number, line in enumerate(lines):
        beside_cap = cap_indent if number < CAP_LINES else 0.0
        _text(pdf, left + line.indent + beside_cap, _baseline(top, number, size), line.text)


def _split_cap(texts: Sequence[str]) -> tuple[str, list[str]]:
    """Split off the first letter, with the quotation mark before it, to be set large."""
    if not texts or len(texts[0]) < 40:
        return "", list(texts)
    first = texts[0]
    end = 2 if first[0] in "\"'“‘«„¿¡" else 1
    if not first[end - 1].isalpha():
        return "", list(texts)
    return first[:end], [first[end:], *texts[1:]]


def _cap_size(size: float) -> float:
    """Return the cap's size: from the first line's capitals down to the third line's baseline."""
    return size * ((CAP_LINES - 1) * LEADING + CAP_HEIGHT) / CAP_HEIGHT


def _cap_indent(pdf: FPDF, cap: str, size: float) -> float:
    if not cap:
        return 0.0
    return _measure(pdf, _cap_size(size))(cap) + 1.2


def _draw_cap(pdf: FPDF, cap: str, size: float, top: float, colour: RGB) -> float:
    indent = _cap_indent(pdf, cap, size)
    pdf.set_font(FONT_FAMILY, size=_cap_size(size))
    pdf.set_text_color(*colour)
    _text(pdf, COLUMN_LEFT, _baseline(top, CAP_LINES - 1, size), cap)
    return indent


def _baseline(top: float, line: int, size: float) -> float:
    return top + (line + 0.76) * size * POINT * LEADING


def _draw_folio(pdf: FPDF, number: int, centre: float, cloth: RGB) -> None:
    box = (SHEET_HEIGHT - MARGIN - 9, 8.0)
    _centred(pdf, f"– {number} –", centre, 40, box, sizes=(12,), colour=cloth)


def _centred(
    pdf: FPDF,
    text: str,
    centre: float,
    width: float,
    box: tuple[float, float],
    *,
    sizes: Sequence[float],
    colour: RGB,
    style: str = "",
) -> float:
    """Draw centred lines in the largest size that fits ``box`` (top, height); return their end."""
    top, height = box
    for size in sizes:
        leading = size * POINT * (1.3 if style else 1.2)
        lines = break_evenly(text, measure=_measure(pdf, size, style), width=width)
        if len(lines) * leading <= height:
            break
    room = max(1, int(height / leading))
    if len(lines) > room:
        lines[room - 1 :] = [replace(lines[room - 1], text=lines[room - 1].text + ELLIPSIS)]
    pdf.set_font(FONT_FAMILY, style, size)
    pdf.set_text_color(*colour)
    for number, line in enumerate(lines):
        x = centre - pdf.get_string_width(line.text) / 2
        _text(pdf, x, top + (number + 0.8) * leading, line.text)
    return top + len(lines) * leading


def _measure(pdf: FPDF, size: float, style: str = "") -> Callable[[str], float]:
    """Return the width in mm of a text in the given font; it grows in step with the size."""
    pdf.set_font(FONT_FAMILY, style, size)

    @cache
    def width(text: str) -> float:
        return float(pdf.get_string_width(text))

    return width


def _text(pdf: FPDF, left: float, baseline: float, text: str) -> None:
    # fpdf2 shapes (kerning, ligatures) only in cells, whose baseline lies at 0.8 of the size.
    pdf.set_xy(left, baseline - 0.8 * pdf.font_size)
    pdf.cell(h=pdf.font_size, text=text)


def _cut(text: str, limit: int) -> str:
    """Return ``text`` cut at a word's end when it is longer than ``limit`` characters."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(",;: ") + ELLIPSIS


def _made_with(book: Book) -> list[str]:
    """Return what a reader needs to make the same book again."""
    style = [f"Style {book.style}"] if book.style else []
    return [*style, f"profile {book.profile}", f"seed {book.seed}"]
