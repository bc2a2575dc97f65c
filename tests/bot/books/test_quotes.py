"""What was typed with a typewriter's marks is printed with a printer's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.books.quotes import typographic

PRINTED = {
    '"Oh no!" cried the dragon.': "“Oh no!” cried the dragon.",
    'He said, "Take my hand." She did.': "He said, “Take my hand.” She did.",
    '("Here," he said.)': "(“Here,” he said.)",
    "it's the foxes' den": "it’s the foxes’ den",
    "'tis rock 'n' roll of the '90s": "’tis rock ’n’ roll of the ’90s",
    "\"She said 'boo' to me,\" he said.": "“She said ‘boo’ to me,” he said.",
    "\"'Boo!' she said.\"": "“‘Boo!’ she said.”",
    "Wait... no--really - yes": "Wait… no—really – yes",
    "a well-known re-entry": "a well-known re-entry",
    "---- and .... stay": "---- and .... stay",
    "6'2\" tall": "6'2\" tall",
    '"I am 7," said Fox. "I am 8"': "“I am 7,” said Fox. “I am 8”",
    "“Set” already, ‘so’ it’s kept": "“Set” already, ‘so’ it’s kept",
    '"Two lines\nof talk," he said': "“Two lines\nof talk,” he said",
    "": "",
}


@pytest.mark.parametrize(("typed", "printed"), PRINTED.items())
def test_marks_become_a_printers(typed: str, printed: str) -> None:
    assert typographic(typed) == printed


@given(st.text(alphabet="ab 1\"'.-\n“”‘’", max_size=60))
def test_printing_twice_changes_nothing_and_letters_stay(text: str) -> None:
    printed = typographic(text)
    assert [c for c in printed if c.isalnum()] == [c for c in text if c.isalnum()]
    assert typographic(typographic(printed)) == typographic(printed)
