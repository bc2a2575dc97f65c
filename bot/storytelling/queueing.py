"""Places in the queue, and how long it takes until their turn comes."""

from __future__ import annotations

from dataclasses import dataclass

from bot.library import jobs, turns
from bot.library.database import Connection
from bot.library.records import JobRecord
from bot.storytelling.estimates import Times, measure
from engine.api.events import Queued


@dataclass(frozen=True)
class QueuedJob:
    """A person's unfinished job; ``place`` is None for one at work."""

    job: JobRecord
    place: Queued | None


async def forecast(connection: Connection) -> dict[str, Queued]:
    """Return each waiting job's place (1 is next) and the seconds until it begins, by its id.

    An engine works on one job at a time, so those that it was given but one wait as well.
    """
    times = await measure(connection)
    at_work = await turns.at_work(connection)
    position = max(0, len(at_work) - 1)
    seconds = sum(map(times.seconds, at_work))
    places = {}
    for turn in await turns.in_order(connection):
        position += 1
        places[turn.id] = Queued(position, seconds)
        seconds += times.seconds(turn)
    return places


async def queue_of(connection: Connection, person: str) -> list[QueuedJob]:
    """Return a person's unfinished jobs, those at work first, then in the order of their turns."""
    places = await forecast(connection)
    found = [QueuedJob(job, places.get(job.id)) for job in await jobs.of_person(connection, person)]
    return sorted(found, key=lambda queued: queued.place.position if queued.place else 0)


async def seconds_ahead(connection: Connection, ahead: list[str]) -> float:
    """Return how long jobs of these ids, all at work, still take."""
    times: Times = await measure(connection)
    return sum(times.seconds(t) for t in await turns.at_work(connection) if t.id in ahead)
