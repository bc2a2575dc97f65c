"""Nearest known things: the table is sound, spelling errs on the side of leaving words alone."""

from __future__ import annotations

import pytest

from engine.image.nearest import by_spelling, kin, person_by_ending, subject_by_ending
from engine.image.vocabulary import COLOURS, PLACES, SUBJECTS, TIMES, WEATHERS, synonyms


def test_the_table_leads_to_known_names_only() -> None:
    table = kin()
    assert len(table.subjects) > 1500
    assert set(table.subjects.values()) <= set(SUBJECTS)
    assert set(table.places.values()) <= set(PLACES)
    assert set(table.times.values()) <= set(TIMES)
    assert set(table.weathers.values()) <= set(WEATHERS)
    assert set(table.colours.values()) <= set(COLOURS)


def test_the_table_holds_no_word_that_is_known_anyway() -> None:
    assert not set(kin().subjects) & set(synonyms())
    assert kin().needs_article <= {*kin().subjects, *kin().places}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("drgon", "dragon"),
        ("pengiun", "penguin"),
        ("wofl", "wolf"),
        ("squirels", "squirrel"),
        ("lighthose", "lighthouse"),
        ("kinght", "knight"),
    ],
)
def test_misspelt_words_are_understood(word: str, meant: str) -> None:
    assert by_spelling(word) == meant


@pytest.mark.parametrize(
    "word",
    ["friend", "other", "whole", "water", "still", "strong", "smiled", "walking", "month", "qwxzt"],
)
def test_ordinary_words_are_not_taken_for_misspelt_ones(word: str) -> None:
    assert by_spelling(word) is None


def test_endings_tell_of_what_kind_a_thing_is() -> None:
    assert subject_by_ending("pachycephalosaurus") == "dinosaur"
    assert subject_by_ending("bulldog") == "dog"
    assert subject_by_ending("scowl") is None
    assert person_by_ending("milkman") == "man"
    assert person_by_ending("saleswoman") == "woman"
    assert person_by_ending("drummer") in ("man", "woman")
    assert person_by_ending("table") is None
