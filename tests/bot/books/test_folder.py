"""The book's folder: what is in it, and what stays when the disk or the process fails."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pypdf import PdfReader

from bot.books.book import Book
from bot.books.folder import check_book_folder, write_book
from bot.errors import BadInputError, PagewrightError
from tests.bot.books.conftest import make_book, page

NAMES = {"book.json", "book.html", "book.pdf", "page-01.png", "page-02.png", "page-03.png"}
PREPARE = """
import os, resource, sys
from pathlib import Path
from bot.books import folder as folders
from bot.errors import PagewrightError
from tests.bot.books.conftest import make_book
book, folder = make_book(), Path(sys.argv[1])
"""
WRITE = """
try:
    folders.write_book(book, folder)
except PagewrightError as error:
    sys.exit(f"{error.exit_code}: {error.message}")
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PREPARE + script, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


def test_folder_holds_the_record_the_pictures_and_both_books(book: Book, tmp_path: Path) -> None:
    write_book(book, tmp_path / "new" / "book")
    files = contents(tmp_path / "new" / "book")
    assert files.keys() == NAMES
    assert [files[f"page-0{n}.png"] for n in (1, 2, 3)] == [p.image for p in book.pages]
    assert files["book.html"].startswith(b"<!DOCTYPE html>")
    assert len(PdfReader(io.BytesIO(files["book.pdf"])).pages) == 5


def test_record_has_exactly_the_promised_keys(book: Book, tmp_path: Path) -> None:
    write_book(book, tmp_path)
    record = json.loads((tmp_path / "book.json").read_text("utf-8"))
    keys = "id title idea style seed profile created_at pages"
    assert list(record) == keys.split()
    page_keys = "number text image prompt alt seed steps clip_score"
    assert list(record["pages"][0]) == page_keys.split()
    assert record["title"] == book.title
    assert record["pages"][1] == {
        "number": 2,
        "text": book.pages[1].text,
        "image": "page-02.png",
        "prompt": "a dragon, picture 2",
        "alt": "A dragon in scene 2",
        "seed": 8,
        "steps": 60,
        "clip_score": 0.27,
    }


def test_record_keeps_any_text_and_says_null_for_what_is_missing(tmp_path: Path) -> None:
    pages = (page(1, "龍 🐉\n\x07", image=b"", clip_score=float("nan")),)
    write_book(make_book(title='"</script>\ud800', pages=pages), tmp_path)
    record = json.loads((tmp_path / "book.json").read_text("utf-8"))
    assert record["title"] == '"</script>?'
    assert record["pages"][0]["text"] == "龍 🐉\n\x07"
    assert record["pages"][0]["image"] is None
    assert record["pages"][0]["clip_score"] is None
    assert contents(tmp_path).keys() == {"book.json", "book.html", "book.pdf"}


def test_same_book_gives_the_same_bytes_in_another_process(book: Book, tmp_path: Path) -> None:
    write_book(book, tmp_path / "here")
    assert run(WRITE, tmp_path / "there").returncode == 0
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


def test_rewriting_replaces_the_book_and_spares_other_files(book: Book, tmp_path: Path) -> None:
    write_book(book, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "page-extra.png").write_text("mine too")
    shorter = make_book(title="Another", pages=book.pages[:2])
    write_book(shorter, tmp_path)
    assert contents(tmp_path).keys() == (NAMES - {"page-03.png"}) | {"notes.txt", "page-extra.png"}
    assert json.loads((tmp_path / "book.json").read_text("utf-8"))["title"] == "Another"
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("record", [None, "[]", "{", '{"title": "a list of books to buy"}'])
def test_folder_of_other_things_is_refused_untouched(
    book: Book, tmp_path: Path, record: str | None
) -> None:
    (tmp_path / "thesis.doc").write_text("years of work")
    if record is not None:
        (tmp_path / "book.json").write_text(record)
    before = contents(tmp_path)
    for attempt in (lambda: write_book(book, tmp_path), lambda: check_book_folder(tmp_path)):
        with pytest.raises(BadInputError, match="holds other files and no book"):
            attempt()
    assert contents(tmp_path) == before


def test_unfinished_book_is_completed(book: Book, tmp_path: Path) -> None:
    (tmp_path / "page-01.png").write_bytes(b"from a story that was cancelled")
    (tmp_path / ".page-02.png.4711.part").write_bytes(b"half")
    (tmp_path / ".pagewright-partial").mkdir()
    (tmp_path / ".pagewright-partial" / "book.pdf").write_bytes(b"half")
    write_book(book, tmp_path)
    assert contents(tmp_path).keys() == NAMES
    assert (tmp_path / "page-01.png").read_bytes() == book.pages[0].image


def test_file_in_the_way_is_refused(book: Book, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    for folder in (tmp_path / "file", tmp_path / "file" / "book"):
        with pytest.raises(BadInputError):
            check_book_folder(folder)
        with pytest.raises(PagewrightError):
            write_book(book, folder)
    assert (tmp_path / "file").read_text() == "a file"


def test_checking_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    check_book_folder(tmp_path / "a" / "b")
    check_book_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["write_book(book, folder)", "check_book_folder(folder)"])
def test_unwritable_folder_is_one_clear_line(tmp_path: Path, call: str) -> None:
    tmp_path.chmod(0o555)
    as_nobody = "folders._book_files(book)\nif os.geteuid() == 0: os.setuid(65534)\n"
    done = run(as_nobody + WRITE.replace("write_book(book, folder)", call), tmp_path / "book")
    tmp_path.chmod(0o755)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert str(tmp_path) in done.stderr
    assert "choose another folder" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_full_disk_leaves_no_trace(tmp_path: Path) -> None:
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
    done = run(limit + WRITE, tmp_path / "new" / "book")
    assert done.stderr.splitlines() == [
        f"1: cannot write the book to {tmp_path / 'new' / 'book'}: file too large; "
        "free some space and try again"
    ]
    assert list(tmp_path.iterdir()) == []


def test_full_disk_leaves_the_book_before_as_it_was(tmp_path: Path) -> None:
    write_book(make_book(title="Before"), tmp_path)
    before = contents(tmp_path)
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    assert "free some space" in run(limit + WRITE, tmp_path).stderr
    assert contents(tmp_path) == before


def test_killed_writer_leaves_only_whole_files(tmp_path: Path) -> None:
    books = [make_book(title="One"), make_book(title="Two", seed=8)]
    whole: dict[str, set[bytes]] = {}
    for number, book in enumerate(books):
        write_book(book, tmp_path / f"{number}")
        for name, content in contents(tmp_path / f"{number}").items():
            whole.setdefault(name, set()).add(content)
    folder, chance = tmp_path / "killed", random.Random(5)
    rewrite = """
files = [{p.name: p.read_bytes() for p in folder.with_name(n).iterdir()} for n in "01"]
print("ready", flush=True)
while True:
    folders._publish(files[0], folder)
    folders._publish(files[1], folder)
"""
    for _ in range(6):
        command = [sys.executable, "-c", PREPARE + rewrite, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0.005, 0.06))
            os.kill(writer.pid, signal.SIGKILL)
        for path in folder.iterdir() if folder.exists() else []:
            if path.name != ".pagewright-partial":
                assert path.read_bytes() in whole[path.name]
    write_book(books[0], folder)
    assert contents(folder) == contents(tmp_path / "0")
