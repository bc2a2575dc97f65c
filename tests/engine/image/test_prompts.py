"""Prompts: who is wanted, how many, on which side, behind whom."""

from __future__ import annotations

import pytest

from engine.image.layout import Figure, Layout
from engine.image.prompts import FALLBACK_HEROES, FIGURES, WantedFigure, read_prompt


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
    assert [f.subject for f in figures] == ["mouse"] * 2 + ["bird"] * 3
    figures = read_prompt("three birds", seed=0).figures
    assert [f.subject for f in figures] == ["bird", "bird", "bird"]
    assert len(read_prompt("a hundred birds and a cat", seed=0).figures) == FIGURES
    figures = read_prompt("two mice, a ghost and a boat", seed=0).figures
    assert [f.subject for f in figures] == ["mouse", "mouse", "ghost", "boat"]


def test_one_subject_in_two_colours_is_two_figures() -> None:
    figures = read_prompt("a red fox and a blue fox", seed=0).figures
    assert figures == (WantedFigure("fox", "red"), WantedFigure("fox", "blue"))
    assert len(read_prompt("a fox, and the fox sings", seed=0).figures) == 1
    assert len(read_prompt("a fox and another fox", seed=0).figures) == 2


@pytest.mark.parametrize(
    ("prompt", "subjects"),
    [
        ("an elephant and a tiny mouse, best friends, at sunset", ["elephant", "mouse"]),
        ("a spider and its friend the ladybird", ["spider", "ladybird"]),
        ("a fox and his friends", ["fox", "rabbit", "rabbit"]),
        ("three friends and a monkey", ["rabbit", "rabbit", "rabbit", "monkey"]),
        ("a rocket flying past a planet with rings", ["rocket", "planet"]),
    ],
)
def test_what_is_said_of_others_is_nobody_more(prompt: str, subjects: list[str]) -> None:
    assert [f.subject for f in read_prompt(prompt, seed=0).figures] == subjects


def test_who_stands_behind_whom_is_read() -> None:
    assert read_prompt("a fox behind a tree", seed=0).behind == ((0, 1),)
    assert read_prompt("a fox in front of a house", seed=0).behind == ((1, 0),)


def test_a_place_in_another_world_is_told_by_what_stands_there() -> None:
    wanted = read_prompt("a robot in a garden on the moon", seed=0)
    assert (wanted.place, [f.subject for f in wanted.figures]) == ("moon", ["robot", "sunflower"])
    assert [f.subject for f in read_prompt("a robot on the moon", seed=0).figures] == ["robot"]
    dog = read_prompt("a dog in a garden looks up to the moon", seed=0)
    assert [f.subject for f in dog.figures] == ["dog"]


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


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("a robot in a garden on the moon", "moon"),
        ("a mermaid in a castle under the sea", "underwater"),
        ("a dog in a garden looks up to the moon", "garden"),
        ("a penguin goes to the desert", "desert"),
        ("a whale swims under the waves", "underwater"),
        ("a fox at home by the fire", "bedroom"),
        ("a bear cooks at the stove", "kitchen"),
        ("a cat on deck of the ship", "sea"),
        ("a duck on the pavement", "city"),
        ("a knight at the moat", "castle"),
    ],
)
def test_the_place_that_a_prompt_names_is_found(prompt: str, place: str) -> None:
    assert read_prompt(prompt, seed=0).place == place


def test_things_bring_their_place_along() -> None:
    assert read_prompt("grandma's magic teapot", seed=0).place == "kitchen"
    assert read_prompt("two mice in a boat", seed=0).place == "sea"
    assert read_prompt("two mice build a boat", seed=0).place == "beach"


def test_who_sails_is_given_a_boat_where_there_is_room() -> None:
    def subjects(prompt: str) -> list[str]:
        return [f.subject for f in read_prompt(prompt, seed=0).figures]

    assert subjects("a pirate cat sails to the island of cheese") == ["cat", "cheese", "boat"]
    assert subjects("a bear rowing to an island") == ["bear", "canoe"]
    assert subjects("a cat sails a ship") == ["cat", "ship"]
    assert subjects("a cat, a dog and a fox sail away") == ["cat", "dog", "fox", "boat"]
    assert subjects("five cats sail away") == ["cat"] * 5
