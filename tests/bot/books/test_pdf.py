"""The PDF, opened again with another library."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from bot.books import sheet_letters
from bot.books.book import Book
from bot.books.pdf import book_pdf
from bot.errors import PagewrightError
from tests.bot.books.conftest import PROSE, make_book, page, painted

PEAK_MB = 150


@pytest.fixture
def no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_letters, "_system_faces", tuple)


def opened(book: Book) -> PdfReader:
    return PdfReader(io.BytesIO(book_pdf(book)), strict=True)


def words(text: str) -> str:
    """Return the text without spaces: a drop cap stands apart from its word."""
    return "".join(text.split())


def structure_alts(reader: PdfReader) -> list[str]:
    root = reader.trailer["/Root"]["/StructTreeRoot"]
    found: list[str] = []

    def walk(node: object) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, DictionaryObject):
            if "/Alt" in node:
                found.append(str(node["/Alt"]))
            walk(node.get("/K", []))

    walk(root)
    return found


def test_pdf_has_cover_one_sheet_a_page_and_an_end(book: Book) -> None:
    texts = [sheet.extract_text() for sheet in opened(book).pages]
    assert len(texts) == 5
    assert words(book.title) in words(texts[0])
    assert words(book.idea) in words(texts[0])
    for number, prose in enumerate(PROSE, start=1):
        assert words(prose) in words(texts[number])
        assert f"– {number} –" in texts[number]
    assert "The End" in texts[-1]


def test_pdf_sheets_are_landscape_with_art_large(book: Book) -> None:
    sheet = opened(book).pages[1]
    assert sheet.mediabox.width > 1.5 * sheet.mediabox.height
    (image,) = sheet.images
    assert min(image.image.size) >= 512


def test_pdf_embeds_a_subset_of_every_font_with_its_text(book: Book) -> None:
    fonts = {
        font["/BaseFont"]: font
        for sheet in opened(book).pages
        for font in (ref.get_object() for ref in sheet["/Resources"]["/Font"].values())
    }
    assert len(fonts) == 2
    for font in fonts.values():
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert len(descriptor["/FontFile2"].get_data()) < 120_000
        assert "/ToUnicode" in font


def test_pdf_has_bookmarks_alt_texts_language_and_metadata(book: Book) -> None:
    reader = opened(book)
    titles = [entry["/Title"] for entry in reader.outline]
    assert titles[0] == "Cover"
    assert titles[1].startswith("1. Once upon a time")
    assert titles[-1] == "The End"
    assert [reader.get_destination_page_number(entry) for entry in reader.outline] == list(range(5))
    assert structure_alts(reader) == [book.pages[0].alt, *(page.alt for page in book.pages)]
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == book.title
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.isoformat() == "2026-03-04T05:06:07+00:00"


def test_same_book_gives_the_same_pdf(book: Book) -> None:
    assert book_pdf(book) == book_pdf(make_book())
    assert book_pdf(book) != book_pdf(make_book(seed=8))


@pytest.mark.parametrize("length", [900, 10_000])
def test_long_prose_shrinks_and_flows_on_without_losing_a_word(length: int) -> None:
    prose = " ".join(f"word{number}" for number in range(length // 8))
    sheets = [sheet.extract_text() for sheet in opened(make_book(pages=(page(1, prose),))).pages]
    assert words(prose) in words("".join(sheets[1:-1])).replace("–1–", "")
    assert (len(sheets) > 3) == (length == 10_000)


def test_prose_without_a_space_is_broken_and_kept() -> None:
    sheets = [
        sheet.extract_text() for sheet in opened(make_book(pages=(page(1, "a" * 700),))).pages
    ]
    assert "".join(sheets).count("a") >= 700


@pytest.mark.usefixtures("no_system_fonts")
@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Ёжик и «туман» – привет", "Ёжик и «туман» – привет"),
        ("Ο μικρός δράκος", "Ο μικρός δράκος"),
        ("Zażółć gęślą jaźń, Ðđ Þþ Œœ", "Zażółć gęślą jaźń, Ðđ Þþ Œœ"),
        ("A dragon 🐉, really 👩‍👩‍👧!", "A dragon, really!"),
        ("The 龍之子 sleeps", "The … sleeps"),
        ("a 𝔣𝔩𝔞𝔪𝔢 ①", "a flame 1"),
        ("down\u202eside\x00 \x1b[31mup\ud800", "downside [31mup?"),
    ],
)
def test_pdf_prints_what_the_font_has_and_replaces_the_rest(written: str, printed: str) -> None:
    sheet = opened(make_book(idea=written)).pages[0].extract_text()
    assert words(printed) in words(sheet)


@pytest.mark.usefixtures("no_system_fonts")
def test_title_without_a_printable_letter_gets_a_name_on_the_cover() -> None:
    reader = opened(make_book(title="小さな竜 🐉"))
    assert "A Story" in reader.pages[0].extract_text()
    assert reader.metadata is not None
    assert reader.metadata.title == "小さな竜 🐉"


@pytest.mark.skipif(
    sheet_letters.letters_for("תנין", instead="").text != "תנין", reason="needs a font with Hebrew"
)
def test_scripts_that_the_own_font_lacks_are_set_in_one_of_the_systems() -> None:
    prose = "היה היה פעם דרקון קטן, שגר במערה חמה ופחד מאש."
    written = make_book(title="התנין הקטן", pages=(page(1, prose), page(2, PROSE[0])))
    cover, hebrew, latin, _ = opened(written).pages
    assert set("התניןהקטן") <= set(cover.extract_text())
    assert set(prose) <= set(hebrew.extract_text())
    fonts = [str(font.get_object()["/BaseFont"]) for font in hebrew["/Resources"]["/Font"].values()]
    assert any("Garamond" not in font for font in fonts)
    assert words(PROSE[0]) in words(latin.extract_text())


def test_long_words_on_the_cover_stay_on_the_sheet() -> None:
    title = "The " + "Hippopotomonstro" * 6 + " and All Its Very Many Friends of the River"
    sheet = opened(make_book(title=title, idea="a wish " * 80, author="Ana")).pages[0]
    places: list[tuple[float, float, str]] = []
    sheet.extract_text(
        visitor_text=lambda text, _, matrix, *__: places.append((matrix[4], matrix[5], text))
    )
    written = [(x, y) for x, y, text in places if text.strip()]
    assert len(written) > 8
    assert all(0 < x < sheet.mediabox.width / 2 for x, _ in written)
    assert all(30 < y < sheet.mediabox.height - 30 for _, y in written)


def test_pages_without_picture_or_prose_and_odd_shapes_are_set() -> None:
    pages = (
        page(1, "", image=b""),
        page(2, "Wide.", image=painted(9, size=(96, 16))),
        page(3, "Tall.", image=painted(9, size=(8, 64)), alt=""),
    )
    assert len(opened(make_book(pages=pages)).pages) == 5
    assert len(opened(make_book(pages=(), title="", idea="")).pages) == 2


def test_damaged_picture_is_named_with_its_page() -> None:
    with pytest.raises(PagewrightError, match="picture of page 2 is damaged"):
        book_pdf(make_book(pages=(page(1, "Good."), page(2, "Bad.", image=painted(3)[:60]))))


def test_both_formats_are_made_in_little_memory() -> None:
    script = (
        "import re\n"
        "from tests.bot.books.conftest import make_book, page\n"
        "from bot.books.html import book_html\n"
        "from bot.books.pdf import book_pdf\n"
        "book = make_book(pages=tuple(page(n, 'Some words. ' * 30) for n in range(1, 13)))\n"
        "book_pdf(book), book_html(book)\n"
        # Not getrusage: its peak is inherited from the process that started this one.
        "kib = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]\n"
        "print(int(kib) // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert int(done.stdout) < PEAK_MB
