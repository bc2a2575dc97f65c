"""A queue fair to communities: round robin over them, and over people within each."""

from __future__ import annotations

from collections import OrderedDict, deque
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
    """Waiting jobs; a community, or a person in it, that was served goes to the end of its turn."""

    def __init__(self) -> None:
        self._turns: OrderedDict[str, OrderedDict[str, deque[J]]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(jobs) for people in self._turns.values() for jobs in people.values())

    def put(self, job: J) -> None:
        """Add a job behind its person's others."""
        people = self._turns.setdefault(job.community, OrderedDict())
        people.setdefault(job.person, deque()).append(job)

    def take(self) -> J | None:
        """Take the job whose turn it is, or None."""
        if not self._turns:
            return None
        community, people = self._turns.popitem(last=False)
        person, jobs = people.popitem(last=False)
        job = jobs.popleft()
        if jobs:
            people[person] = jobs
        if people:
            self._turns[community] = people
        return job

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
        """Return all jobs in the order they would be taken."""
        copy: FairQueue[J] = FairQueue()
        for community, people in self._turns.items():
            copy._turns[community] = OrderedDict((p, deque(jobs)) for p, jobs in people.items())
        order = []
        while (job := copy.take()) is not None:
            order.append(job)
        return order
