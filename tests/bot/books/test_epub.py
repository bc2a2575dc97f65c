"""The EPUB: its structure, and what epubcheck says where it is installed."""

from __future__ import annotations

import io
import json
import os
import posixpath
import shutil
import subprocess
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from fontTools.ttLib import TTFont
from PIL import Image

from bot.books.book import Book
from bot.books.epub import book_epub
from bot.errors import PagewrightError
from tests.bot.books.conftest import PROSE, make_book, page, painted

EPUBCHECK = os.environ.get("EPUBCHECK") or shutil.which("epubcheck")
CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
XHTML = "{http://www.w3.org/1999/xhtml}"
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
HOSTILE = "</title><b>&amp;\"'{{ 7 * 7 }}]]>\u202e\x00\x1b\ufffe\ufdd0\ud800 龍 שלום 🐉"
SHOWN = "</title><b>&amp;”’{{ 7 * 7 }}]]>? 龍 שלום 🐉"


def hard_book() -> Book:
    """Return a book with everything that has broken a book before."""
    long = ("Hippopotomonstro" * 30 + " the end. ") * 4
    pages = (
        page(1, HOSTILE, alt=HOSTILE, prompt=HOSTILE),
        page(2, "", alt=""),
        page(3, long, image=b""),
        page(4, "One.\n\nTwo.\r\nThree.\n", image=painted(3, size=(96, 16)), alt="", prompt=""),
    )
    fields = dict.fromkeys(("title", "idea", "style", "profile", "author", "id"), HOSTILE)
    return make_book(pages=pages, created_at="2026-03-04T05:06:07.25+02:00", **fields)


bytes_of = cache(book_epub)


def opened(book: Book) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bytes_of(book))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def package_of(files: dict[str, bytes]) -> Any:
    container = ElementTree.fromstring(files["META-INF/container.xml"])
    (root,) = container.iter(f"{CONTAINER}rootfile")
    return ElementTree.fromstring(files[root.attrib["full-path"]])


def text_of(files: dict[str, bytes], name: str) -> str:
    return "".join(ElementTree.fromstring(files[f"EPUB/{name}"]).itertext())


def test_the_kind_of_file_comes_first_and_is_not_compressed(book: Book) -> None:
    content = bytes_of(book)
    assert content[30:58] == b"mimetypeapplication/epub+zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        first = archive.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


@pytest.mark.parametrize("made", [make_book, hard_book])
def test_every_file_is_in_the_manifest_and_every_document_is_well_formed(made: object) -> None:
    files = opened(made())  # type: ignore[operator]
    package = package_of(files)
    items = {item.attrib["href"]: item.attrib for item in package.iter(f"{OPF}item")}
    inside = {name.removeprefix("EPUB/") for name in files if name.startswith("EPUB/")}
    assert items.keys() == inside - {"package.opf"}
    spine = [item.attrib["idref"] for item in package.iter(f"{OPF}itemref")]
    by_id = {attributes["id"]: href for href, attributes in items.items()}
    assert len(by_id) == len(items)
    documents = {by_id[name] for name in spine}
    assert documents == {href for href in items if href.endswith(".xhtml")}
    for name in documents:
        root = ElementTree.fromstring(files[f"EPUB/{name}"])
        assert root.tag == f"{XHTML}html"
        for element in root.iter():
            for target in (element.get("href"), element.get("src")):
                assert target is None or posixpath.normpath(target) in items


def test_metadata_names_the_book_and_how_it_can_be_read(book: Book) -> None:
    package = package_of(opened(book))
    assert package.attrib["version"] == "3.0"
    (identifier,) = package.iter(f"{DC}identifier")
    assert identifier.attrib["id"] == package.attrib["unique-identifier"]
    assert (identifier.text or "").startswith("urn:uuid:")
    assert [element.text for element in package.iter(f"{DC}title")] == [book.title]
    assert [element.text for element in package.iter(f"{DC}language")] == ["en"]
    found = [(m.get("property"), m.text) for m in package.iter(f"{OPF}meta")]
    assert ("dcterms:modified", "2026-03-04T05:06:07Z") in found
    for name, value in (
        ("accessMode", "textual"), ("accessMode", "visual"), ("accessModeSufficient", "textual"),
        ("accessibilityFeature", "alternativeText"), ("accessibilityFeature", "tableOfContents"),
        ("accessibilityHazard", "none"),
    ):  # fmt: skip
        assert (f"schema:{name}", value) in found
    assert any(name == "schema:accessibilitySummary" for name, _ in found)


