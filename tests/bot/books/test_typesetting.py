"""Lines of prose: even, no more than needed, and no word lost."""

from __future__ import annotations

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from bot.books.typesetting import break_lines


def test_lines_are_even_and_the_last_is_no_single_short_word() -> None:
    words = "one two three four five six seven eight nine ten hand"
    widths = [12.0, 20.0, 20.0, 20.0]
    lines = break_lines([words], measure=len, width_at=lambda place: widths[place])
    assert " ".join(line.text for line in lines) == words
    assert [line.text for line in lines][-1] == "ten hand"
    assert all(len(line.text) <= width for line, width in zip(lines, widths, strict=False))


@given(st.lists(st.text("abc", min_size=1, max_size=14), max_size=40), st.integers(6, 30))
def test_even_lines_lose_no_word_and_need_no_more_lines(words: list[str], width: int) -> None:
    found = break_lines([" ".join(words)], measure=len, width_at=lambda _: width)
    assert "".join(line.text for line in found).replace(" ", "") == "".join(words)
    assert all(len(line.text) <= width for line in found)
    plain = textwrap.wrap(" ".join(words), width, break_on_hyphens=False)
    if all(len(word) <= width for word in words):
        assert len(found) == len(plain)
