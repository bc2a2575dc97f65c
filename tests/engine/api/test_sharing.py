"""When jobs begin that wait for an engine which shares its time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.sharing import starts

works = st.lists(st.floats(min_value=0.1, max_value=100), max_size=6)


def test_with_one_at_a_time_each_waits_for_all_before_it() -> None:
    assert starts([3.0], [2.0, 4.0, 1.0], at_once=1) == [3.0, 5.0, 9.0]


def test_with_room_for_more_one_begins_at_once() -> None:
    assert starts([3.0], [2.0, 4.0], at_once=3) == [0.0, 0.0]


def test_those_at_work_share_the_time_until_the_shortest_ends() -> None:
    # Two share: the one of 1 s takes 2 s; then the next begins beside the one with 3 s left.
    assert starts([4.0, 1.0], [2.0, 5.0], at_once=2) == [2.0, 6.0]


@given(works, works, st.integers(min_value=1, max_value=5))
def test_nobody_overtakes_and_no_time_is_lost(
    running: list[float], waiting: list[float], at_once: int
) -> None:
    found = starts(running, waiting, at_once=at_once)
    assert found == sorted(found)
    assert all(begin <= sum(running) + sum(waiting) + 1e-6 for begin in found)
    in_turn = starts(running, waiting, at_once=1)
    assert all(a <= b + 1e-6 for a, b in zip(found, in_turn, strict=True))
    if waiting and len(running) >= at_once == 1:
        assert found[0] == pytest.approx(sum(running))