def test_time_is_told_in_utc() -> None:
    found = [meta.text for meta in package_of(opened(hard_book())).iter(f"{OPF}meta")]
    assert "2026-03-04T03:06:07Z" in found


def test_pages_hold_their_prose_and_pictures_with_alt_text(book: Book) -> None:
    files = opened(book)
    for number, prose in enumerate(PROSE, start=1):
        assert prose in text_of(files, f"page-{number:02d}.xhtml")
        root = ElementTree.fromstring(files[f"EPUB/page-{number:02d}.xhtml"])
        (shown,) = root.iter(f"{XHTML}img")
        assert shown.attrib["alt"] == book.pages[number - 1].alt
        with Image.open(io.BytesIO(files[f"EPUB/{shown.attrib['src']}"])) as picture:
            assert (picture.format, picture.size) == ("JPEG", (768, 768))


def test_no_picture_is_without_alt_text() -> None:
    files = opened(hard_book())
    alts = [
        image.attrib["alt"]
        for name in files if name.endswith(".xhtml")
        for image in ElementTree.fromstring(files[name]).iter(f"{XHTML}img")
    ]  # fmt: skip
    assert len(alts) == 4
    assert all(alts)
    assert "a dragon, picture 2" in alts
    assert "Picture of page 4" in alts


def test_contents_lead_to_every_page_and_the_cover_is_marked(book: Book) -> None:
    files = opened(book)
    nav = ElementTree.fromstring(files["EPUB/nav.xhtml"])
    toc, landmarks = nav.iter(f"{XHTML}nav")
    assert (toc.attrib[EPUB_TYPE], landmarks.attrib[EPUB_TYPE]) == ("toc", "landmarks")
    entries = [(a.attrib["href"], a.text or "") for a in toc.iter(f"{XHTML}a")]
    pages = [f"page-{number:02d}.xhtml" for number in (1, 2, 3)]
    assert [href for href, _ in entries] == ["title.xhtml", *pages, "end.xhtml"]
    assert entries[1][1].startswith("1. Once upon a time")
    ncx = files["EPUB/toc.ncx"].decode()
    assert [f'src="{href}"' in ncx for href, _ in entries] == [True] * 5
    (cover,) = [
        item.attrib["href"] for item in package_of(files).iter(f"{OPF}item")
        if item.get("properties") == "cover-image"
    ]  # fmt: skip
    with Image.open(io.BytesIO(files[f"EPUB/{cover}"])) as picture:
        assert picture.size == (1200, 1600)


def test_fonts_have_the_letters_of_the_book() -> None:
    title = "Ёжик Ωmega Żółw"
    files = opened(make_book(title=title))
    for name in ("regular.woff", "italic.woff"):
        font = TTFont(io.BytesIO(files[f"EPUB/{name}"]))
        assert {ord(letter) for letter in title} <= set(font.getBestCmap())


def test_words_of_any_script_are_kept_and_marks_that_xml_may_not_hold_are_left_out() -> None:
    files = opened(hard_book())
    assert SHOWN in text_of(files, "title.xhtml")
    assert SHOWN in text_of(files, "page-01.xhtml")
    assert [e.text for e in package_of(files).iter(f"{DC}title")] == [SHOWN]


def test_same_book_gives_the_same_epub(book: Book) -> None:
    assert bytes_of(book) == book_epub(make_book())
    other = package_of(opened(make_book(id="story-2"))).find(f".//{DC}identifier")
    mine = package_of(opened(book)).find(f".//{DC}identifier")
    assert other is not None
    assert mine is not None
    assert other.text != mine.text


def test_damaged_picture_is_refused() -> None:
    with pytest.raises(PagewrightError, match="picture of page 1 is damaged"):
        book_epub(make_book(pages=(page(1, "Bad.", image=painted(1)[:-30]),)))


@pytest.mark.skipif(EPUBCHECK is None, reason="needs epubcheck")
@pytest.mark.timeout(400)
def test_epubcheck_finds_nothing_to_say(tmp_path: Path) -> None:
    assert EPUBCHECK is not None
    path, report = tmp_path / "hard.epub", tmp_path / "hard.json"
    path.write_bytes(bytes_of(hard_book()))
    command = [EPUBCHECK, path, "--json", report]
    subprocess.run(command, capture_output=True, check=False, timeout=360)
    assert json.loads(report.read_text("utf-8"))["messages"] == []
