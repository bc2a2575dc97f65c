"""The HTML file: parsed, its parts decoded, and turned to a page in a real browser."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops, ImageStat

from bot.books.book import Book
from bot.books.html import book_html
from bot.books.quotes import typographic
from bot.errors import PagewrightError
from tests.bot.books.conftest import PROSE, make_book, page, painted

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
VOID = {"meta", "img", "link", "br", "hr", "input"}
HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7 * 7 }}&amp;\u202e🐉"


class Document(HTMLParser):
    """Collects elements and text; complains about tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def decoded(uri: str | None, kind: str) -> bytes:
    assert uri is not None
    head, body = uri.split(",", 1)
    assert head == f"data:{kind};base64"
    return base64.b64decode(body, validate=True)


def test_html_holds_cover_pages_and_end_in_order(book: Book) -> None:
    document = Document(book_html(book))
    assert document.texts["title"] == [book.title]
    assert document.texts["h1"] == [book.title]
    assert document.texts["h2"] == ["Page 1", "Page 2", "Page 3", "The End"]
    ids = [section["id"] for section in document.all("section")]
    assert ids == ["cover", "page-1", "page-2", "page-3", "end"]
    for prose in (book.idea, *PROSE):
        assert prose in document.texts["p"]


def test_html_shows_each_picture_with_its_alt_text(book: Book) -> None:
    cover, *images = Document(book_html(book)).all("img")
    assert cover == images[0]
    for shown, painted_page in zip(images, book.pages, strict=True):
        assert shown["alt"] == painted_page.alt
        with Image.open(io.BytesIO(decoded(shown["src"], "image/jpeg"))) as large:
            small = large.convert("RGB").resize((32, 32), Image.Resampling.BOX)
        with Image.open(io.BytesIO(painted_page.image)) as original:
            difference = ImageStat.Stat(ImageChops.difference(small, original.convert("RGB")))
        assert max(difference.mean) < 4
        assert large.size == (768, 768)


def test_html_needs_nothing_from_outside(book: Book) -> None:
    text = book_html(book)
    document = Document(text)
    for _, attributes in document.elements:
        for name in ("src", "href", "srcset", "action", "data"):
            assert (attributes.get(name) or "data:").startswith("data:")
    assert set(re.findall(r"url\((.{5})", text)) == {"data:"}
    assert "@import" not in text
    policy = next(m["content"] for m in document.all("meta") if m.get("http-equiv")) or ""
    assert policy.startswith("default-src 'none'; img-src data:; font-src data:;")


def test_html_allows_its_own_script_and_no_other(book: Book) -> None:
    document = Document(book_html(book))
    (script,) = document.texts["script"]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(m["content"] for m in document.all("meta") if m.get("http-equiv")) or ""
    assert f"script-src 'sha256-{digest}';" in policy


def test_html_fonts_are_subsets_with_every_letter_of_the_book() -> None:
    title = "Ёжик Ωmega Żółw"
    text = book_html(make_book(title=title))
    for uri in re.findall(r"url\((data:font[^)]+)\)", text):
        font = decoded(uri, "font/woff")
        assert len(font) < 80_000
        assert {ord(letter) for letter in title} <= set(TTFont(io.BytesIO(font)).getBestCmap())


def test_html_escapes_all_that_people_and_models_wrote() -> None:
    pages = (page(1, HOSTILE * 2, alt=HOSTILE, prompt=HOSTILE),)
    fields = dict.fromkeys(("title", "idea", "style", "profile", "author", "id"), HOSTILE)
    document = Document(book_html(make_book(pages=pages, **fields)))
    shown = typographic(HOSTILE.replace("\u202e", ""))
    assert document.texts["h1"] == [shown]
    assert document.texts["title"] == [shown]
    assert document.texts["bdi"] == [shown]
    assert document.texts["li"] == [shown]
    assert {image["alt"] for image in document.all("img")} == {shown}
    assert len(document.texts["script"]) == 1
    assert not [a for _, a in document.elements for name in a if name.startswith("on")]


def test_right_to_left_words_find_their_direction() -> None:
    document = Document(book_html(make_book(title="الصغير تنين", pages=(page(1, "דרקון קטן"),))))
    assert document.all("h1")[0]["dir"] == "auto"
    assert "דרקון קטן" in document.texts["p"]


@pytest.mark.parametrize(
    ("text", "initial"),
    [(PROSE[0], True), (PROSE[1], True), ("Short.", False), ("דרקון " * 20, False), ("", False)],
)
def test_long_left_to_right_prose_opens_with_a_drop_cap(text: str, initial: bool) -> None:
    document = Document(book_html(make_book(pages=(page(1, text),))))
    classes = [str(attributes.get("class")) for attributes in document.all("div")]
    assert ("text initial" in classes) == initial


def test_prose_in_paragraphs_stays_in_paragraphs() -> None:
    document = Document(book_html(make_book(pages=(page(1, "One.\n\nTwo.\r\nThree.\n"),))))
    assert [text for text in document.texts["p"] if text in ("One.", "Two.", "Three.")] == [
        "One.", "Two.", "Three.",
    ]  # fmt: skip


def test_pages_without_pictures_make_a_book() -> None:
    document = Document(book_html(make_book(pages=(page(1, "Words only.", image=b""),))))
    assert document.all("img") == []
    assert "Words only." in document.texts["p"]
    assert Document(book_html(make_book(pages=(), title="", idea=""))).texts["h1"] == ["A Story"]


def test_same_book_gives_the_same_html(book: Book) -> None:
    assert book_html(book) == book_html(make_book())


def test_damaged_picture_is_refused() -> None:
    for damaged in (b"no picture", painted(1)[:-30], b"<svg/>"):
        with pytest.raises(PagewrightError, match="picture of page 1 is damaged"):
            book_html(make_book(pages=(page(1, "Bad.", image=damaged),)))


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_browser_opens_the_book_at_the_page_asked_for(book: Book, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    (tmp_path / "book.html").write_text(book_html(book), "utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    options += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    options += [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    url = f"{(tmp_path / 'book.html').as_uri()}#page-2"
    done = subprocess.run([CHROMIUM, *options, url], capture_output=True, check=True, timeout=240)
    document = Document(done.stdout.decode())
    shown = [section["id"] for section in document.all("section") if "hidden" not in section]
    assert shown == ["page-2"]
    assert "Page 2 of 3" in document.texts["p"]
    assert "hidden" not in document.all("nav")[0]
