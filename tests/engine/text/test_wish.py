"""Pointers to a direction's words."""

from __future__ import annotations

import pytest

from engine.text.wish import MOST_WORDS, WishWords

WISH = "Mia the owl loses her hat in the snow"


def test_each_telling_word_of_a_wish_gets_a_pointer() -> None:
    words = WishWords(WISH)
    marked = words.mark(WISH)
    assert marked == "<|w0|> Mia the <|w1|> owl loses her <|w2|> hat in the <|w3|> snow"


def test_prose_points_to_the_wish_and_back() -> None:
    words = WishWords(WISH)
    prose = "An owl called Mia had a hat. Hats are good for an owl, Mia's hat most of all."
    pointed = words.point(prose)
    assert pointed.startswith("A <|w1|> called <|cap|><|w0|> had a <|w2|>.")
    assert "Hats" in pointed
    assert words.spell(pointed) == prose


def test_articles_follow_the_word_that_is_spelt() -> None:
    assert WishWords("an owl").spell("a <|w0|> and A <|w0|>") == "an owl and An owl"
    assert WishWords("a unicorn").spell("a <|w0|>") == "a unicorn"
    assert WishWords("dragon").spell("a <|w0|>") == "a dragon"


def test_names_keep_their_capital_and_small_ones_get_it() -> None:
    assert WishWords("a story about Zorblax").spell("<|w0|> ran") == "Zorblax ran"
    assert WishWords("mia and her dog").spell("<|cap|><|w0|> ran") == "Mia ran"


def test_pointers_to_nothing_vanish() -> None:
    assert WishWords("dragon").spell("a <|w7|> <|cap|>b") == "a  b"


def test_a_direction_adds_words_without_moving_the_wishs() -> None:
    words = WishWords(WISH, "they meet a whale")
    assert "<|w5|>" in words.mark("they meet a whale")
    assert words.mark(WISH) == WishWords(WISH).mark(WISH)


@pytest.mark.parametrize(
    "wish", ["", "!!!", "\u0434\u0440\u0430\u043a\u043e\u043d", "a b c", "the"]
)
def test_wishes_without_words_have_no_pointers(wish: str) -> None:
    assert len(WishWords(wish)) == 0
    assert WishWords(wish).mark(wish) == wish


def test_long_wishes_stop_at_the_last_pointer() -> None:
    wish = " ".join(f"{first}{second}x" for first in "bcdf" for second in "ghjk")
    assert len(WishWords(wish)) == MOST_WORDS


def test_control_tokens_are_left_alone() -> None:
    words = WishWords("a hero with a hat")
    assert words.point("<|cap|><|hero|> had a hat") == "<|cap|><|hero|> had a <|w1|>"
