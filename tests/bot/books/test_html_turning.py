"""Turning the HTML file's pages in a real browser: by key, click and swipe, at any width."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageStat
from pypdf import PdfReader

from bot.books.html import book_html
from tests.bot.books.browser import CHROMIUM, Tab, browser
from tests.bot.books.conftest import make_book, page
from tests.bot.books.trees import branch, make_tree

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")

WIDE, NARROW = {"width": 1200, "height": 760}, {"width": 360, "height": 740}
SHOWN = "[...document.querySelectorAll('.spread:not([hidden])')].map(s => s.id).join()"
PLACE = "document.getElementById('place').textContent"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("html")
    long = " ".join(f"word{number}" for number in range(260))
    pages = (page(1, "Short."), page(2, long), page(3, "w" * 900, image=b""))
    books = {
        "book.html": book_html(make_book()),
        "long.html": book_html(make_book(title="Hippopotomonstro" * 5, pages=pages)),
        "tree.html": book_html(branch("a1", "a2", "a3"), make_tree()),
    }
    for name, text in books.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def test_keys_turn_the_pages(tab: Tab, files: Path) -> None:
    tab.open((files / "book.html").as_uri(), **WIDE)
    seen = [tab.run(SHOWN)]
    for key in ("ArrowRight", "PageDown", "ArrowLeft", "End", "ArrowRight", "ArrowLeft", "Home"):
        tab.press(key)
        seen.append(tab.run(SHOWN))
    assert seen == ["cover", "page-1", "page-2", "page-1", "end", "end", "page-3", "cover"]


def test_clicks_turn_forward_on_the_right_and_back_on_the_left(tab: Tab, files: Path) -> None:
    tab.open((files / "book.html").as_uri() + "#page-1", **WIDE)
    tab.click(900, 380)
    assert tab.run(SHOWN) == "page-2"
    tab.click(300, 380)
    assert tab.run(SHOWN) == "page-1"
    assert tab.run(PLACE) == "Page 1 of 3"
    tab.run("document.getElementById('on').focus()")
    tab.press("Enter")
    assert tab.run(SHOWN) == "page-2"


def test_swipes_turn_the_pages_of_a_narrow_book(tab: Tab, files: Path) -> None:
    tab.open((files / "book.html").as_uri() + "#page-1", **NARROW)
    tab.swipe((300, 300), (80, 310))
    assert tab.run(SHOWN) == "page-2"
    tab.swipe((80, 300), (300, 290))
    assert tab.run(SHOWN) == "page-1"
    tab.swipe((180, 500), (190, 200))
    assert tab.run(SHOWN) == "page-1"


@pytest.mark.parametrize("name", ["book.html", "long.html", "tree.html"])
def test_nothing_is_wider_than_a_narrow_screen(tab: Tab, files: Path, name: str) -> None:
    tab.open((files / name).as_uri(), **NARROW)
    for _ in range(4):
        assert tab.run("document.documentElement.scrollWidth") <= 360
        tab.press("ArrowRight")


def test_colours_follow_the_reader(tab: Tab, files: Path) -> None:
    light, dark = (_brightness(tab, files, scheme) for scheme in ("light", "dark"))
    assert light > 150
    assert dark < 100


def _brightness(tab: Tab, files: Path, scheme: str) -> float:
    tab.open((files / "book.html").as_uri() + "#end", **WIDE, prefers_color_scheme=scheme)
    with Image.open(io.BytesIO(tab.screenshot())) as picture:
        return ImageStat.Stat(picture.convert("L")).mean[0]


def test_the_story_parts_and_a_reader_comes_back_the_way_they_went(tab: Tab, files: Path) -> None:
    tab.open((files / "tree.html").as_uri() + "#page-2", **WIDE)
    assert tab.run("document.querySelectorAll('#page-2 .ways a').length") == 3
    assert tab.run(PLACE) == "Page 2 of 3"
    tab.press("2")
    assert (tab.run(SHOWN), tab.run(PLACE)) == ("page-3-2", "Page 3 of 4")
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight"):
        tab.press(key)
        seen.append(tab.run(SHOWN))
    assert seen == ["page-4", "end", "page-4", "page-3-2", "page-2", "page-3-2"]


def test_a_way_is_taken_by_its_link(tab: Tab, files: Path) -> None:
    tab.open((files / "tree.html").as_uri() + "#page-2", **NARROW)
    tab.run("document.querySelector('#page-2 .ways a[href=\"#page-3-3\"]').focus()")
    tab.press("Enter")
    tab.run("new Promise(done => setTimeout(done, 50))")
    assert tab.run(SHOWN) == "page-3-3"
    tab.press("Home")
    tab.run("document.querySelector('#cover .ways a[href=\"#page-1-2\"]').click()")
    tab.run("new Promise(done => setTimeout(done, 50))")
    assert (tab.run(SHOWN), tab.run(PLACE)) == ("page-1-2", "Page 1 of 1")


def test_print_has_every_word_of_every_page(tab: Tab, files: Path) -> None:
    tab.open((files / "long.html").as_uri(), **WIDE)
    printed = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(tab.pdf())).pages)
    squeezed = "".join(printed.split())
    assert all(f"word{number}" in squeezed for number in range(260))
    assert squeezed.count("w") >= 900 + 260
    tab.open((files / "tree.html").as_uri(), **WIDE)
    assert len(PdfReader(io.BytesIO(tab.pdf())).pages) == 9
