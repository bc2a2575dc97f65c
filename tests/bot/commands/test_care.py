"""Acts on stories from the command line: each a line on success, a line and a code otherwise."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.bot.commands.conftest import Typed, tell


def test_a_love_is_counted_and_taken_back(typed: Typed, told: str) -> None:
    assert typed("love", told).out == f"{told} is loved by 1\n"
    assert typed("love", "last").out == f"{told} is loved by 1\n"
    assert typed("love", told[:5], "--undo").out == f"{told} is loved by 0\n"


def test_facts_are_remembered_listed_and_forgotten(typed: Typed, told: str) -> None:
    assert typed("remember", told, "The fox is called Vera.").code == 0
    assert typed("remember", told, "It is winter.").code == 0
    lines = typed("remember", told).out.splitlines()
    assert [line.split("  ")[:2] for line in lines] == [
        ["1", "The fox is called Vera."],
        ["2", "It is winter."],
    ]
    left = typed("remember", told, "--forget", "1").out
    assert "winter" in left
    assert "Vera" not in left
    by_id = lines[1].split("(")[1].rstrip(")")
    assert typed("remember", told, "--forget", by_id).out == ""


def test_a_story_changes_its_title_mode_and_place_in_the_gallery(typed: Typed, told: str) -> None:
    done = typed("change", told, "--title", "Vera", "--mode", "open", "--hidden")
    assert (done.code, done.out) == (0, f"{told}  Vera  open  hidden\n")
    assert typed("gallery", "--sort", "new").out == ""
    assert typed("change", told, "--listed").out == f"{told}  Vera  open  listed\n"
    assert told in typed("gallery", "--sort", "new").out


def test_a_deleted_story_comes_back_until_it_is_gone_for_good(
    typed: Typed, told: str, tmp_path: Path
) -> None:
    assert f"pagewright restore {told}" in typed("delete", "last").out
    assert typed("show", told).code == 2
    assert typed("restore").out == f"{told} is back: pagewright show {told}\n"
    assert typed("show", told).code == 0
    assert typed("delete", told, "--for-good").out == f"{told} is gone\n"
    assert typed("restore", told).code == 2
    assert typed("db", "purge").out == "0 stories are gone\n"
    assert typed("db", "check").code == 0


def test_a_report_is_listed_until_it_is_closed(typed: Typed, told: str, tmp_path: Path) -> None:
    other = tell(tmp_path, "a bear")
    first = typed("report", told, "--page", "2", "--reason", "not nice").out.split()[1]
    second = typed("report", other).out.split()[1]
    lines = [line.split("\t") for line in typed("reports").out.splitlines()]
    assert [(line[0], line[1], line[2], line[4]) for line in lines] == [
        (first, told, "page", "not nice"),
        (second, other, "story", ""),
    ]
    assert first not in typed("reports", "--dismiss", first).out
    assert typed("show", told).code == 0
    assert typed("reports", "--uphold", second).out == ""
    assert typed("show", other).code == 2


def test_settings_are_shown_set_and_reset(typed: Typed) -> None:
    shown = typed("settings", "show").out
    assert "pages = 8\n" in shown
    assert "gallery = on\n" in shown
    assert typed("settings", "set", "pages", "3").out == "pages = 3\n"
    assert typed("settings", "set", "blocked_words", "wolf, troll").out == (
        "blocked_words = wolf, troll\n"
    )
    assert typed("story", "a fox", "--pages", "4").code == 2
    assert "wolf" in typed("write", "a wolf").err
    assert typed("settings", "set", "pages").out == "pages = 8\n"


def test_the_queue_of_nobody_is_empty_and_nothing_is_stopped(typed: Typed, told: str) -> None:
    assert typed("queue").out == ""
    assert typed("stop", told).out == "nothing of it is waiting or being told\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["choose", "last"], "--next, --previous or --sibling"),
        (["choose", "last", "--next", "--previous"], "--next, --previous or --sibling"),
        (["choose", "last", "--next"], "only one page 3"),
        (["choose", "last", "--page", "9", "--next"], "pages 1 to 3"),
        (["choose", "last", "--sibling", "2"], "only one page 3"),
        (["love", "zzzzzzzz"], "no story"),
        (["love"], "Missing argument"),
        (["remember", "last", "x" * 201], "limit is 200"),
        (["remember", "last", "a", "--forget", "1"], "not both"),
        (["remember", "last", "--forget", "1"], "no fact"),
        (["change", "last"], "Say what to change"),
        (["change", "last", "--title", " "], "title is empty"),
        (["change", "last", "--mode", "closed"], "--mode"),
        (["restore"], "no deleted story"),
        (["report", "last", "--reason", "x" * 501], "limit is 500"),
        (["reports", "--dismiss", "zzzzzzzz"], "no report"),
        (["reports", "--dismiss", "a", "--uphold", "b"], "not both"),
        (["settings", "set", "page", "3"], 'did you mean "pages"'),
        (["settings", "set", "pages", "many"], "allowed"),
        (["stop", "nowhere"], "no story"),
    ],
)
def test_a_wrong_ask_is_one_line_and_code_2(
    typed: Typed, told: str, arguments: list[str], words: str
) -> None:
    done = typed(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert done.err.startswith("pagewright: ")
    assert done.err.count("\n") == 1


def test_what_is_held_is_shown_handed_over_and_deleted(
    typed: Typed, told: str, tmp_path: Path
) -> None:
    shown = typed("privacy", "show").out.splitlines()
    assert "     1  stories" in shown
    assert shown[-1].split("\t")[:3] == [told, "The Tale of a red fox", "3 pages"]
    assert typed("privacy", "export", "--out", "mine.zip").out == "mine.zip\n"
    with ZipFile(tmp_path / "mine.zip") as archive:
        assert f"stories/{told}/story.json" in archive.namelist()
    done = typed("privacy", "delete")
    assert (done.code, done.out) == (2, "")
    assert "--yes" in done.err
    assert typed("privacy", "delete", "--yes", "--person", "discord:1").out.startswith("0 stories")
    assert typed("privacy", "delete", "--yes").out.startswith("1 stories are gone")
    assert typed("gallery").out == ""
    assert typed("db", "check").code == 0
