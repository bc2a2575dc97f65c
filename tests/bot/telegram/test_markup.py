"""Whatever is in a story, it is shown as it is, and within Telegram's limits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.page import PageView
from bot.telegram.drawing import CAPTION, TEXT, draw, draw_rest
from bot.telegram.markup import bold, cut, escape, link, note, units
from tests.bot.telegram.loopback.rules import read_html

ME = "pagewright_bot"
# Any character that a person can send; surrogates and control characters are refused before.
Texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=400)
Proses = st.lists(
    st.sampled_from(["word", "<b>", "&amp;", "😀", "“So!”", "end.", "長い文"]), max_size=900
)


@given(Texts)
def test_what_is_escaped_is_read_back_as_it_was(text: str) -> None:
    shown, entities = read_html(f"|{escape(text)}|")
    assert shown == f"|{text}|"
    assert entities == []


@given(Texts.filter(lambda text: text.strip() == text and text != ""))
def test_tags_of_ours_hold_any_text(text: str) -> None:
    shown, entities = read_html(bold(text) + link(text, "https://t.me/x?a=1&b=2"))
    assert shown == text + text
    assert [entity["type"] for entity in entities] == ["bold", "text_link"]


@given(st.text(max_size=300), st.integers(2, 300))
def test_a_cut_loses_nothing_but_the_space_between(text: str, most: int) -> None:
    begun, rest = cut(text, most)
    assert units(begun) <= most
    joined = begun + rest
    assert "".join(joined.split()) == "".join(text.split())
    assert rest == "" or units(text) > most


def test_a_cut_falls_behind_a_sentence() -> None:
    assert cut("One fox ran. Two owls flew far away.", 25) == (
        "One fox ran.",
        "Two owls flew far away.",
    )


def test_emoji_count_twice_as_telegram_counts_them() -> None:
    assert units("a😀") == 3
    assert cut("😀" * 10, 7)[0] == "😀" * 3


@given(Proses, st.sampled_from([CAPTION, TEXT]), st.booleans(), Texts)
def test_a_page_fits_whatever_it_says(words: list[str], most: int, live: bool, title: str) -> None:
    view = PageView(
        story_id="0123abcd",
        number=2,
        pages=4,
        phase="painting" if live else "done",
        title=title,
        text=" ".join(words),
        style="storybook",
        seed=12345,
        page_id="pppp0000",
        loves=3,
    )
    drawn = draw(view, ME, most=most)
    shown, entities = read_html(drawn.html)
    assert units(shown) <= most
    assert any(entity.get("url", "").endswith("start=s_0123abcd") for entity in entities)
    if drawn.rest:
        more, entities = read_html(draw_rest(drawn.rest, view, ME))
        assert units(more) <= TEXT
        assert entities[0]["url"].endswith("start=a-continue-pppp0000")


def test_a_note_is_seen_by_nobody() -> None:
    shown, entities = read_html(note(ME, "edit", "0123abcd-77") + "Hello")
    assert shown == "\u200bHello"
    assert entities[0]["url"] == f"https://t.me/{ME}?start=a-edit-0123abcd-77"
