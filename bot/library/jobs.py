"""The durable queue: what is to be made, by whom it is being made, and how it ended."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from bot.library.database import Connection, fetch_one
from bot.library.ids import now_ms
from bot.library.records import JobRecord, columns, placeholders
from bot.library.stories import make_known

_COLUMNS = columns(JobRecord)
Ending = Literal["done", "failed", "cancelled"]


async def insert(connection: Connection, job: JobRecord) -> None:
    """Add a job that may begin at once; its dedup key must be new."""
    for table, key in (("communities", job.community_id), ("people", job.person_id)):
        await make_known(connection, table, key)
    await connection.execute(
        f"INSERT INTO jobs ({_COLUMNS}, next_run_at, created_at)"  # noqa: S608
        f" VALUES ({placeholders(JobRecord)}, :now, :now)",
        {**asdict(job), "now": now_ms()},
    )


async def get(connection: Connection, job_id: str) -> JobRecord | None:
    """Return a job."""
    return await _first(connection, "WHERE id = ?", job_id)


async def by_dedup_key(connection: Connection, key: str) -> JobRecord | None:
    """Return the job that a repeated wish came with before."""
    return await _first(connection, "WHERE dedup_key = ?", key)


async def newest_of_story(connection: Connection, story_id: str) -> JobRecord | None:
    """Return a story's newest job."""
    return await _first(connection, "WHERE story_id = ? ORDER BY serial DESC LIMIT 1", story_id)


async def claim(
    connection: Connection, job_id: str, *, owner: str, lease_ms: int, previous: str | None = None
) -> JobRecord | None:
    """Begin a job, or begin it again; None while another owner's lease runs.

    ``previous`` is an owner known to be dead, whose lease counts for nothing. A job that failed
    or was cancelled is taken up again, one that is done is not.
    """
    now = now_ms()
    row = await fetch_one(
        connection,
        "UPDATE jobs SET state = 'running', attempt = attempt + 1, lease_owner = :owner,"  # noqa: S608
        " lease_until = :until, finished_at = NULL, error = ''"
        " WHERE id = :id AND state <> 'done' AND (lease_until IS NULL OR lease_until < :now"
        f" OR lease_owner IN (:owner, :previous)) RETURNING {_COLUMNS}",
        {"id": job_id, "owner": owner, "previous": previous, "now": now, "until": now + lease_ms},
    )
    return JobRecord(*row) if row else None


async def renew(connection: Connection, job_id: str, *, owner: str, lease_ms: int) -> bool:
    """Keep a job for longer; False when it is no longer this owner's."""
    row = await fetch_one(
        connection,
        "UPDATE jobs SET lease_until = ? WHERE id = ? AND state = 'running' AND lease_owner = ?"
        " RETURNING 1",
        (now_ms() + lease_ms, job_id, owner),
    )
    return row is not None


async def finish(connection: Connection, job_id: str, state: Ending, *, error: str = "") -> bool:
    """End an unfinished job; False where it had ended before."""
    row = await fetch_one(
        connection,
        "UPDATE jobs SET state = ?, error = ?, finished_at = ?, lease_owner = NULL,"
        " lease_until = NULL WHERE id = ? AND state IN ('queued', 'running') RETURNING 1",
        (state, error, now_ms(), job_id),
    )
    return row is not None


async def count_live(
    connection: Connection, *, person: str | None = None, community: str | None = None
) -> int:
    """Return how many jobs of a person or community are being worked on at this moment.

    Ones whose process died are not counted once their lease has run out.
    """
    row = await fetch_one(
        connection,
        "SELECT count(*) FROM jobs WHERE finished_at IS NULL AND lease_until >= ?"
        " AND person_id = coalesce(?, person_id) AND community_id = coalesce(?, community_id)",
        (now_ms(), person, community),
    )
    return int(row[0]) if row else 0


async def _first(connection: Connection, condition: str, value: str) -> JobRecord | None:
    row = await fetch_one(
        connection,
        f"SELECT {_COLUMNS} FROM jobs {condition}",  # noqa: S608
        (value,),
    )
    return JobRecord(*row) if row else None
