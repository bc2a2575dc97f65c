"""The durable queue: what is to be made, by whom it is being made, and how it ended.

Whose turn it is stands in ``turns.py``. ``attempt`` counts how often a job was begun since its
last finished page; going on with what a dead process left is no new attempt.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Literal

from bot.library import budgets
from bot.library.database import Connection, fetch_all, fetch_one
from bot.library.ids import now_ms
from bot.library.records import JobRecord, columns, placeholders
from bot.library.stories import make_known

_COLUMNS = columns(JobRecord)
Ending = Literal["done", "failed", "cancelled"]

_BEGIN = """state = 'running', lease_owner = :owner, lease_until = :until, finished_at = NULL,
error = '', started_at = coalesce(started_at, :now), attempt = CASE state
WHEN 'running' THEN max(attempt, 1) WHEN 'queued' THEN attempt + 1 ELSE 1 END"""


async def insert(connection: Connection, job: JobRecord, *, now: int | None = None) -> None:
    """Add a job that may begin at once; its dedup key must be new."""
    for table, key in (("communities", job.community_id), ("people", job.person_id)):
        await make_known(connection, table, key)
    await connection.execute(
        f"INSERT INTO jobs ({_COLUMNS}, next_run_at, created_at)"  # noqa: S608
        f" VALUES ({placeholders(JobRecord)}, :now, :now)",
        {**asdict(job), "now": now_ms() if now is None else now},
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


async def of_person(connection: Connection, person: str) -> list[JobRecord]:
    """Return a person's unfinished jobs, those at work first, then the oldest."""
    return await _all(
        connection,
        "WHERE person_id = ? AND finished_at IS NULL ORDER BY state = 'queued', serial",
        (person,),
    )


async def states(connection: Connection, job_ids: Collection[str]) -> dict[str, JobRecord]:
    """Return jobs by id; ids of none are missing."""
    marks = ", ".join("?" * len(job_ids))
    found = await _all(connection, f"WHERE id IN ({marks})", tuple(job_ids))
    return {job.id: job for job in found}


async def claim(
    connection: Connection, job_id: str, *, owner: str, lease_ms: int, previous: str | None = None
) -> JobRecord | None:
    """Begin this job out of turn, or begin it again; None while another owner's lease runs.

    ``previous`` is an owner known to be dead, whose lease counts for nothing. A job that failed
    or was cancelled is taken up again, one that is done is not.
    """
    now = now_ms()
    row = await fetch_one(
        connection,
        f"UPDATE jobs SET {_BEGIN}"  # noqa: S608
        " WHERE id = :id AND state <> 'done' AND (lease_until IS NULL OR lease_until < :now"
        f" OR lease_owner IN (:owner, :previous)) RETURNING {_COLUMNS}",
        {"id": job_id, "owner": owner, "previous": previous, "now": now, "until": now + lease_ms},
    )
    return JobRecord(*row) if row else None


async def begin(
    connection: Connection, serial: int, *, owner: str, lease_ms: int, now: int
) -> JobRecord | None:
    """Begin the unfinished job of a row number that ``turns`` chose in the same transaction."""
    row = await fetch_one(
        connection,
        f"UPDATE jobs SET {_BEGIN}"  # noqa: S608
        f" WHERE serial = :serial AND finished_at IS NULL RETURNING {_COLUMNS}",
        {"serial": serial, "owner": owner, "now": now, "until": now + lease_ms},
    )
    return JobRecord(*row) if row else None


async def renew(
    connection: Connection, job_id: str, *, owner: str, lease_ms: int, progress: bool = False
) -> bool:
    """Keep a job for longer; False when it is no longer this owner's.

    ``progress``: a page was finished, so attempts are counted anew.
    """
    row = await fetch_one(
        connection,
        "UPDATE jobs SET lease_until = ?, attempt = CASE WHEN ? THEN 1 ELSE attempt END"
        " WHERE id = ? AND state = 'running' AND lease_owner = ? RETURNING 1",
        (now_ms() + lease_ms, progress, job_id, owner),
    )
    return row is not None


