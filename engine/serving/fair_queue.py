"""A queue fair to communities: round robin over them, and over people within each."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from typing import Generic, Protocol, TypeVar


class Belongs(Protocol):
    """Whose a job is."""

    @property
    def community(self) -> str:
        """Where it was asked for."""

    @property
    def person(self) -> str:
        """Who asked."""


J = TypeVar("J", bound=Belongs)


class FairQueue(Generic[J]):
    """Waiting jobs; a community, or a person in it, that was served goes to the end of its turn.

    Those with the fewest jobs at work (taken, and not ``done`` yet) come before the others.
    """

    def __init__(self) -> None:
        self._turns: OrderedDict[str, OrderedDict[str, deque[J]]] = OrderedDict()
        self._at_work: Counter[tuple[str, ...]] = Counter()

    def __len__(self) -> int:
        return sum(len(jobs) for people in self._turns.values() for jobs in people.values())

    def put(self, job: J) -> None:
        """Add a job behind its person's others."""
        people = self._turns.setdefault(job.community, OrderedDict())
        people.setdefault(job.person, deque()).append(job)

    def take(self) -> J | None:
        """Take the job whose turn it is, or None; it is at work until ``done``."""
        if not self._turns:
            return None
        community = min(self._turns, key=lambda name: self._at_work[name,])
        people = self._turns.pop(community)
        person = min(people, key=lambda name: self._at_work[community, name])
        jobs = people.pop(person)
        job = jobs.popleft()
        if jobs:
            people[person] = jobs
        if people:
            self._turns[community] = people
        self._at_work.update(_counts(job))
        return job

    def done(self, job: J) -> None:
        """Say that a job which was taken is not at work any more."""
        self._at_work.subtract(_counts(job))
        for name in _counts(job):
            if self._at_work[name] <= 0:
                del self._at_work[name]

    def remove(self, job: J) -> bool:
        """Take a job out of turn; False where it does not wait here."""
        people = self._turns.get(job.community, OrderedDict())
        jobs: deque[J] = people.get(job.person, deque())
        if job not in jobs:
            return False
        jobs.remove(job)
        if not jobs:
            del people[job.person]
        if not people:
            del self._turns[job.community]
        return True

    def in_order(self) -> list[J]:
        """Return all jobs in the order they would be taken if none that is at work ended."""
        copy: FairQueue[J] = FairQueue()
        copy._at_work = self._at_work.copy()
        for community, people in self._turns.items():
            copy._turns[community] = OrderedDict((p, deque(jobs)) for p, jobs in people.items())
        order = []
        while (job := copy.take()) is not None:
            order.append(job)
        return order


def _counts(job: Belongs) -> tuple[tuple[str, ...], ...]:
    return (job.community,), (job.community, job.person)
