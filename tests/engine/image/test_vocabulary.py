"""Vocabulary: ordinary words lead to known names."""

from __future__ import annotations

import pytest

from engine.image.vocabulary import (
    PLACES,
    SUBJECTS,
    TIMES,
    WEATHERS,
    find_coloured_subjects,
    find_place,
    find_subjects,
    find_time,
    find_weather,
    plural,
    singular,
    synonyms,
)


def test_tables_are_as_large_as_the_starter_pack_promises() -> None:
    assert len(SUBJECTS) >= 250
    assert len(PLACES) >= 30
    assert (len(TIMES), len(WEATHERS)) == (4, 6)


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


def test_a_synonym_means_one_subject_and_is_no_other_subjects_name() -> None:
    listed = [word for info in SUBJECTS.values() for word in info.synonyms]
    assert len(listed) == len(set(listed))
    assert not set(listed) & set(SUBJECTS)
    for word, name in synonyms().items():
        assert name in SUBJECTS
        assert name in find_subjects("a " + word), word
