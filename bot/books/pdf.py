"""The book as a PDF: cloth cover, one page a spread with its art large, a closing leaf."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from fpdf import ViewerPreferences

from bot.books.book import Book, BookPage
from bot.books.lettering import (
    ELLIPSIS,
    FLEURON,
    has_words,
    one_line,
    paragraphs,
    printable,
)
from bot.books.pdf_letters import PLAIN, LetteredPDF, pdf_letters, runs_leftwards
from bot.books.pictures import PLAIN_CLOTH, RGB, PrintPicture, print_picture
from bot.books.typesetting import Line, break_evenly, break_lines
from bot.books.wording import (
    CREAM,
    INK,
    LANGUAGE,
    MOUNT,
    PAPER,
    UNTITLED,
    alt_of,
    colophon,
    creation_date,
    cut,
    title_of,
)

# One sheet is a whole spread, in mm: art on the left, prose on the right.
SHEET_WIDTH, SHEET_HEIGHT, MARGIN = 300.0, 188.0, 15.0
ART_EDGE = SHEET_HEIGHT - 2 * MARGIN
COLUMN_LEFT, COLUMN_WIDTH = MARGIN + ART_EDGE + 18.0, 88.0
COLUMN_TOP, COLUMN_HEIGHT = MARGIN + 6.0, ART_EDGE - 24.0
WIDE_LEFT, WIDE_WIDTH = 75.0, 150.0

FRAME: RGB = (226, 217, 200)
FADED: RGB = (128, 114, 98)

POINT = 25.4 / 72
LEADING, CAP_HEIGHT, CAP_LINES = 1.36, 0.65, 3
PROSE_SIZES = (21.0, 20.0, 19.0, 18.0, 17.0, 16.0, 15.0, 14.0, 13.0)


def book_pdf(book: Book) -> bytes:
    """Return the PDF's bytes: the same book gives the same bytes.

    Fonts are embedded: the book's own and, for scripts that it lacks, one of the system's. What
    no font has is left out or shown as an ellipsis. Raises ``PagewrightError`` for a damaged
    picture.
    """
    pdf = _new_document(book)
    cloth = _draw_cover(pdf, book)
    for page in book.pages:
        _draw_page(pdf, page, cloth)
    _draw_closing(pdf, book, cloth)
    return bytes(pdf.output())


def _new_document(book: Book) -> LetteredPDF:
    pdf = LetteredPDF(orientation="landscape", unit="mm", format=(SHEET_HEIGHT, SHEET_WIDTH))
    pdf.set_text_shaping(True)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_lang(LANGUAGE)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.set_title(title_of(book))
    pdf.set_subject(one_line(book.idea))
    pdf.set_author(one_line(book.author) or "Pagewright")
    pdf.set_creator("Pagewright")
    pdf.set_creation_date(creation_date(book))
    return pdf


def _draw_cover(pdf: LetteredPDF, book: Book) -> RGB:
    """Draw the cover and return the colour of its cloth."""
    page = next((page for page in book.pages if page.image), None)
    picture = print_picture(page.image, page=page.number) if page else None
    cloth = picture.cloth if picture else PLAIN_CLOTH
    _add_sheet(pdf, cloth, bookmark="Cover")
    if page and picture:
        edge = ART_EDGE - 12
        box = (SHEET_WIDTH - MARGIN - 6 - edge, MARGIN + 6, edge)
        _draw_picture(pdf, picture, alt_of(page), box)
        _draw_cover_words(pdf, book, centre=(SHEET_WIDTH - edge - 21) / 2 + 1, width=108)
    else:
        _draw_cover_words(pdf, book, centre=SHEET_WIDTH / 2, width=200)
    return cloth


def _draw_cover_words(pdf: LetteredPDF, book: Book, *, centre: float, width: float) -> None:
    title = pdf_letters(cut(one_line(book.title), 160), instead=UNTITLED)
    wish = pdf_letters(cut(one_line(book.idea), 320))
    author = pdf_letters(cut(one_line(book.author), 60))
    sizes = range(40, 15, -2)
    with pdf.written_in(title):
        bottom = _centred(pdf, title.text, centre, width, (40, 66), sizes=sizes, colour=CREAM)
    bottom = _centred(pdf, FLEURON, centre, width, (bottom + 3, 12), sizes=(24,), colour=CREAM)
    if has_words(wish.text):
        sizes = range(16, 10, -1)
        box = (bottom + 4, SHEET_HEIGHT - MARGIN - 15 - bottom - 4)
        with pdf.written_in(wish):
            _centred(pdf, wish.text, centre, width - 14, box, sizes=sizes, colour=CREAM, style="I")
    byline = f"imagined by {author.text}" if author.text else "Pagewright"
    box = (SHEET_HEIGHT - MARGIN - 12, 10.0)
    with pdf.written_in(author):
        _centred(pdf, byline, centre, width, box, sizes=(11,), colour=CREAM, style="I")


def _draw_page(pdf: LetteredPDF, page: BookPage, cloth: RGB) -> None:
    _add_sheet(pdf, PAPER, bookmark=cut(f"{page.number}. {one_line(page.text)}".rstrip(), 60))
    if page.image:
        picture = print_picture(page.image, page=page.number)
        _draw_picture(pdf, picture, alt_of(page), (MARGIN, MARGIN, ART_EDGE))
    else:
        _draw_missing_picture(pdf, cloth)
    # One font a page: that which the whole of its words needs.
    letters = pdf_letters(page.text)
    with pdf.written_in(letters):
        texts = [pdf_letters(text).text for text in paragraphs(page.text)]
        _draw_prose(pdf, [text for text in texts if text], page.number, cloth)


def _draw_closing(pdf: LetteredPDF, book: Book, cloth: RGB) -> None:
    _add_sheet(pdf, PAPER, bookmark="The End")
    centre, width = SHEET_WIDTH / 2, 190.0
    _centred(pdf, "The End", centre, width, (58, 30), sizes=(44,), colour=cloth, style="I")
    _centred(pdf, FLEURON, centre, width, (82, 14), sizes=(28,), colour=cloth)
    notes = [printable(one_line(note)) for note in colophon(book)]
    top = 130.0
    for note in notes:
        size = (12.0,)
        top = _centred(pdf, cut(note, 240), centre, width, (top, 14), sizes=size, colour=FADED)


def _add_sheet(pdf: LetteredPDF, colour: RGB, *, bookmark: str = "") -> None:
    pdf.add_page()
    pdf.set_fill_color(*colour)
    pdf.rect(0, 0, SHEET_WIDTH, SHEET_HEIGHT, style="F")
    if bookmark:
        pdf.start_section(bookmark)


def _draw_picture(
    pdf: LetteredPDF, picture: PrintPicture, alt: str, box: tuple[float, float, float]
) -> None:
    """Draw the picture on a mount, as large as the square ``box`` (left, top, edge) allows."""
    left, top, edge = box
    scale = edge / max(picture.width, picture.height)
    width, height = picture.width * scale, picture.height * scale
    left, top = left + (edge - width) / 2, top + (edge - height) / 2
    _draw_mount(pdf, left, top, width, height)
    pdf.image(picture.jpeg, left, top, width, height, alt_text=alt)


def _draw_mount(pdf: LetteredPDF, left: float, top: float, width: float, height: float) -> None:
    for grow, opacity in ((2.6, 0.05), (1.9, 0.06), (1.2, 0.07)):
        with pdf.local_context(fill_opacity=opacity):
            pdf.set_fill_color(30, 20, 10)
            x, y = left - 2.4 - grow / 2, top - 2.4 + grow / 3
            size = (width + 4.8 + grow, height + 4.8 + grow)
            pdf.rect(x, y, *size, style="F", round_corners=True, corner_radius=1.4)
    pdf.set_fill_color(*MOUNT)
    pdf.rect(left - 2.4, top - 2.4, width + 4.8, height + 4.8, style="F")


def _draw_missing_picture(pdf: LetteredPDF, cloth: RGB) -> None:
    pdf.set_fill_color(*FRAME)
    pdf.rect(MARGIN, MARGIN, ART_EDGE, ART_EDGE, style="F")
    box = (SHEET_HEIGHT / 2 - 16, 30.0)
    _centred(pdf, FLEURON, MARGIN + ART_EDGE / 2, ART_EDGE, box, sizes=(72,), colour=cloth)


def _draw_prose(pdf: LetteredPDF, texts: Sequence[str], number: int, cloth: RGB) -> None:
    """Set the prose beside the art, smaller when it is long, on further sheets when longer."""
    cap, rest = _split_cap(texts)
    size, lines = _fit_prose(pdf, cap, rest)
    leading = size * POINT * LEADING
    room = int(COLUMN_HEIGHT / leading)
    here, beyond = lines[:room], lines[room:]
    top = COLUMN_TOP + (COLUMN_HEIGHT - leading * max(len(here), CAP_LINES)) / 2
    indent = _draw_cap(pdf, cap, size, top, cloth) if cap else 0.0
    _draw_lines(pdf, here, COLUMN_LEFT, top, size, width=COLUMN_WIDTH, cap_indent=indent)
    _draw_folio(pdf, number, COLUMN_LEFT + COLUMN_WIDTH / 2, cloth)
    _draw_further_sheets(pdf, beyond, number, size, cloth)


def _draw_further_sheets(
    pdf: LetteredPDF, lines: Sequence[Line], number: int, size: float, cloth: RGB
) -> None:
    leading = size * POINT * LEADING
    room = int(COLUMN_HEIGHT / leading)
    for start in range(0, len(lines), room):
        _add_sheet(pdf, PAPER)
        some = lines[start : start + room]
        _draw_lines(pdf, some, WIDE_LEFT, COLUMN_TOP, size, width=WIDE_WIDTH)
        _draw_folio(pdf, number, SHEET_WIDTH / 2, cloth)


def _fit_prose(pdf: LetteredPDF, cap: str, texts: Sequence[str]) -> tuple[float, list[Line]]:
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
    pdf: LetteredPDF,
    lines: Sequence[Line],
    left: float,
    top: float,
    size: float,
    *,
    width: float,
    cap_indent: float = 0.0,
) -> None:
    pdf.set_letters("", size)
    pdf.set_text_color(*INK)
    for number, line in enumerate(lines):
        start = line.indent + (cap_indent if number < CAP_LINES else 0.0)
        if runs_leftwards(line.text):
            start = width - start - pdf.get_string_width(line.text)
        _text(pdf, left + start, _baseline(top, number, size), line.text)


def _split_cap(texts: Sequence[str]) -> tuple[str, list[str]]:
    """Split off the first letter, with the quotation mark before it, to be set large."""
    if not texts or len(texts[0]) < 40:
        return "", list(texts)
    first = texts[0]
    end = 2 if first[0] in "\"'“‘«„¿¡" else 1
    if not first[end - 1].isalpha() or runs_leftwards(first):
        return "", list(texts)
    return first[:end], [first[end:], *texts[1:]]


def _cap_size(size: float) -> float:
    """Return the cap's size: from the first line's capitals down to the third line's baseline."""
    return size * ((CAP_LINES - 1) * LEADING + CAP_HEIGHT) / CAP_HEIGHT


