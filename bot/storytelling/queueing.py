"""Places in the queue, and how long it takes until their turn comes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.library import jobs, turns
from bot.library.database import Connection
from bot.library.ids import now_ms
from bot.library.records import JobRecord
from bot.settings import Settings
from bot.storytelling.estimates import Times, measure
from bot.storytelling.timetable import Stint, timetable
from engine.api.events import Queued
from engine.api.sharing import AT_ONCE, starts

# Of a page's time, what is reckoned to be left of one that is overdue.
_ALMOST = 0.2


@dataclass(frozen=True)
class QueuedJob:
    """A person's unfinished job; ``place`` is None for one at work.

    ``seconds_left`` is the time until it is done.
    """

    job: JobRecord
    place: Queued | None
    seconds_left: float


@dataclass(frozen=True)
class _Outlook:
    """All unfinished jobs: those that wait with their places, and when each is done (s)."""

    places: dict[str, Queued]
    ends: dict[str, float]


def at_once_of(settings: Settings) -> int:
    """Return how many jobs are worked on together, as far as is known outside of the engine."""
    return min(settings.limits.running, settings.engine.batch or AT_ONCE)


async def forecast(
    connection: Connection, *, at_once: int = AT_ONCE, per_person: int = 1
) -> dict[str, Queued]:
    """Return each waiting job's place (1 is next) and the seconds until it begins, by its id.

    An engine works on ``at_once`` jobs at a time, which share it evenly; what it was given beyond
    them waits there, in front of all that waits here. Nobody has more than ``per_person`` at work.
    """
    return (await _outlook(connection, at_once, per_person)).places


async def queue_of(
    connection: Connection, *persons: str, at_once: int = AT_ONCE, per_person: int = 1
) -> list[QueuedJob]:
    """Return some persons' unfinished jobs, those at work first, then in the order of turns."""
    outlook = await _outlook(connection, at_once, per_person)
    found = [
        QueuedJob(job, outlook.places.get(job.id), outlook.ends.get(job.id, 0.0))
        for person in persons
        for job in await jobs.of_person(connection, person)
    ]
    return sorted(found, key=lambda queued: queued.place.position if queued.place else 0)


async def _outlook(connection: Connection, at_once: int, per_person: int) -> _Outlook:
    times = await measure(connection)
    working = await turns.at_work(connection)
    sharing = max(1, min(at_once, len(working)))
    at_work = [
        Stint(turn.id, turn.person_id, _left(turn, times, sharing if place < at_once else 0))
        for place, turn in enumerate(working)
    ]
    waiting = await turns.in_order(connection)
    queue = [Stint(turn.id, turn.person_id, times.seconds(turn)) for turn in waiting]
    running, given = at_work[:at_once], at_work[at_once:]
    # What the engine was given has had its turn: whose it is does not hold it up there.
    given = [replace(stint, person=stint.id) for stint in given]
    slots = timetable(running, [*given, *queue], at_once=at_once, per_person=per_person)
    places = {
        turn.id: Queued(position, slots[turn.id].begin)
        for position, turn in enumerate(waiting, start=len(given) + 1)
    }
    return _Outlook(places, {job: slot.end for job, slot in slots.items()})


def _left(turn: turns.Turn, times: Times, sharing: int) -> float:
    """Return what a job at work has left (s) if it were alone, going by the clock.

    ``sharing`` jobs have shared the machine; 0 where this one waits in the engine's own queue.
    A page that takes longer than pages do is taken to be almost done.
    """
    seconds = times.seconds(turn)
    if not sharing or not turn.since or not turn.pages:
        return seconds
    page = seconds / turn.pages
    spent = max(0.0, now_ms() - turn.since) / 1000 / sharing
    return seconds - min(spent, (1 - _ALMOST) * page)


async def seconds_ahead(
    connection: Connection, ahead: list[str], *, at_once: int = AT_ONCE
) -> float:
    """Return how long it takes until a job begins behind those of these ids, all at work."""
    times: Times = await measure(connection)
    given = [times.seconds(t) for t in await turns.at_work(connection) if t.id in ahead]
    return starts(given[:at_once], [*given[at_once:], 0.0], at_once=at_once)[-1]