async def put_back(
    connection: Connection, job_id: str, *, owner: str, delay_ms: int = 0, counted: bool
) -> bool:
    """Let a job wait again, not before ``delay_ms``; False when it is no longer this owner's.

    ``counted``: the attempt failed; otherwise it counts as not made.
    """
    row = await fetch_one(
        connection,
        "UPDATE jobs SET state = 'queued', lease_owner = NULL, lease_until = NULL,"
        " next_run_at = :next, attempt = CASE WHEN :counted THEN attempt"
        " ELSE max(0, attempt - 1) END"
        " WHERE id = :id AND state = 'running' AND lease_owner = :owner RETURNING 1",
        {"next": now_ms() + delay_ms, "counted": counted, "id": job_id, "owner": owner},
    )
    return row is not None


async def ask_again(connection: Connection, job_id: str, *, charged_ms: int, day: str) -> bool:
    """Let a job that failed or was cancelled wait again, charged anew; False for any other."""
    row = await fetch_one(
        connection,
        "UPDATE jobs SET state = 'queued', attempt = 0, error = '', finished_at = NULL,"
        " started_at = NULL, next_run_at = ?, charged_ms = ?, charged_day = ?"
        " WHERE id = ? AND state IN ('failed', 'cancelled') RETURNING person_id",
        (now_ms(), charged_ms, day, job_id),
    )
    if row is None:
        return False
    await budgets.charge(connection, row["person_id"], day, charged_ms)
    return True


async def finish(
    connection: Connection,
    job_id: str,
    state: Ending,
    *,
    error: str = "",
    owner: str | None = None,
    actual_ms: int | None = None,
) -> bool:
    """End an unfinished job; False where it had ended before, or is another ``owner``'s.

    One that failed or was cancelled gives back what it was charged; one that is done is settled
    to ``actual_ms`` of the models' time where that is known. Both happen once, with the ending.
    """
    now = now_ms()
    row = await fetch_one(
        connection,
        "UPDATE jobs SET state = ?, error = ?, finished_at = ?, lease_owner = NULL,"
        " lease_until = NULL WHERE id = ? AND state IN ('queued', 'running')"
        " AND coalesce(lease_owner, ?, '') = coalesce(?, lease_owner, '')"
        " RETURNING person_id, charged_ms, charged_day",
        (state, error, now, job_id, owner, owner),
    )
    if row is None:
        return False
    charged, day = int(row["charged_ms"]), str(row["charged_day"]) or budgets.day_of(now)
    due = 0 if state != "done" else charged if actual_ms is None else max(0, actual_ms)
    await budgets.charge(connection, row["person_id"], day, due - charged)
    await connection.execute(
        "UPDATE jobs SET charged_ms = ?, charged_day = ? WHERE id = ?", (due, day, job_id)
    )
    return True


async def count_waiting(connection: Connection, community: str) -> int:
    """Return how many of a community's jobs wait."""
    row = await fetch_one(
        connection,
        "SELECT count(*) FROM jobs WHERE state = 'queued' AND community_id = ?",
        (community,),
    )
    return int(row[0]) if row else 0


async def last_asked_ms(connection: Connection, person: str) -> int | None:
    """Return when a person's last job was added, but for failed and cancelled ones."""
    row = await fetch_one(
        connection,
        "SELECT created_at FROM jobs WHERE person_id = ? AND state NOT IN ('failed', 'cancelled')"
        " ORDER BY created_at DESC LIMIT 1",
        (person,),
    )
    return int(row[0]) if row else None


async def _first(connection: Connection, condition: str, value: str) -> JobRecord | None:
    found = await _all(connection, condition, (value,))
    return found[0] if found else None


async def _all(
    connection: Connection, condition: str, values: tuple[object, ...]
) -> list[JobRecord]:
    rows = await fetch_all(connection, f"SELECT {_COLUMNS} FROM jobs {condition}", values)  # noqa: S608
    return [JobRecord(*row) for row in rows]


async def length_around(connection: Connection, job: JobRecord) -> int:
    """Return the last page of the telling that a job's pages lie within: its own, or a longer one.

    A page told once more from the middle of a story is not that story's last.
    """
    row = await fetch_one(
        connection,
        "SELECT max(last_page) FROM jobs WHERE story_id = ? AND kind IN ('tell', 'continue')"
        " AND first_page <= ? AND last_page >= ?",
        (job.story_id, job.first_page, job.last_page),
    )
    return max(job.last_page, int(row[0] or 0)) if row else job.last_page
