"""Plurals and singulars of words as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.image.words import plural, singular


@pytest.mark.parametrize(
    ("one", "many"), [("fly", "flies"), ("boy", "boys"), ("fox", "foxes"), ("y", "ys")]
)
def test_a_word_is_made_plural(one: str, many: str) -> None:
    assert plural(one) == many


@given(st.text(alphabet="aefiosyxzch ", max_size=4))
def test_any_scrap_of_a_word_has_a_plural_and_a_singular(scrap: str) -> None:
    assert plural(scrap)
    assert isinstance(singular(scrap), str)
