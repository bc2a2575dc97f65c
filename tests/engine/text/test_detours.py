"""Sentences that would not do are drawn by another way."""

from __future__ import annotations

from engine.text.detours import Detours


def test_the_first_place_where_there_was_a_choice_is_closed() -> None:
    detours = Detours()
    detours.close([5, 6, 7, 8], [-0.01, -1.2, -0.02, -3.0])
    assert detours.closed([5]) == {6}
    assert detours.closed([]) == detours.closed([5, 6, 7]) == set()


def test_a_second_sentence_closes_a_second_turning() -> None:
    detours = Detours()
    detours.close([5, 6, 7], [-0.01, -1.2, -0.02])
    detours.close([5, 9, 7], [-0.01, -2.0, -0.02])
    assert detours.closed([5]) == {6, 9}


def test_after_two_in_vain_the_third_begins_otherwise() -> None:
    detours = Detours()
    for token in (6, 9, 4):
        detours.close([5, token, 7], [-0.01, -1.2, -0.02])
    assert detours.closed([]) == {5}


def test_where_there_was_no_choice_the_least_certain_token_is_closed() -> None:
    detours = Detours()
    detours.close([5, 6, 7], [-0.01, -0.2, -0.02])
    assert detours.closed([5]) == {6}


def test_an_empty_sentence_closes_nothing() -> None:
    detours = Detours()
    detours.close([], [])
    assert detours.closed([]) == set()
