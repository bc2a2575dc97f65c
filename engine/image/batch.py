"""The pictures at work together: whose turn is next, and who may share a forward pass.

Pictures join and leave between steps (continuous batching). Turns go round robin over communities,
then over people; within a person's pictures those that have not begun come first, then the oldest,
so that a story's drafts are seen soon and its pages are done one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from engine.image.painter import group_key
from engine.image.painting import Painting

Owner = tuple[str, str]  # community and person


class Work(Protocol):
    """A picture that has begun: the paintings that make it (one, or several to choose from)."""

    @property
    def paintings(self) -> Sequence[Painting]:
        """Those that go on."""


@dataclass(eq=False)
class Seat:
    """A picture's place in the batch; ``work`` is None until it has begun.

    ``resting`` are its paintings that have yet to take this round's step, ``flying`` counts the
    passes and looks under way. One that is ``leaving`` ends its round first; ``gone`` is a seat
    that was given up.
    """

    owner: Owner
    number: int
    work: Work | None = None
    resting: list[Painting] = field(default_factory=list)
    flying: int = 0
    leaving: bool = False
    gone: bool = False

    @property
    def at_rest(self) -> bool:
        """Whether nothing is or will be done to its paintings."""
        return not self.flying and (self.gone or (self.leaving and not self.resting))

    def choices(self) -> Sequence[Painting | None]:
        """Return the paintings that may step now; None stands for beginning."""
        if self.work is not None:
            return self.resting
        return () if self.flying or self.leaving else (None,)

    def next_round(self) -> None:
        """Let all paintings that are not finished take another step."""
        paintings = () if self.work is None or self.leaving else self.work.paintings
        self.resting = [p for p in paintings if not p.finished]


@dataclass(frozen=True, eq=False)
class Pass:
    """What a thread is to do: begin one seat's picture, or a step of ``paintings`` together."""

    seats: tuple[Seat, ...]
    paintings: tuple[Painting, ...] = ()
    size: float = 0.0


class Batch:
    """Seats and turns; of one thread, or guarded by whoever shares it.

    A pass has up to ``chunk()`` pictures. ``cost`` tells how many bytes a painting's step takes;
    those under way together stay below ``budget``, but for one that is larger by itself.
    """

    def __init__(
        self,
        *,
        chunk: Callable[[], int] = lambda: 1,
        cost: Callable[[Painting], float] = lambda _: 0.0,
        budget: float = math.inf,
    ) -> None:
        self._chunk = chunk
        self._cost = cost
        self._budget = budget
        self._numbers = count()
        self._turns = count(1)
        self._served: dict[Owner | str, int] = {}
        self._used = 0.0
        self._flying = 0
        self.seats: list[Seat] = []

    def add(self, owner: Owner) -> Seat:
        """Let a picture join."""
        seat = Seat(owner, next(self._numbers))
        self.seats.append(seat)
        return seat

    def remove(self, seat: Seat) -> None:
        """Let a picture leave; a pass of it that is under way comes to nothing."""
        seat.gone = True
        seat.resting.clear()
        if seat in self.seats:
            self.seats.remove(seat)
        self._forget(seat.owner)

    def take(self) -> Pass | None:
        """Take what is to be done next; None where nothing can be."""
        waiting = [(seat, painting) for seat in self.seats for painting in seat.choices()]
        waiting.sort(key=lambda pair: self._order(pair[0]))
        if not waiting:
            return None
        seat, painting = waiting[0]
        if painting is None:
            return self._begun(Pass((seat,)))
        return self._steps(waiting)

    def land(self, taken: Pass) -> list[Seat]:
        """Give a pass back; returns the seats whose round is over, to be looked after.

        These count as under way until ``settle``.
        """
        self._used -= taken.size
        self._flying -= 1
        over = []
        for seat in taken.seats:
            seat.flying -= 1
            if seat.work is not None and not (seat.gone or seat.flying or seat.resting):
                seat.flying += 1
                over.append(seat)
        return over

    def settle(self, seat: Seat) -> None:
        """Let a seat that was looked after take its next round."""
        seat.flying -= 1
        if not seat.gone:
            seat.next_round()

    def _order(self, seat: Seat) -> tuple[int, int, bool, int]:
        served = self._served
        community = served.get(seat.owner[0], 0)
        return community, served.get(seat.owner, 0), seat.work is not None, seat.number

    def _steps(self, waiting: Sequence[tuple[Seat, Painting | None]]) -> Pass | None:
        """Take the first painting in turn, and others that may share its pass."""
        chosen: list[tuple[Seat, Painting]] = []
        size = 0.0
        for seat, painting in waiting:
            if painting is None or len(chosen) >= max(1, self._chunk()):
                continue
            if chosen and group_key(painting) != group_key(chosen[0][1]):
                continue
            cost = self._cost(painting)
            fits = self._used + size + cost <= self._budget
            if not fits and (chosen or self._flying):
                if not chosen:
                    return None  # nobody overtakes one that waits for room
                continue
            chosen.append((seat, painting))
            size += cost
        for seat, painting in chosen:
            seat.resting.remove(painting)
        return self._begun(Pass(tuple(s for s, _ in chosen), tuple(p for _, p in chosen), size))

    def _begun(self, taken: Pass) -> Pass:
        self._used += taken.size
        self._flying += 1
        for seat in taken.seats:
            seat.flying += 1
            turn = next(self._turns)
            self._served[seat.owner[0]] = self._served[seat.owner] = turn
        return taken

    def _forget(self, owner: Owner) -> None:
        """Keep no record of those who have nothing here any more."""
        if all(seat.owner != owner for seat in self.seats):
            self._served.pop(owner, None)
        if all(seat.owner[0] != owner[0] for seat in self.seats):
            self._served.pop(owner[0], None)
