"""Reports to the moderators of a community: each made once, open until somebody handles it."""

from __future__ import annotations

from dataclasses import asdict

from bot.library.database import Connection, fetch_all, fetch_one
from bot.library.ids import now_ms
from bot.library.people import know_person
from bot.library.records import ReportRecord, columns, placeholders

_COLUMNS = columns(ReportRecord)


async def insert(connection: Connection, report: ReportRecord) -> ReportRecord:
    """Add a report; where that person's report of the page is still open, return that one."""
    if report.person_id is not None:
        await know_person(connection, report.person_id)
    row = await fetch_one(
        connection,
        f"INSERT INTO reports ({_COLUMNS}) VALUES ({placeholders(ReportRecord)})"  # noqa: S608
        f" ON CONFLICT DO NOTHING RETURNING {_COLUMNS}",
        asdict(report),
    )
    row = row or await fetch_one(
        connection,
        f"SELECT {_COLUMNS} FROM reports WHERE handled_at IS NULL AND person_id = :person_id"  # noqa: S608
        " AND story_id = :story_id AND page_id IS :page_id",
        asdict(report),
    )
    return ReportRecord(*row) if row else report


async def get(connection: Connection, report_id: str) -> ReportRecord | None:
    """Return a report."""
    row = await fetch_one(
        connection,
        f"SELECT {_COLUMNS} FROM reports WHERE id = ?",  # noqa: S608
        (report_id,),
    )
    return ReportRecord(*row) if row else None


async def open_of(connection: Connection, community: str, *, limit: int = 50) -> list[ReportRecord]:
    """Return a community's open reports, the oldest first."""
    rows = await fetch_all(
        connection,
        f"SELECT {_COLUMNS} FROM reports WHERE community_id = ? AND handled_at IS NULL"  # noqa: S608
        " ORDER BY serial LIMIT ?",
        (community, limit),
    )
    return [ReportRecord(*row) for row in rows]


async def handle(connection: Connection, report_id: str, *, by: str, outcome: str) -> bool:
    """Close an open report; False where it was closed before."""
    await know_person(connection, by)
    row = await fetch_one(
        connection,
        "UPDATE reports SET handled_at = ?, handled_by = ?, outcome = ?"
        " WHERE id = ? AND handled_at IS NULL RETURNING 1",
        (now_ms(), by, outcome, report_id),
    )
    return row is not None
