"""Words that must not appear, as tokens while a page is drawn and as words in its text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from engine.text.sampling import BannedWords

STARTER = Path(__file__).parents[3] / "engine" / "starter"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(STARTER / "story-tokenizer.json"))


@pytest.mark.parametrize("word", ["dragon", "Dragon", "dragons", "old wolf"])
def test_the_last_token_of_a_word_is_banned_behind_the_others(
    tokenizer: Tokenizer, word: str
) -> None:
    bans = BannedWords("dragon and old wolf", tokenizer)
    for lead in ("", " "):
        ids = tokenizer.encode(f"{lead}{word}").ids
        before = tokenizer.encode("They saw the").ids + ids[:-1]
        assert ids[-1] in bans.next_tokens(before)


def test_no_words_ban_nothing(tokenizer: Tokenizer) -> None:
    bans = BannedWords("", tokenizer, ("", " * "))
    assert bans.next_tokens([1, 2, 3]) == set()
    assert not bans.spoil("any text")


def test_words_to_avoid_stand_for_plurals_and_banned_ones_for_themselves(
    tokenizer: Tokenizer,
) -> None:
    bans = BannedWords("fox; witch", tokenizer, ("hell", "kill*", "go to bed*"))
    for text in (
        "A fox.",
        "FOXES ran",
        "two witches",
        "Hell!",
        "they KILLED it",
        "Go to  bedrooms",
    ):
        assert bans.spoil(text), text
    for text in ("hello", "a shell", "skill", "foxy", "bewitched", "to go to the bed"):
        assert not bans.spoil(text), text


@given(st.lists(st.text(max_size=8), max_size=5), st.text(max_size=30))
def test_any_entries_can_be_banned(tokenizer: Tokenizer, entries: list[str], text: str) -> None:
    bans = BannedWords("", tokenizer, entries)
    bans.spoil(text)
    bans.next_tokens(tokenizer.encode(text).ids)
