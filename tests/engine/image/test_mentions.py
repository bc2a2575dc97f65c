"""Reading of texts: ordinary words lead to known names, unknown ones to the nearest."""

from __future__ import annotations

import pytest

from engine.image.mentions import (
    find_coloured_subjects,
    find_place,
    find_subjects,
    find_time,
    find_weather,
    in_known_words,
    subject_mentions,
)
from engine.image.vocabulary import SUBJECTS
from engine.image.words import plural, singular


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("two puppies and a kitten", ["dog", "cat"]),
        ("wolves, foxes, mice and butterflies", ["wolf", "fox", "mouse", "butterfly"]),
        ("a knight's lantern by the lighthouse", ["knight", "lantern", "lighthouse"]),
        ("three little pigs and a hot air balloon", ["pig", "hot air balloon"]),
        ("a small dragon on the moon", ["dragon"]),
        ("the moon and a star", ["moon", "star"]),
        ("an owl under the stars, a fox under a rainbow", ["owl", "fox"]),
        ("all is well, and the bear rose", ["bear"]),
        ("a field mouse with an ice cream on a desert island", ["mouse", "ice cream"]),
        ("quite nothing of the kind", []),
    ],
)
def test_subjects_are_found_in_text(text: str, subjects: list[str]) -> None:
    assert find_subjects(text) == subjects


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a fox in a snowy forest at night", "forest"),
        ("a cat in the woods", "forest"),
        ("a whale at the bottom of the sea", "underwater"),
        ("a robot on the moon", "moon"),
        ("an owl in the castle", "castle"),
        ("a castle", None),
        ("a dog", None),
    ],
)
def test_places_are_found_in_text(text: str, place: str | None) -> None:
    assert find_place(text) == place


def test_colours_go_with_the_subject_that_follows() -> None:
    found = find_coloured_subjects("a small blue dragon and a fox beside a golden key")
    assert found == [("dragon", "blue"), ("fox", None), ("key", "golden")]


def test_time_and_weather_are_found() -> None:
    assert find_time("a hare under the moonlit sky") == "night"
    assert find_weather("a fox in a forest at night, snow") == "snow"
    assert find_time("a fox") is None
    assert find_weather("a fox") is None


def test_plurals_come_back_to_their_subject() -> None:
    for name in set(SUBJECTS) - {"book"}:  # whose plural is a subject by itself
        assert find_subjects("many " + plural(name)) == [name], name
    assert singular("glasses") == "glass"


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("a platypus", ["beaver"]),
        ("a snow leopard", ["leopard"]),
        ("the submarine captain", ["pilot"]),
        ("a hippogriff and a sabre tooth", ["horse", "tiger"]),
        ("a drgon meets a pengiun", ["dragon", "penguin"]),
        ("elefants and girafes", ["elephant", "giraffe"]),
        ("a swordfish and a lovebird", ["fish", "bird"]),
        ("a pirate dog", ["dog"]),
        ("the queen bee", ["bee"]),
        ("a knight's horse", ["knight", "horse"]),
        ("Mira", ["girl"]),
        ("Mira and the dragon", ["girl", "dragon"]),
        ("a fox called Felix", ["fox"]),
        ("a charwoman", ["woman"]),
        ("a clever little fox", ["fox"]),
        ("a fox steps out and flies home", ["fox"]),
        ("the whole world, and a friend", ["earth"]),
    ],
)
def test_unknown_words_lead_to_the_nearest_subject(text: str, subjects: list[str]) -> None:
    assert find_subjects(text) == subjects


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a fox in an orchard", "garden"),
        ("a bear in the windy orchard", "garden"),
        ("a penguin at the north pole", "snowfield"),
        ("a king in the throne room", "castle"),
        ("a bat in a dungeon", "cave"),
        ("a boy in the forrest", "forest"),
        ("a track, a pass and a square", None),
    ],
)
def test_unknown_words_lead_to_the_nearest_place(text: str, place: str | None) -> None:
    assert find_place(text) == place


def test_unknown_words_lead_to_the_nearest_time_weather_and_colour() -> None:
    assert find_time("a fox at nightfall") == "sunset"
    assert find_weather("a bear in a downpour") == "rain"
    assert find_weather("a snow leopard") is None
    assert find_coloured_subjects("a black bear") == [("bear", "black")]
    found = find_coloured_subjects("a maroon fox, a sky-blue bird and a reddish cat")
    assert found == [("fox", "red"), ("bird", "blue"), ("cat", "red")]


def test_a_colour_belongs_to_its_own_noun_only() -> None:
    found = find_coloured_subjects("a red fox and bear")
    assert found == [("fox", "red"), ("bear", None)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a mouse", 1),
        ("mice", 2),
        ("two brown mice", 2),
        ("3 mice", 3),
        ("a pair of mice", 2),
        ("a dozen sheep", 5),
        ("one mouse", 1),
        ("grapes", 1),
    ],
)
def test_numbers_are_read(text: str, count: int) -> None:
    assert [m.count for m in subject_mentions(text)] == [count]


def test_a_text_is_said_in_known_words() -> None:
    assert in_known_words("A hippogriff in an orchard, at dusk.") == "A horse in a garden, at dusk."
    assert in_known_words("two platypuses") == "two beavers"
    assert in_known_words("a fox in a forest") == "a fox in a forest"
