"""Deeds in quotations."""

from __future__ import annotations

import pytest

from engine.text.speaking import in_speech


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ('"I have', "lost my hat"),
        ('"They told me that you', "lost your hat"),
        ('"We never', "lost our hat"),
        ('"You see," said the owl. She', "lost her hat"),
        ("You know that she", "lost her hat"),
        ('"Was it you?" asked the fox. "The owl', "lost her hat"),
    ],
)
def test_whose_it_is_depends_on_who_speaks(before: str, said: str) -> None:
    assert in_speech("lost her hat", before) == said


def test_a_whole_clause_is_said_of_the_speaker() -> None:
    assert in_speech("forgot where he hid his nuts", '"I') == "forgot where I hid my nuts"
    assert in_speech("follow her", '"I will') == "follow me"
