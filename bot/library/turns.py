"""Whose turn it is: round robin over communities, then over people, then the oldest job.

What comes first: a job that was begun already and put back; then, among communities, the one with
the fewest jobs at work, then the one served longest ago; among a community's people likewise.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from bot.library import jobs
from bot.library.database import Connection, fetch_all, fetch_one
from bot.library.ids import now_ms
from bot.library.records import JobRecord

# A job's `turn` is the round in which its community comes to it when every turn before was taken.
_TURNS = """
WITH at_work AS (
    SELECT community_id, person_id, count(*) AS jobs FROM jobs INDEXED BY jobs_at_work
    WHERE state = 'running' GROUP BY person_id, community_id
),
waiting AS (
    SELECT serial, id, community_id, person_id, next_run_at > :now AS later,
        started_at IS NULL AS fresh
    FROM jobs INDEXED BY jobs_waiting WHERE state = 'queued'
),
places AS (
    SELECT community_id,
        coalesce((SELECT sum(jobs) FROM at_work a WHERE a.community_id = w.community_id), 0)
            AS running,
        (SELECT max(started_at) FROM jobs s WHERE s.community_id = w.community_id) AS served
    FROM (SELECT DISTINCT community_id FROM waiting) w
),
persons AS (
    SELECT community_id, person_id,
        coalesce((SELECT sum(jobs) FROM at_work a WHERE a.person_id = w.person_id), 0) AS running,
        (SELECT max(started_at) FROM jobs s
            WHERE s.community_id = w.community_id AND s.person_id = w.person_id) AS served
    FROM (SELECT DISTINCT community_id, person_id FROM waiting) w
),
rounds AS (
    SELECT w.*, p.running AS running, p.served AS served, p.running + row_number() OVER (
        PARTITION BY w.community_id, w.person_id ORDER BY w.later, w.fresh, w.serial) AS round
    FROM waiting w JOIN persons p
    ON p.community_id = w.community_id AND p.person_id = w.person_id
),
turns AS (
    SELECT r.serial, r.id, r.community_id, r.later, r.fresh, r.running, c.served AS served,
        c.running + row_number() OVER (
        PARTITION BY r.community_id ORDER BY r.later, r.fresh, r.round, r.served, r.serial) AS turn
    FROM rounds r JOIN places c ON c.community_id = r.community_id
)
"""
_IN_ORDER = "ORDER BY later, fresh, turn, served, serial"
_NEXT = f"""{_TURNS}
SELECT serial FROM turns WHERE NOT later AND running < :most AND community_id GLOB :communities
AND id NOT IN (SELECT value FROM json_each(:but))
{_IN_ORDER} LIMIT 1
"""  # noqa: S608
_ALL = f"""{_TURNS}
SELECT j.id, j.kind, j.text_only, j.last_page - j.first_page + 1 AS pages, j.person_id
FROM turns t JOIN jobs j ON j.serial = t.serial
ORDER BY t.later, t.fresh, t.turn, t.served, t.serial
"""  # noqa: S608
_LOST = """
SELECT serial FROM jobs INDEXED BY jobs_at_work WHERE state = 'running'
AND (lease_until < :now OR lease_owner IN (SELECT value FROM json_each(:dead)))
AND community_id GLOB :communities AND id NOT IN (SELECT value FROM json_each(:but))
ORDER BY serial LIMIT 1
"""
_LEFT = """
SELECT j.id, j.kind, j.text_only, j.last_page - j.first_page + 1 - (
    SELECT count(*) FROM pages p JOIN pictures i ON i.page_id = p.id AND i.job_id = j.id
    WHERE p.job_id = j.id) AS pages, j.person_id, max(
    coalesce((SELECT max(i.created_at) FROM pictures i WHERE i.job_id = j.id), 0),
    coalesce(j.started_at, 0)) AS since
FROM jobs j INDEXED BY jobs_at_work WHERE j.state = 'running'
"""


@dataclass(frozen=True)
class Turn:
    """A job that waits or is at work, and how many pages it still has to make.

    ``since`` is when the page at work was begun, in milliseconds since 1970; 0 where none is.
    """

    id: str
    kind: str
    text_only: int
    pages: int
    person_id: str = ""
    since: int = 0


async def claim_next(
    connection: Connection,
    *,
    owner: str,
    lease_ms: int,
    dead: Collection[str] = (),
    running_per_person: int = 1,
    communities: str = "*",
    but: Collection[str] = (),
    now: int | None = None,
) -> JobRecord | None:
    """Begin the job whose turn it is, in a write transaction; None where there is nothing to do.

    Jobs whose lease ran out, or belongs to an owner in ``dead``, come first. People with
    ``running_per_person`` jobs at work wait. ``communities`` is a GLOB pattern of their ids;
    ``but`` are ids of jobs that this process has in its hands already.
    """
    now = now_ms() if now is None else now
    values = {"now": now, "communities": communities, "but": json.dumps(sorted(but))}
    lost = {**values, "dead": json.dumps(sorted(dead))}
    following = {**values, "most": running_per_person}
    found = await fetch_one(connection, _LOST, lost) or await fetch_one(
        connection, _NEXT, following
    )
    if found is None:
        return None
    return await jobs.begin(connection, found[0], owner=owner, lease_ms=lease_ms, now=now)


async def is_any(connection: Connection, *, dead: Collection[str], now: int) -> bool:
    """Tell whether there may be a job to claim: a cheap look before a write transaction."""
    row = await fetch_one(
        connection,
        "SELECT 1 FROM jobs WHERE finished_at IS NULL AND next_run_at <= :now AND (state = 'queued'"
        " OR lease_until < :now OR lease_owner IN (SELECT value FROM json_each(:dead))) LIMIT 1",
        {"now": now, "dead": json.dumps(sorted(dead))},
    )
    return row is not None


async def in_order(connection: Connection, *, now: int | None = None) -> list[Turn]:
    """Return the jobs that wait in the order in which they will be begun."""
    rows = await fetch_all(connection, _ALL, {"now": now_ms() if now is None else now})
    return [Turn(**dict(row)) for row in rows]


async def position(connection: Connection, job_id: str) -> int | None:
    """Return a waiting job's place in the order, 1 is next; None for one that does not wait."""
    ids = [turn.id for turn in await in_order(connection)]
    return ids.index(job_id) + 1 if job_id in ids else None


async def at_work(connection: Connection) -> list[Turn]:
    """Return the jobs that are being worked on."""
    return [Turn(**dict(row)) for row in await fetch_all(connection, _LEFT)]


async def owners(connection: Connection) -> set[str]:
    """Return the owners of all leases."""
    rows = await fetch_all(
        connection,
        "SELECT DISTINCT lease_owner FROM jobs INDEXED BY jobs_at_work WHERE state = 'running'",
    )
    return {row[0] for row in rows if row[0]}
