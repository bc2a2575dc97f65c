from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.bot.commands.conftest import Typed, tell


def test_the_gallery_lists_everything_or_a_screen_as_chats_see_it(
    typed: Typed, tmp_path: Path
) -> None:
    stories = [tell(tmp_path, f"a fox and a {name}") for name in ("bear", "crow", "duck")]
    assert [line.split("\t")[0] for line in typed("gallery").out.splitlines()] == stories[::-1]
    typed("love", stories[1])
    loved = typed("gallery", "--sort", "loved", "--limit", "2")
    rows = [line.split("\t") for line in loved.out.splitlines()]
    assert [(row[0], row[5]) for row in rows] == [(stories[1], "1"), (stories[2], "0")]
    more = loved.err.split("--more ")[1].strip()
    rest = typed("gallery", "--more", more, "--limit", "2")
    assert [line.split("\t")[0] for line in rest.out.splitlines()] == [stories[0]]
    assert rest.err == ""
    found = typed("gallery", "crow", "--sort", "new").out
    assert [line.split("\t")[0] for line in found.splitlines()] == [stories[1]]
    assert typed("gallery", "--style", "ink").out == ""
    assert len(typed("gallery", "--by", "console").out.splitlines()) == 3
    shuffled = typed("gallery", "--sort", "random").out.splitlines()
    assert {line.split("\t")[0] for line in shuffled} == set(stories)


def test_a_place_in_the_gallery_that_is_none_is_refused(typed: Typed, told: str) -> None:
    done = typed("gallery", "--more", "nonsense")
    assert (done.code, done.out) == (2, "")
    assert "no place in the gallery" in done.err


def test_the_tree_and_the_details_of_a_story(typed: Typed, told: str) -> None:
    lines = typed("show", told, "--tree").out.splitlines()
    assert lines[0] == f"The Tale of a red fox  ({told})"
    assert [line[:4] for line in lines[1:]] == ["● 1 ", "● 2 ", "● 3 "]
    details = typed("show", "--details").out
    for words in ("seed      7", "models    starter", "mode      solo, listed", "score     0.300"):
        assert words in details


def test_a_tree_and_a_film_do_not_go_together(typed: Typed, told: str) -> None:
    done = typed("export", told, "--format", "mp4", "--tree")
    assert done.code == 2
    assert "follows one branch" in done.err


def test_without_its_library_a_film_is_refused_before_an_engine_is_started(
    typed: Typed, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    done = typed("export", told, "--format", "mp4")
    assert (done.code, done.out) == (78, "")
    assert "pagewright[film]" in done.err
    assert "engine" not in done.err
    assert not (tmp_path / "none.sock").exists()


@pytest.mark.parametrize("kind", ["pdf", "epub", "html", "zip"])
def test_a_story_is_exported_in_each_format(
    typed: Typed, told: str, tmp_path: Path, kind: str
) -> None:
    done = typed("export", told, "--format", kind)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"the-tale-of-a-red-fox-{told}.{kind}\n"
    assert (tmp_path / done.out.strip()).stat().st_size > 1000
