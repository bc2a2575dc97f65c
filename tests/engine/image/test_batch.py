"""Turns in the batch: fair, by groups, within memory; no models here."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.image.batch import Batch, Pass, Seat


@dataclass(eq=False)
class Sketch:
    """Stands in for a painting: so many steps, and what it has in common with others."""

    steps: int = 3
    group: str = "usual"
    size: float = 1.0
    step: int = 0

    @property
    def finished(self) -> bool:
        return self.step >= self.steps


@dataclass
class Sketches:
    """Stands in for a work of one or several paintings."""

    paintings: list[Any] = field(default_factory=lambda: [Sketch()])


def fly(batch: Batch, taken: Pass, work: Sketches | None = None) -> None:
    """Do a pass and look after the seats whose round is over."""
    if not taken.paintings:
        taken.seats[0].work = work or Sketches()
    for sketch in taken.paintings:
        sketch.step += 1
    for seat in batch.land(taken):
        if all(p.finished for p in seat.work.paintings):  # type: ignore[union-attr]
            batch.remove(seat)
        batch.settle(seat)


def begun(batch: Batch, owner: tuple[str, str], *sketches: Sketch) -> Seat:
    """Return a seat whose picture has begun."""
    seat = batch.add(owner)
    seat.work = Sketches(list(sketches or [Sketch()]))
    seat.next_round()
    return seat


def served(batch: Batch, turns: int) -> list[tuple[str, str]]:
    """Return whose pictures get so many turns, one after the other."""
    owners = []
    for _ in range(turns):
        taken = batch.take()
        assert taken is not None
        owners.append(taken.seats[0].owner)
        fly(batch, taken)
    return owners


def test_a_persons_drafts_come_first_then_the_oldest_picture_is_finished() -> None:
    batch = Batch()
    seats = [batch.add(("x", "ann")) for _ in range(3)]
    order = []
    while (taken := batch.take()) is not None:
        order.append((seats.index(taken.seats[0]), bool(taken.paintings)))
        fly(batch, taken)
    assert order == [*((n, False) for n in range(3)), *((n, True) for n in range(3) for _ in "123")]


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("ab")), min_size=1, max_size=12))
def test_turns_are_even_between_communities_and_between_their_people(
    owners: list[tuple[str, str]],
) -> None:
    batch = Batch()
    for owner in owners:
        begun(batch, owner, Sketch(steps=1000))
    turns = Counter(served(batch, 60))
    places = Counter(owner[0] for owner in turns.elements())
    assert max(places.values()) - min(places.values()) <= 1
    for place in places:
        own = [count for owner, count in turns.items() if owner[0] == place]
        assert max(own) - min(own) <= 1
    assert set(turns) == set(owners)


def test_only_pictures_of_one_group_share_a_pass_and_never_more_than_fit() -> None:
    batch = Batch(chunk=lambda: 3)
    for number in range(8):
        begun(batch, (f"c{number}", "p"), Sketch(group="large" if number % 2 else "usual"))
    first, second = batch.take(), batch.take()
    assert first is not None
    assert second is not None
    for taken in (first, second):
        assert len(taken.paintings) == 3
        assert len({p.group for p in taken.paintings}) == 1
    assert not set(first.seats) & set(second.seats)


@given(
    st.lists(st.floats(min_value=0.1, max_value=3), min_size=1, max_size=10),
    st.integers(min_value=1, max_value=4),
)
def test_what_is_under_way_stays_within_memory_unless_it_is_alone(
    sizes: list[float], chunk: int
) -> None:
    batch = Batch(chunk=lambda: chunk, cost=lambda p: p.size, budget=4.0)  # type: ignore[attr-defined]
    for number, size in enumerate(sizes):
        begun(batch, (f"c{number}", "p"), Sketch(size=size, steps=2))
    flying: list[Pass] = []
    steps = 0
    while True:
        taken = batch.take()
        if taken is not None:
            flying.append(taken)
        under_way = [p.size for t in flying for p in t.paintings]  # type: ignore[attr-defined]
        assert sum(under_way) <= 4.0 + 1e-9
        if taken is None and not flying:
            break
        if taken is None or len(flying) == 3:
            landed = flying.pop(0)
            steps += len(landed.paintings)
            fly(batch, landed)
    assert steps == 2 * len(sizes)


def test_a_picture_too_large_for_the_budget_is_painted_alone() -> None:
    batch = Batch(cost=lambda _: math.inf, budget=1.0)
    begun(batch, ("x", "ann"))
    begun(batch, ("y", "bob"))
    first = batch.take()
    assert first is not None
    assert batch.take() is None
    fly(batch, first)
    assert batch.take() is not None


def test_a_rounds_paintings_all_step_before_the_next_round() -> None:
    batch = Batch()
    seat = begun(batch, ("x", "ann"), Sketch(), Sketch())
    first, second = batch.take(), batch.take()
    assert first is not None
    assert second is not None
    assert batch.take() is None
    assert batch.land(first) == []
    assert batch.land(second) == [seat]


def test_a_seat_given_up_or_leaving_takes_no_further_step() -> None:
    batch = Batch()
    gone, leaving = begun(batch, ("x", "a"), Sketch(), Sketch()), begun(batch, ("x", "b"))
    taken = batch.take()
    assert taken is not None
    assert taken.seats == (gone,)
    batch.remove(gone)
    assert not gone.at_rest
    fly(batch, taken)
    assert gone.at_rest
    last = batch.take()
    assert last is not None
    leaving.leaving = True
    assert not leaving.at_rest
    fly(batch, last)
    assert leaving.at_rest
    assert batch.take() is None


@given(st.data())
def test_pictures_that_join_and_leave_at_any_time_take_exactly_their_steps(
    data: st.DataObject,
) -> None:
    batch = Batch(chunk=lambda: 2)
    flying: list[Pass] = []
    made: list[tuple[Seat, Sketch]] = []
    for _ in range(40):
        move = data.draw(st.sampled_from(["join", "leave", "take", "land"]))
        if move == "join":
            sketch = Sketch(steps=data.draw(st.integers(1, 3)))
            made.append((begun(batch, (data.draw(st.sampled_from("xy")), "p"), sketch), sketch))
        elif move == "leave" and batch.seats:
            batch.remove(data.draw(st.sampled_from(batch.seats)))
        elif move == "take" and (taken := batch.take()):
            flying.append(taken)
        elif move == "land" and flying:
            fly(batch, flying.pop(data.draw(st.integers(0, len(flying) - 1))))
    while flying or (taken := batch.take()):
        if not flying:
            flying.append(taken)  # type: ignore[arg-type]
        fly(batch, flying.pop())
    assert not batch.seats
    assert all(s.step == s.steps or seat.gone for seat, s in made)
    assert all(seat.at_rest for seat, _ in made)
