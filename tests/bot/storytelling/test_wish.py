from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadInputError
from bot.settings import LimitSettings
from bot.storytelling.wish import StoryWish, check_wish, clean_text, provisional_title

LIMITS = LimitSettings()
FOX = StoryWish("a fox")


def test_a_wish_is_cleaned_not_changed() -> None:
    wish = StoryWish(" The\tcafe\u0301\n of\u200b a\ufeff fo\u00adx 👩\u200d🚀 ", style=" Ink ")
    cleaned = check_wish(wish, LIMITS)
    assert cleaned.idea == "The café of a fox 👩\u200d🚀"
    assert cleaned.style == "ink"


@pytest.mark.parametrize("idea", ["", "   ", "\n\t", "\u200b\u200b", "\u200d \u200c", "\ufeff"])
def test_an_empty_idea_is_refused(idea: str) -> None:
    with pytest.raises(BadInputError, match="idea is empty"):
        check_wish(StoryWish(idea), LIMITS)


@pytest.mark.parametrize("length", [501, 10_000])
def test_a_long_idea_is_refused_with_its_length(length: int) -> None:
    with pytest.raises(BadInputError, match=f"has {length} characters; the limit is 500"):
        check_wish(StoryWish("x" * length), LIMITS)


def test_an_idea_of_just_500_characters_is_taken() -> None:
    assert len(check_wish(StoryWish("x" * 500), LIMITS).idea) == 500


@pytest.mark.parametrize("mark", ["\0", "\x07", "\x1b", "\x7f", "\u0085", "\u202e", "\u2067"])
def test_control_and_direction_characters_are_named(mark: str) -> None:
    with pytest.raises(BadInputError, match=f"U\\+{ord(mark):04X}"):
        check_wish(StoryWish(f"a fox{mark} tale"), LIMITS)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadInputError, match="not UTF-8"):
        check_wish(StoryWish(b"a fox \x80".decode("utf-8", "surrogateescape")), LIMITS)


@pytest.mark.parametrize(
    "idea", ["龙和火", "дракон", "تنين صغير", "🐉🔥", "12345", "!?", "дракон a"]
)
def test_the_starter_models_take_latin_letters_only(idea: str) -> None:
    with pytest.raises(BadInputError, match="starter models read English"):
        check_wish(StoryWish(idea), LIMITS)
    assert check_wish(StoryWish(idea), LIMITS, profile="studio").idea == idea


def test_a_foreign_word_among_english_ones_is_taken() -> None:
    assert check_wish(StoryWish("The dragon 龙 and Zoë"), LIMITS)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (replace(FOX, pages=0), "0 pages"),
        (replace(FOX, pages=99), "99 pages cannot be told: ask for 1 to 8"),
        (replace(FOX, pages=-1), "-1 pages"),
        (replace(FOX, seed=-1), "-1 is no seed"),
        (replace(FOX, seed=2**70), "is no seed"),
        (replace(FOX, picture=b"x" * 10_000_001), "10.1 MB; the limit is 10.0 MB"),
        (replace(FOX, avoid="x" * 301), "list of things to avoid has 301 characters"),
        (replace(FOX, avoid="a\0"), "list of things to avoid holds"),
    ],
)
def test_other_mistakes_are_one_line(wish: StoryWish, message: str) -> None:
    with pytest.raises(BadInputError, match=message) as caught:
        check_wish(wish, LIMITS)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("idea", ["A DARNED fox", "a dárned, fox", "fox: darned!"])
def test_blocked_words_are_found_over_case_and_accents(idea: str) -> None:
    with pytest.raises(BadInputError, match="not allowed"):
        check_wish(StoryWish(idea), LIMITS, blocked_words=("darned",))


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d🚀 and 👨\u200d👩\u200d👧\u200d👦 fly", "🏳️\u200d🌈", "👍🏽 1️⃣ ❤️", "🇫🇷 🇯🇵",
        "تنين صغير يخاف من الظلام", "می\u200cخواهم", "שָׁלוֹם לַשּׁוּעָל", "שועל קטן (קטן מאוד)",
        "क्\u200dष और ज्ञ", "ශ්\u200dරී", "สวัสดีชาวโลก", "Việt Nam: Nguyễn",
        "日本語 と ひらがな", "한국어",
        "Zoë, naïve Ångström", "O’Neill — “quoted” … ½", "a + b = c; 100 % <b>", "༄༅། །བོད་སྐད",
    ],
)  # fmt: skip
def test_living_languages_and_emoji_come_through_unchanged(text: str) -> None:
    assert clean_text("idea", text, most=100) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("a\u200e fox\u200f", "a fox"), ("\u061cثعلب", "ثعلب"), ("f\u200do\u200cx", "fox"),
        ("\u200da fox\u200d", "a fox"), ("a\u3164fox", "a fox"), ("a\u2800\u2800fox", "a fox"),
        ("a\u2028fox\u2029", "a fox"), ("fo\u2060x\ufff9\ufffa\ufffb", "fox"),
        ("fox\U000e0041\U000e0042", "fox"), ("a\u00a0\u2003\u202ffox", "a fox"),
        ("x" + "\u0323" * 90, "x" + "\u0323" * 4), ("🐉" + "\u20dd" * 9, "🐉" + "\u20dd" * 4),
    ],
)  # fmt: skip
def test_characters_that_show_nothing_or_too_much_are_taken_out(typed: str, cleaned: str) -> None:
    assert clean_text("idea", typed, most=100) == cleaned
    assert clean_text("idea", cleaned, most=100) == cleaned


@pytest.mark.parametrize(
    "text", ["\u3164", "\u2800 \u115f", "\u0301\u0301", "\u200d\u0301", "\ufe0f"]
)
def test_a_text_of_nothing_visible_is_empty(text: str) -> None:
    assert clean_text("idea", text, most=100) == ""


@pytest.mark.parametrize("mark", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_marks_that_turn_a_text_around_are_refused(mark: str) -> None:
    with pytest.raises(BadInputError, match=f"U\\+{ord(mark):04X}"):
        clean_text("idea", f"a {mark}fox", most=100)


def test_blocked_words_are_whole_words() -> None:
    assert check_wish(StoryWish("a class of foxes"), LIMITS, blocked_words=("ass", "fox"))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.text(st.characters(codec="latin-1"), max_size=600))
def test_any_text_is_cleaned_once_and_for_all_or_refused_in_one_line(idea: str) -> None:
    try:
        cleaned = check_wish(StoryWish(idea), LIMITS)
    except BadInputError as error:
        refusal = error.message
    else:
        refusal = ""
        assert check_wish(cleaned, LIMITS) == cleaned
        kinds = {unicodedata.category(c) for c in cleaned.idea if c not in "\u200c\u200d"}
        assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert "\n" not in refusal


def test_a_provisional_title_is_the_idea_shortened_at_a_word() -> None:
    assert provisional_title("a fox") == "a fox"
    words = "The very long tale of a fox, who walked"
    title = provisional_title(f"{words} {words} {words}")
    assert len(title) <= 60
    assert title.endswith("…")
    assert title[:-1].split()[-1] in words.split()
