"""Listed words are found however they are spelt, innocent ones pass, and time stays linear."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.storytelling.word_list import WordList, is_entry, word_list

LIST = (
    "idiot*", "stupid", "hell", "moron", "kill*", "ass", "tit", "slut", "cunt", "penis", "rapist",
    "anal", "shut up", "can't", "дурак", "馬鹿", "darn", "poop",
)  # fmt: skip
WORDS = WordList(LIST)


def read_lines(section: str) -> list[str]:
    """Read a section of the adversarial list, with its escapes as characters."""
    text = (Path(__file__).parent / "adversarial.txt").read_text("utf-8")
    part = text.split(f"[{section}]\n")[1].split("\n[")[0]
    escape = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
    lines = (line for line in part.splitlines() if line and not line.startswith("# "))
    return [escape.sub(lambda m: chr(int(m[1] or m[2], 16)), line) for line in lines]


def test_the_adversarial_list_is_long_enough() -> None:
    assert len(set(read_lines("caught"))) >= 100
    assert len(set(read_lines("innocent"))) >= 100


@pytest.mark.parametrize("text", read_lines("caught"))
def test_a_disguised_word_is_found(text: str) -> None:
    assert WORDS.find(text)
    assert WORDS.find(f"Once upon a time, {text} and so on.")


@pytest.mark.parametrize("text", read_lines("innocent"))
def test_an_innocent_text_passes(text: str) -> None:
    assert WORDS.find(text) == ""
    assert WORDS.find(f"Once upon a time, {text}, and so on.") == ""


def test_words_are_whole_words_unless_they_end_in_an_asterisk() -> None:
    assert WordList(["hell"]).find("hellish") == ""
    assert WordList(["hell*"]).find("hellish") == "hell*"
    assert WordList(["hell*"]).find("a shell") == ""


def test_a_phrase_is_found_over_any_gap_and_not_inside_other_words() -> None:
    phrase = WordList(["go to hell"])
    for text in ("go to hell", "Go to... HELL!", "gotohell", "go\nto  hell", "g0 t0 h3ll"):
        assert phrase.find(text) == "go to hell", text
    for text in ("go to hello", "cargo to hell", "to go hell", "go hell to"):
        assert phrase.find(text) == "", text


def test_the_entry_that_was_found_is_named_as_it_was_written() -> None:
    assert WordList(["Fool", " BLASTED* "]).find("oh, blastedly so") == "BLASTED*"


def test_entries_without_letters_are_no_entries() -> None:
    assert not any(map(is_entry, ("", "  ", "*", "...", "\u200b", "🐉", "-*")))
    assert not WordList(["", "*", "…"])
    assert WordList(["", "…"]).find("* … any text") == ""
    assert WordList(["bad!"]).find("bad")


def test_a_list_is_made_once() -> None:
    assert word_list(("a1", "b2")) is word_list(("a1", "b2"))


SIGNS = st.sampled_from("aAiIlL1!|*$@.-' \n\u200b\u0301sShtuеоі0бд馬鹿🇮🐉")


@settings(max_examples=300, deadline=None)
@given(st.text(SIGNS, max_size=60) | st.text(max_size=60))
def test_no_text_breaks_the_list_and_asking_again_gives_the_same(text: str) -> None:
    found = WORDS.find(text)
    assert found in ("", *LIST)
    assert WORDS.find(text) == found


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([word.removesuffix("*") for word in LIST]),
    st.text(max_size=20),
    st.text(max_size=20),
    st.lists(st.sampled_from(["", "\u200b", "\u0301", "\u2060"]), min_size=20, max_size=20),
    st.booleans(),
)
def test_a_listed_word_is_found_whatever_stands_around_it(
    word: str, before: str, after: str, noise: list[str], large: bool
) -> None:
    spelt = "".join(letter + unseen for letter, unseen in zip(word, noise, strict=False))
    spelt = spelt.upper() if large else spelt
    assert WORDS.find(f"{before} \n {spelt} \n {after}")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=8), st.text(max_size=40))
def test_any_entries_make_a_list_that_finds_them(entries: list[str], text: str) -> None:
    made = WordList(entries)
    made.find(text)
    for entry in made.entries:
        assert made.find(entry.removesuffix("*"))


HOSTILE = ("i", "1", "il1!|", "i.", "i ", "i *", "!l", "idi", "s t u", "a$@", "*", "i\u0301'", "馬")


@pytest.mark.parametrize("pattern", HOSTILE)
def test_time_grows_with_the_length_alone(pattern: str) -> None:
    hard = WordList([*LIST, "illicit", "lili", "iil", "lil il", "stutu s tu*", "馬馬鹿"])

    def seconds(length: int) -> float:
        text = (pattern * length)[:length]
        begun = time.process_time()
        hard.find(text)
        return time.process_time() - begun

    # A quadratic search would take a hundred times as long, not ten.
    assert seconds(10_000) < 40 * max(seconds(1_000), 0.01)
