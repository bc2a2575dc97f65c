"""Prompts: who is wanted, how many, on which side, behind whom."""

from __future__ import annotations

import pytest

from engine.image.layout import Figure, Layout
from engine.image.prompts import FALLBACK_HEROES, WantedFigure, read_prompt


def sides(prompt: str) -> dict[str, str]:
    return {f.subject: f.side for f in read_prompt(prompt, seed=0).figures}


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("a dragon on the left and a knight on the right", {"dragon": "left", "knight": "right"}),
        ("on the left a dragon, on the right a knight", {"dragon": "left", "knight": "right"}),
        ("to the left of the castle stands a king", {"king": "left"}),
        ("a fox sitting on the left of a bear", {"fox": "left", "bear": "right"}),
        ("a cat left of a dog", {"cat": "left", "dog": "right"}),
        ("a cat in the middle, a dog on the far right", {"cat": "middle", "dog": "right"}),
        ("a fox on the right side of the picture", {"fox": "right"}),
        ("an owl in the middle of the night", {"owl": ""}),
        ("a fox left the forest", {"fox": ""}),
    ],
)
def test_sides_are_read(prompt: str, wanted: dict[str, str]) -> None:
    assert sides(prompt) == wanted


def test_numbers_fill_what_room_a_picture_has() -> None:
    figures = read_prompt("two mice and five birds", seed=0).figures
    assert [f.subject for f in figures] == ["mouse", "mouse", "bird"]
    figures = read_prompt("three birds", seed=0).figures
    assert [f.subject for f in figures] == ["bird", "bird", "bird"]


def test_one_subject_in_two_colours_is_two_figures() -> None:
    figures = read_prompt("a red fox and a blue fox", seed=0).figures
    assert figures == (WantedFigure("fox", "red"), WantedFigure("fox", "blue"))
    assert len(read_prompt("a fox, and the fox sings", seed=0).figures) == 1
    assert len(read_prompt("a fox and another fox", seed=0).figures) == 2


def test_who_stands_behind_whom_is_read() -> None:
    assert read_prompt("a fox behind a tree", seed=0).behind == ((0, 1),)
    assert read_prompt("a fox in front of a house", seed=0).behind == ((1, 0),)


def test_nothing_known_means_a_hero_chosen_by_the_seed() -> None:
    heroes = {read_prompt("quuxlings", seed=s).figures[0].subject for s in range(8)}
    assert heroes == set(FALLBACK_HEROES)


def test_a_name_on_a_later_page_is_the_hero_of_the_one_before() -> None:
    before = Layout("cave", "night", "clear", 0.6, (Figure("fox", "blue"),))
    page = read_prompt("Felix and an owl by the river", seed=0, previous=before)
    assert page.figures == (WantedFigure("fox", "blue"), WantedFigure("owl"))
    page = read_prompt("then night came", seed=0, previous=before)
    assert (page.figures, page.place) == ((WantedFigure("fox", "blue"),), "cave")


def test_a_thing_may_tell_the_place_where_none_is_named() -> None:
    assert read_prompt("a teddy bear on a bed", seed=0).place == "bedroom"
    assert read_prompt("a bed in a meadow", seed=0).place == "meadow"
    assert read_prompt("a fox", seed=0).place is None
