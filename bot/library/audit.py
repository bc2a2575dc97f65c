"""The trail of refusals and of moderators' acts; texts that were refused are not kept."""

from __future__ import annotations

from bot.library.database import Connection, fetch_all
from bot.library.ids import now_ms
from bot.library.people import know_community, know_person
from bot.library.records import AuditRecord, columns

_COLUMNS = columns(AuditRecord)


async def note(
    connection: Connection,
    action: str,
    *,
    community: str,
    person: str | None = None,
    subject: str = "",
    detail: str = "",
) -> None:
    """Add a row: ``action`` such as "refused_wish", ``subject`` a story's, page's or report's id.

    ``person`` None: the program itself.
    """
    await know_community(connection, community)
    if person is not None:
        await know_person(connection, person)
    await connection.execute(
        "INSERT INTO audit (community_id, person_id, action, subject, detail, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (community, person, action, subject, detail, now_ms()),
    )


async def newest(connection: Connection, community: str, *, limit: int = 50) -> list[AuditRecord]:
    """Return a community's trail, the newest row first."""
    rows = await fetch_all(
        connection,
        f"SELECT {_COLUMNS} FROM audit WHERE community_id = ? ORDER BY serial DESC LIMIT ?",  # noqa: S608
        (community, limit),
    )
    return [AuditRecord(*row) for row in rows]