def _cap_indent(pdf: LetteredPDF, cap: str, size: float) -> float:
    if not cap:
        return 0.0
    return _measure(pdf, _cap_size(size))(cap) + 1.2


def _draw_cap(pdf: LetteredPDF, cap: str, size: float, top: float, colour: RGB) -> float:
    indent = _cap_indent(pdf, cap, size)
    pdf.set_letters("", _cap_size(size))
    pdf.set_text_color(*colour)
    _text(pdf, COLUMN_LEFT, _baseline(top, CAP_LINES - 1, size), cap)
    return indent


def _baseline(top: float, line: int, size: float) -> float:
    return top + (line + 0.76) * size * POINT * LEADING


def _draw_folio(pdf: LetteredPDF, number: int, centre: float, cloth: RGB) -> None:
    box = (SHEET_HEIGHT - MARGIN - 9, 8.0)
    with pdf.written_in(PLAIN):
        _centred(pdf, f"– {number} –", centre, 40, box, sizes=(12,), colour=cloth)


def _centred(
    pdf: LetteredPDF,
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
    pdf.set_letters(style, size)
    pdf.set_text_color(*colour)
    for number, line in enumerate(lines):
        x = centre - pdf.get_string_width(line.text) / 2
        _text(pdf, x, top + (number + 0.8) * leading, line.text)
    return top + len(lines) * leading


def _measure(pdf: LetteredPDF, size: float, style: str = "") -> Callable[[str], float]:
    """Return the width in mm of a text in the given font; it grows in step with the size."""
    pdf.set_letters(style, size)

    @cache
    def width(text: str) -> float:
        return float(pdf.get_string_width(text))

    return width


def _text(pdf: LetteredPDF, left: float, baseline: float, text: str) -> None:
    # fpdf2 shapes (kerning, ligatures) only in cells, whose baseline lies at 0.8 of the size.
    pdf.set_xy(left, baseline - 0.8 * pdf.font_size)
    pdf.cell(h=pdf.font_size, text=text)
