"""What is a word, and which noun was meant."""

from __future__ import annotations

import pytest

from engine.data.stories import make_story
from engine.text.spelling import is_word, spell_right, words_of


@pytest.mark.parametrize("word", ["banas", "icles", "keeep", "misss"])
def test_slips_are_no_words(word: str) -> None:
    assert not is_word(word)


@pytest.mark.parametrize("word", ["bananas", "icicles", "keep", "miss", "putt", "hiccuped"])
def test_words_of_stories_are_words(word: str) -> None:
    assert is_word(word)


def test_what_the_stories_are_told_with_is_known() -> None:
    told = set()
    for seed in range(60):
        for page in make_story(seed).pages:
            told |= words_of(page.told.replace("<|", " ").replace("|>", " "))
    slips = {word for word in told if not is_word(word)}
    # Some things of wishes have invented names: they are words of their own story alone.
    assert len(slips) <= 0.02 * len(told)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a small elefant", "a small elephant"),
        ("the drgon", "the dragon"),
        ("a zorblax", "a zorblax"),
        ("a princess and a penguin", "a princess and a penguin"),
        ("Elefanto the cat", "Elefanto the cat"),
        ("Mia's hat", "Mia's hat"),
    ],
)
def test_a_known_noun_is_spelt_right_and_all_else_stays(typed: str, meant: str) -> None:
    assert spell_right(typed) == meant
