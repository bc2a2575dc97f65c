"""What a wish looks for, and whether a page has found it."""

from __future__ import annotations

import pytest

from engine.text.reading import read_wish
from engine.text.seeking import is_found, sought_in, without_sought


@pytest.mark.parametrize(
    ("wish", "thing"),
    [
        ("grandpa loses his glasses at the beach", "glasses"),
        ("two bears look for the moon", "moon"),
        ("a knight and a hedgehog look for the lost crown", "crown"),
        ("the queen's golden spoon is missing", "spoon"),
        ("a squirrel who forgot where he hid his nuts", "nuts"),
        ("a pirate in search of a treasure and a parrot", "treasure"),
        ("a cat cannot find her red ball", "ball"),
        ("a girl finds a magic key", ""),
        ("a fox gets lost in the forest", ""),
        ("a duck looks for her duckling", ""),
        ("a lost bear", ""),
    ],
)
def test_what_is_looked_for_is_read_from_the_wish(wish: str, thing: str) -> None:
    sought = sought_in(read_wish(wish))
    assert thing in sought if thing else not sought


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("And there lay the crown, just where she had been!", True),
        ("Behind the leaves sat a magpie, and beside her lay the crown!", True),
        ("There, right before their eyes, they saw the crown at last!", True),
        ('"I found the crown in the rain," said the old neighbour.', True),
        ("They came home with the crown.", True),
        ('Then he looked up. "There it is!" he cried.', True),
        ("He found a spoon and a beetle. But he did not find the crown.", False),
        ("There was a great noise: somebody had taken the crown!", False),
        ('"Who will find the crown?" cried the people.', False),
        ('"Perhaps I will never find the crown," she sighed.', False),
    ],
)
def test_prose_says_when_it_is_found(text: str, found: bool) -> None:
    assert is_found(frozenset({"crown"}), [text]) == found


def test_the_others_stay_in_the_picture() -> None:
    crown = frozenset({"crown"})
    assert without_sought("a knight, a hedgehog and the crown", crown) == "a knight and a hedgehog"
    assert without_sought("a knight and a crown", crown) == "a knight"
    assert without_sought("the crown", crown) == "the crown"
    assert without_sought("a knight and an owl", crown) == "a knight and an owl"
