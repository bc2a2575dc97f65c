"""Exporting a book: whole files, clear refusals, nothing left behind."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot.books.book import Book
from bot.books.export import FORMATS, Format, export_book
from bot.errors import BadInputError, PagewrightError
from engine.api.events import Latents
from tests.bot.books.conftest import make_book, page, painted
from tests.bot.books.trees import PARENTS, branch, make_tree, told

BEGINNINGS = {
    "pdf": b"%PDF-",
    "epub": b"PK\3\4",
    "html": b"<!DOCTYPE html>",
    "zip": b"PK\3\4",
    "mp4": b"\0\0\0",
}
EXPORT = """
import asyncio, os, resource, sys
from pathlib import Path
from bot.books import film as films
from bot.books.export import export_book
from bot.errors import PagewrightError
from tests.bot.books.conftest import make_book
import bot.books.epub, bot.books.html, bot.books.pdf, bot.books.folder, av
films.PICTURE_HEIGHT = films.LEAST_WIDTH = 160
kind, out, how = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
if how == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))
if how == "nobody" and os.geteuid() == 0:
    os.setuid(65534)
try:
    asyncio.run(export_book(make_book(), format=kind, out=out))
except PagewrightError as error:
    sys.exit(f"{error.exit_code}: {error.message}")
"""


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def export_elsewhere(kind: Format, out: Path, how: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", EXPORT, kind, str(out), how]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("kind", FORMATS)
async def test_each_format_becomes_one_whole_file(book: Book, tmp_path: Path, kind: Format) -> None:
    out, shares = tmp_path / "new" / f"book.{kind}", []
    assert await export_book(book, format=kind, out=out, progress=shares.append) == out
    assert out.read_bytes().startswith(BEGINNINGS[kind])
    assert names(out.parent) == [out.name]
    assert shares == sorted(set(shares))
    assert shares[-1] == 1.0
    assert len(shares) > (20 if kind == "mp4" else 0)


@pytest.mark.usefixtures("tiny")
async def test_a_film_is_made_smaller_to_fit_where_it_can(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    for most_bytes in (0, 10**9, 1000):
        out = tmp_path / f"film-{most_bytes}.mp4"
        await export_book(book, format="mp4", out=out, most_bytes=most_bytes)
        sizes.append(out.stat().st_size)
    whole = min(sizes)
    assert max(sizes) < whole + 100  # there is room, or no use in trying
    # A tiny film needs few bits as it is.
    monkeypatch.setattr("bot.books.export.LEAST_BIT_RATE", 1000)
    out = tmp_path / "smaller.mp4"
    await export_book(book, format="mp4", out=out, most_bytes=whole * 7 // 10)
    assert out.stat().st_size <= whole * 7 // 10
    assert out.read_bytes().startswith(BEGINNINGS["mp4"])


@pytest.mark.usefixtures("tiny")
async def test_the_loop_goes_on_while_a_film_is_made(book: Book, tmp_path: Path) -> None:
    exporting = asyncio.create_task(
        export_book(book, format="mp4", out=tmp_path / "film.mp4", engine=None)
    )
    turns = 0
    while not exporting.done():
        await asyncio.sleep(0.01)
        turns += 1
    await exporting
    assert turns > 10


@pytest.mark.parametrize("kind", FORMATS)
async def test_stories_with_nothing_to_show_are_refused(tmp_path: Path, kind: Format) -> None:
    unfinished = make_book(pages=(page(1, "Once."), page(2, " \n", image=b"")))
    for book, message in (
        (make_book(pages=()), "the story story-1 has no page yet"),
        (unfinished, "page 2 of the story story-1 has neither words nor a picture yet"),
    ):
        with pytest.raises(BadInputError, match=message):
            await export_book(book, format=kind, out=tmp_path / "book")
    assert names(tmp_path) == []


async def test_a_folder_or_a_file_in_the_way_is_refused(book: Book, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for out, message in (
        (tmp_path, "is a folder; name a file in it"),
        (tmp_path / "file" / "book.pdf", "is not a folder"),
    ):
        with pytest.raises(BadInputError, match=message):
            await export_book(book, format="pdf", out=out)
    assert names(tmp_path) == ["file"]


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("kind", FORMATS)
async def test_a_damaged_picture_leaves_what_was_there(tmp_path: Path, kind: Format) -> None:
    (tmp_path / "book").write_text("before")
    damaged = make_book(pages=(page(1, "Good."), page(2, "Bad.", image=painted(3)[:60])))
    with pytest.raises(PagewrightError, match="picture of page 2 is damaged"):
        await export_book(damaged, format=kind, out=tmp_path / "book")
    assert names(tmp_path) == ["book"]
    assert (tmp_path / "book").read_text() == "before"


@pytest.mark.parametrize("kind", ["html", "mp4"])
def test_a_full_disk_is_one_clear_line_and_leaves_nothing(tmp_path: Path, kind: Format) -> None:
    out = tmp_path / "new" / "book"
    done = export_elsewhere(kind, out, "full")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"1: cannot write {out}: file too large; free some space and try again"
    ]
    assert names(tmp_path) == []


def test_an_unwritable_folder_is_one_clear_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    done = export_elsewhere("html", tmp_path / "book.html", "nobody")
    tmp_path.chmod(0o755)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("2: ")
    assert line.endswith("; choose another folder")


async def test_a_cancelled_export_leaves_nothing_behind(tmp_path: Path) -> None:
    long = make_book(pages=tuple(page(number, "Some words. " * 40) for number in range(1, 9)))
    begun = asyncio.Event()
    running = asyncio.create_task(
        export_book(
            long, format="mp4", out=tmp_path / "film.mp4", progress=lambda share: begun.set()
        )
    )
    await begun.wait()
    assert names(tmp_path) != []
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert names(tmp_path) == []


async def test_an_engine_that_never_answers_is_given_up(tmp_path: Path, tiny: None) -> None:
    class Silent:
        async def film(self, request: object) -> object:
            await asyncio.sleep(1000)
            yield None

    pages = tuple(page(number, "Words.", latents=Latents(1, 1, (0,))) for number in (1, 2))
    out = tmp_path / "film.mp4"
    await export_book(make_book(pages=pages), format="mp4", out=out, engine=Silent(), patience=0.05)
    assert out.stat().st_size > 1000


async def test_a_zip_holds_the_record_the_pages_and_every_branch(tmp_path: Path) -> None:
    out = tmp_path / "book.zip"
    book = branch("a1", "a2", "a3")
    await export_book(book, format="zip", out=out, tree=make_tree())
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    pictures = {"page-01.png", "page-02.png", "page-03.png"}
    others = {"page-01-2.png", "page-03-2.png", "page-03-3.png", "page-04.png"}
    assert files.keys() == pictures | others | {"book.json", "book.html", "book.pdf"}
    record = json.loads(files["book.json"])
    assert [told["image"] for told in record["pages"]] == sorted(pictures)
    parents = {told["id"]: told["parent_id"] for told in record["tree"]}
    assert parents == PARENTS
    for told_page in record["tree"]:
        assert files[told_page["image"]] == told(told_page["id"]).image
    assert b'href="#page-3-2"' in files["book.html"]


async def test_same_book_gives_the_same_zip_and_no_tree_where_none_is_given(
    book: Book, tmp_path: Path
) -> None:
    for name in ("one.zip", "two.zip"):
        await export_book(book, format="zip", out=tmp_path / name)
    content = (tmp_path / "one.zip").read_bytes()
    assert content == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "tree" not in json.loads(archive.read("book.json"))
