"""When each job begins and ends, where several at work share one machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Two times (s) that differ by less are the same: jobs of one size end together.
_MOMENT_S = 1e-6


@dataclass(frozen=True)
class Stint:
    """A job: whose it is, and how long it would take from now on if it were alone (s)."""

    id: str
    person: str
    seconds: float


@dataclass(frozen=True)
class Slot:
    """When a job begins and ends, in seconds from now."""

    begin: float
    end: float


def timetable(
    running: Iterable[Stint], waiting: Sequence[Stint], *, at_once: int, per_person: int
) -> dict[str, Slot]:
    """Return each job's times by its id; ``waiting`` are in the order of their turns.

    Up to ``at_once`` jobs are at work and share the machine evenly. When one ends, the next begins
    whose person has fewer than ``per_person`` at work.
    """
    day = _Day(running, waiting, max(1, at_once), max(1, per_person))
    while day.goes_on():
        day.begin_jobs()
        day.end_jobs()
    return {job: Slot(day.begun[job], day.ended[job]) for job in day.ended}


class _Day:
    def __init__(
        self, running: Iterable[Stint], waiting: Sequence[Stint], at_once: int, per_person: int
    ) -> None:
        self.now = 0.0
        self.begun: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self._at_once, self._per_person = at_once, per_person
        self._waiting = list(waiting)
        self._left: dict[str, float] = {}
        self._whose: dict[str, str] = {}
        self._at_work: Counter[str] = Counter()
        for stint in running:
            self._begin(stint)

    def goes_on(self) -> bool:
        """Tell whether a job is at work or waits."""
        return bool(self._left or self._waiting)

    def begin_jobs(self) -> None:
        """Begin jobs for as long as there is room."""
        while self._waiting and len(self._left) < self._at_once:
            turn = self._next()
            if turn is None:
                return
            self._begin(self._waiting.pop(turn))

    def end_jobs(self) -> None:
        """Let time pass until the shortest job ends, and all that end with it."""
        shortest = min(self._left.values())
        self.now += shortest * len(self._left)
        left = {job: seconds - shortest for job, seconds in self._left.items()}
        for job in [job for job, seconds in left.items() if seconds < _MOMENT_S]:
            del left[job]
            self.ended[job] = self.now
            self._at_work[self._whose[job]] -= 1
        self._left = left

    def _next(self) -> int | None:
        for place, stint in enumerate(self._waiting):
            if self._at_work[stint.person] < self._per_person:
                return place
        return None

    def _begin(self, stint: Stint) -> None:
        self.begun[stint.id] = self.now
        self._left[stint.id] = max(0.0, stint.seconds)
        self._whose[stint.id] = stint.person
        self._at_work[stint.person] += 1
