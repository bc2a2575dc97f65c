"""Pages made from the command line with a real engine process: siblings, pictures, own words."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests.bot.commands.conftest import Typed


@pytest.fixture(autouse=True)
def _with_engine(typed: Typed, demo_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGEWRIGHT_ENGINE__ADDRESS", demo_address)


def pages_of(folder: Path) -> list[str]:
    return [page["text"] for page in json.loads((folder / "book.json").read_text())["pages"]]


def test_pages_are_retried_redrawn_edited_and_walked(typed: Typed, tmp_path: Path) -> None:
    assert typed("story", "a fox", "--pages", "2", "--seed", "7", "--out", "fox").code == 0
    book = tmp_path / "fox"
    first, second = pages_of(book)

    done = typed("edit", "fox", "--page", "2", "--text", "The fox\nsang.")
    assert (done.code, done.err) == (0, "")
    assert pages_of(book) == [first, "The fox sang."]

    assert typed("retry", "fox", "--page", "1").code == 0
    assert len(pages_of(book)) == 1

    done = typed("choose", "fox", "--page", "1", "--previous")
    assert done.out == "page 1 is now 1 of 2\n"
    before = (book / "page-01.png").read_bytes()
    done = typed("redraw", "fox", "--page", "1", "--events")
    events = [json.loads(line) for line in done.out.splitlines()]
    assert [e["page"] for e in events if e["event"] == "page"] == [1]
    assert [e["text"] for e in events if e["event"] == "page_text"] == [first]
    assert pages_of(book) == [first, "The fox sang."]
    assert (book / "page-01.png").read_bytes() == before  # this engine paints without a seed

    assert typed("choose", "fox", "--sibling", "1").out == "page 2 is now 1 of 2\n"
    assert typed("continue", "fox", "It rains.", "--branch").code == 0
    tree = typed("show", "--tree").out
    assert "○ 2 (2 of 3, edited)  The fox sang." in tree
    assert "● 2 (3 of 3)" in tree
    assert "● 1 (1 of 2, 2 pictures)" in tree
    assert pages_of(book) == [first, second]
    assert typed("db", "check").code == 0


def test_a_page_can_come_from_standard_input(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed("write", "a fox", "--pages", "1").code == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Ein Füchslein.".encode())))
    assert typed("edit", "last", "--text", "-").code == 0
    assert "Ein Füchslein." in typed("show").out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe")))
    done = typed("edit", "last", "--text", "-")
    assert done.code == 2
    assert "no text in UTF-8" in done.err


def test_an_interrupted_redraw_does_not_hold_up_the_story(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed("write", "a fox", "--pages", "1").code == 0
    # The engine went away right after it was found.
    monkeypatch.setattr("bot.engine_process.EngineProcess.ensure", _nothing)
    address = f"unix:{tmp_path}/none.sock"
    with monkeypatch.context() as away:
        away.setenv("PAGEWRIGHT_ENGINE__ADDRESS", address)
        assert typed("redraw", "last").code == 69
    assert typed("continue", "last", "It rains.").code == 0
    assert typed("show", "--details").out.count("\npage ") == 2


async def _nothing(process: object) -> None:
    return None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["retry", "last", "--page", "9"], "pages 1 to 1"),
        (["redraw", "last", "--page", "0"], "--page: use a number from 1 up"),
        (["edit", "last"], "--text"),
        (["edit", "last", "--text", " "], "text is empty"),
        (["edit", "last", "--text", "x" * 2001], "limit is 2000"),
        (["edit", "last", "--text", "a\u202efox"], "U+202E"),
        (["continue", "last", "It rains.", "--branch"], "one page only"),
        (["retry", "zzzzzzzz"], "no story"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    typed: Typed, tmp_path: Path, arguments: list[str], words: str
) -> None:
    assert typed("write", "a fox", "--pages", "1").code == 0
    done = typed(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert done.err.count("\n") == 1
