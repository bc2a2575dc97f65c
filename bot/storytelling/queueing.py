"""Places in the queue, and how long it takes until their turn comes."""

from __future__ import annotations

from dataclasses import dataclass

from bot.library import jobs, turns
from bot.library.database import Connection
from bot.library.records import JobRecord
from bot.storytelling.estimates import Times, measure
from engine.api.events import Queued
from engine.api.sharing import AT_ONCE, starts


@dataclass(frozen=True)
class QueuedJob:
    """A person's unfinished job; ``place`` is None for one at work."""

    job: JobRecord
    place: Queued | None


async def forecast(connection: Connection, *, at_once: int = AT_ONCE) -> dict[str, Queued]:
    """Return each waiting job's place (1 is next) and the seconds until it begins, by its id.

    An engine works on ``at_once`` jobs at a time, which share it evenly; what it was given beyond
    them waits there, in front of all that waits here.
    """
    times = await measure(connection)
    at_work = [times.seconds(turn) for turn in await turns.at_work(connection)]
    running, given = at_work[:at_once], at_work[at_once:]
    waiting = await turns.in_order(connection)
    begin = starts(running, [*given, *map(times.seconds, waiting)], at_once=at_once)
    places = zip(waiting, begin[len(given) :], strict=True)
    return {
        turn.id: Queued(position, seconds)
        for position, (turn, seconds) in enumerate(places, start=len(given) + 1)
    }


async def queue_of(connection: Connection, *persons: str) -> list[QueuedJob]:
    """Return some persons' unfinished jobs, those at work first, then in the order of turns."""
    places = await forecast(connection)
    found = [
        QueuedJob(job, places.get(job.id))
        for person in persons
        for job in await jobs.of_person(connection, person)
    ]
    return sorted(found, key=lambda queued: queued.place.position if queued.place else 0)


async def seconds_ahead(
    connection: Connection, ahead: list[str], *, at_once: int = AT_ONCE
) -> float:
    """Return how long it takes until a job begins behind those of these ids, all at work."""
    times: Times = await measure(connection)
    given = [times.seconds(t) for t in await turns.at_work(connection) if t.id in ahead]
    return starts(given[:at_once], [*given[at_once:], 0.0], at_once=at_once)[-1]
