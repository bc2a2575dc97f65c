from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from bot.discord.escaping import plain, shortened


@given(st.text(max_size=400), st.integers(1, 120))
@example("*" * 300, 50)
@example("a\\", 5)
def test_no_text_is_longer_than_it_may_be(text: str, most: int) -> None:
    assert len(plain(text, most=most)) <= most
    assert len(shortened(text, most=most)) <= most


@given(st.text(alphabet="<>@#&:/!1ab*_~|` \n-[]()", max_size=80))
def test_no_text_mentions_or_marks_anything_up(text: str) -> None:
    shown = plain(text, most=1000)
    # What stands unescaped: every mark but those with an odd number of backslashes before it.
    bare = re.sub(r"\\(.)", "", shown)
    assert "<" not in bare
    assert "://" not in shown
    assert not re.search(r"[*_~|`]", bare)


def test_everyone_is_not_called() -> None:
    shown = plain("@everyone and @here, come to <@12> in <#3>", most=200)
    assert "@everyone" not in shown
    assert "@here" not in shown
    assert "\\<@12>" in shown
    assert "\\<#3>" in shown


def test_headings_lists_and_quotes_stay_words() -> None:
    assert plain("# big", most=20) == "\\# big"
    assert plain("> said", most=20) == "\\> said"
    assert plain("- one", most=20) == "\\- one"


def test_plain_prose_stays_as_it_is() -> None:
    prose = "The fox (a red one) said: “Come, it's late!” 狐は森へ。"
    assert plain(prose, most=200) == prose


def test_long_texts_are_cut_at_a_word() -> None:
    assert shortened("one two three four", most=12) == "one two…"
    assert shortened("x" * 30, most=10) == "x" * 9 + "…"
