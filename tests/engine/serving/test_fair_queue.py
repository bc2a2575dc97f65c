from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from engine.serving.fair_queue import FairQueue


@dataclass(frozen=True)
class Ticket:
    community: str
    person: str
    number: int


tickets = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("ab"))).map(
    lambda pairs: [Ticket(c, p, n) for n, (c, p) in enumerate(pairs)]
)


def filled(jobs: list[Ticket]) -> FairQueue[Ticket]:
    queue: FairQueue[Ticket] = FairQueue()
    for job in jobs:
        queue.put(job)
    return queue


@given(tickets)
def test_every_job_comes_out_once_in_the_order_foretold(jobs: list[Ticket]) -> None:
    queue = filled(jobs)
    foretold = queue.in_order()
    taken = [queue.take() for _ in jobs]
    assert taken == foretold
    assert sorted(foretold, key=lambda t: t.number) == jobs
    assert queue.take() is None


@given(tickets)
def test_nobody_waits_for_two_turns_of_another_community(jobs: list[Ticket]) -> None:
    order = filled(jobs).in_order()
    for community in {job.community for job in jobs}:
        last = max(n for n, job in enumerate(order) if job.community == community)
        before = [job.community for job in order[: last + 1]]
        own = before.count(community)
        assert all(before.count(other) <= own + 1 for other in set(before))


@given(tickets, st.data())
def test_a_removed_job_leaves_the_others_in_place(jobs: list[Ticket], data: st.DataObject) -> None:
    if not jobs:
        return
    queue = filled(jobs)
    gone = data.draw(st.sampled_from(jobs))
    assert queue.remove(gone)
    assert not queue.remove(gone)
    assert sorted(queue.in_order(), key=lambda t: t.number) == [j for j in jobs if j != gone]
    assert len(queue) == len(jobs) - 1
