"""Jobs begin in their turns, share the machine, and never more of one person than may."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.storytelling.timetable import Slot, Stint, timetable
from engine.api.sharing import starts

STINTS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 20)), max_size=8)


def stints(given_: list[tuple[str, int]], name: str) -> list[Stint]:
    return [Stint(f"{name}{n}", who, float(s)) for n, (who, s) in enumerate(given_)]


def test_three_wishes_of_one_person_follow_each_other() -> None:
    waiting = [Stint(name, "ann", 5.0) for name in ("one", "two", "three")]
    assert timetable([], waiting, at_once=4, per_person=1) == {
        "one": Slot(0, 5), "two": Slot(5, 10), "three": Slot(10, 15)
    }  # fmt: skip


def test_wishes_of_three_people_share_the_machine() -> None:
    waiting = [Stint(name, name, 5.0) for name in ("ann", "bob", "cat")]
    assert timetable([], waiting, at_once=4, per_person=1) == {
        "ann": Slot(0, 15), "bob": Slot(0, 15), "cat": Slot(0, 15)
    }  # fmt: skip


def test_somebody_else_goes_first_where_one_may_have_no_more_at_work() -> None:
    running = [Stint("first", "ann", 6.0)]
    waiting = [Stint("second", "ann", 2.0), Stint("bobs", "bob", 1.0)]
    found = timetable(running, waiting, at_once=2, per_person=1)
    assert found == {"bobs": Slot(0, 2), "first": Slot(0, 7), "second": Slot(7, 9)}


@given(STINTS, STINTS, st.integers(1, 4), st.integers(1, 3))
def test_each_job_begins_and_ends_and_the_machine_never_idles(
    at_work: list[tuple[str, int]],
    queue: list[tuple[str, int]],
    at_once: int,
    per_person: int,
) -> None:
    running, waiting = stints(at_work[:at_once], "r"), stints(queue, "w")
    found = timetable(running, waiting, at_once=at_once, per_person=per_person)
    assert set(found) == {stint.id for stint in (*running, *waiting)}
    total = sum(stint.seconds for stint in (*running, *waiting))
    assert max((slot.end for slot in found.values()), default=0) <= total + 1e-3
    for stint in waiting:
        slot = found[stint.id]
        assert slot.end >= slot.begin + stint.seconds - 1e-3
        others = [found[s.id] for s in waiting if s.person == stint.person and s.id != stint.id]
        beside = sum(other.begin <= slot.begin < other.end - 1e-3 for other in others)
        assert beside < per_person


@given(STINTS, STINTS, st.integers(1, 4))
def test_it_agrees_with_the_engine_where_all_are_different_people(
    at_work: list[tuple[str, int]], queue: list[tuple[str, int]], at_once: int
) -> None:
    running = [Stint(s.id, s.id, s.seconds) for s in stints(at_work[:at_once], "r")]
    waiting = [Stint(s.id, s.id, s.seconds) for s in stints(queue, "w")]
    found = timetable(running, waiting, at_once=at_once, per_person=1)
    begins = starts([s.seconds for s in running], [s.seconds for s in waiting], at_once=at_once)
    for stint, begin in zip(waiting, begins, strict=True):
        assert abs(found[stint.id].begin - begin) < 1e-3
