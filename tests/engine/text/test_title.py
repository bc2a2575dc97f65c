"""Titles made from wishes."""

from __future__ import annotations

import pytest

from engine.text.title import make_title


@pytest.mark.parametrize(
    ("idea", "title"),
    [
        ("A small dragon who is afraid of fire", "The Small Dragon Who Was Afraid of Fire"),
        ("tell me a story about a lonely robot", "The Lonely Robot"),
        ("Please write a short story about two mice.", "Two Mice"),
        ("two mice build a boat", "Two Mice Build a Boat"),
        ("Mia the owl loses her hat in the snow", "Mia the Owl Loses Her Hat in the Snow"),
        ("bear", "The Bear"),
        ("a bear", "The Bear"),
        ("\u0434\u0440\u0430\u043a\u043e\u043d", "\u0414\u0440\u0430\u043a\u043e\u043d"),
        ("", "A Story"),
        ("...", "A Story"),
        ("once upon a time there was a king who cannot laugh", "The King Who Could Not Laugh"),
    ],
)
def test_titles_read_like_books(idea: str, title: str) -> None:
    assert make_title(idea) == title


@pytest.mark.parametrize(
    "idea", ["x" * 500, "word " * 300, "a\nb\tc\x07d", "story", "a story about"]
)
def test_titles_are_short_single_lines(idea: str) -> None:
    title = make_title(idea)
    assert 0 < len(title) <= 70
    assert title.isprintable()
