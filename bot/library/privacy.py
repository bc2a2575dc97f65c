"""What the library knows of one person, and how it forgets them.

What a person told alone goes. Pages that somebody else built on stay, and so do pages told into
other people's stories: they belong to those stories by now. Their person becomes ``GONE``, one
nameless row for all who left. ``RECORDS`` names every column that points to a person; a test holds
it to the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from bot.library.database import Connection, fetch_all, fetch_one
from bot.library.ids import now_ms

GONE = "gone"
Requester = Literal["user", "owner", "platform_gone"]
"""Who asks: the person, whoever runs the bot, or the platform, where the account is no more."""

# What is held, by column, and how to read it; blobs are left out and exported as files.
RECORDS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("people", "id"): "SELECT * FROM people WHERE id = :person",
        ("stories", "person_id"): (
            "SELECT id, community_id, title, idea, style, avoid, seed, profile, mode, listed,"
            " loves, created_at, updated_at, deleted_at FROM stories WHERE person_id = :person"
        ),
        ("jobs", "person_id"): (
            "SELECT id, story_id, community_id, kind, state, direction, seed, first_page,"
            " last_page, charged_ms, charged_day, dedup_key, error, created_at, started_at,"
            " finished_at FROM jobs WHERE person_id = :person"
        ),
        ("loves", "person_id"): "SELECT story_id, created_at FROM loves WHERE person_id = :person",
        ("reports", "person_id"): (
            "SELECT id, community_id, story_id, page_id, reason, created_at, handled_at, outcome"
            " FROM reports WHERE person_id = :person"
        ),
        ("reports", "handled_by"): (
            "SELECT id, community_id, story_id, page_id, handled_at, outcome"
            " FROM reports WHERE handled_by = :person"
        ),
        ("audit", "person_id"): (
            "SELECT community_id, action, subject, detail, created_at FROM audit"
            " WHERE person_id = :person"
        ),
        ("facts", "person_id"): (
            "SELECT id, story_id, text, created_at FROM facts WHERE person_id = :person"
        ),
        ("budgets", "person_id"): "SELECT day, used_ms FROM budgets WHERE person_id = :person",
        ("account_links", "person_id"): (
            "SELECT other_id, created_at FROM account_links WHERE person_id = :person"
        ),
        ("account_links", "other_id"): (
            "SELECT person_id, created_at FROM account_links WHERE other_id = :person"
        ),
        # What a code's hash is would be of no use to anybody.
        ("link_codes", "person_id"): (
            "SELECT created_at, expires_at FROM link_codes WHERE person_id = :person"
        ),
        ("link_guesses", "person_id"): (
            "SELECT wrong, since AS since_at FROM link_guesses WHERE person_id = :person"
        ),
    }
)
# A message has no person of its own: it shows what somebody's wish became.
_MESSAGES = """SELECT m.platform, m.channel_id, m.message_id, m.story_id, m.page_id, m.created_at
FROM messages m LEFT JOIN jobs j ON j.id = m.job_id JOIN stories s ON s.id = m.story_id
WHERE j.person_id = :person OR s.person_id = :person"""
_PAGES = """SELECT p.id, p.story_id, p.parent_id, p.number, p.chosen, p.origin, p.text, p.prompt,
    p.seed, p.created_at, j.person_id = :person AS own
FROM pages p JOIN jobs j ON j.id = p.job_id JOIN stories s ON s.id = p.story_id
WHERE j.person_id = :person OR s.person_id = :person ORDER BY p.story_id, p.number, p.serial"""
_PICTURES = """SELECT i.serial, i.page_id, p.story_id, p.number, i.alt, i.seed, i.steps, i.verdict,
    i.created_at
FROM pictures i JOIN pages p ON p.id = i.page_id JOIN stories s ON s.id = p.story_id
JOIN jobs j ON j.id = i.job_id
WHERE j.person_id = :person OR s.person_id = :person ORDER BY i.serial"""

# Pages of a story that stay for others: theirs, what unfinished work of theirs goes on from, and
# all that leads there.
_KEPT = """CREATE TEMP TABLE kept AS WITH RECURSIVE kept (id) AS (
    SELECT p.id FROM pages p JOIN jobs j ON j.id = p.job_id
    WHERE p.story_id = :story AND j.person_id <> :person
    UNION SELECT coalesce(target_page_id, base_page_id) FROM jobs
    WHERE story_id = :story AND person_id <> :person AND finished_at IS NULL
    UNION SELECT p.parent_id FROM pages p JOIN kept k ON p.id = k.id
) SELECT id FROM kept WHERE id IS NOT NULL"""
_DOOMED = "SELECT id FROM pages WHERE story_id = :story AND id NOT IN (SELECT id FROM kept)"
_PRUNE = (
    f"DELETE FROM pictures WHERE page_id IN ({_DOOMED})",  # noqa: S608
    f"DELETE FROM pages WHERE id IN ({_DOOMED})",  # noqa: S608
    # Work that was about pages which are no more, or that came to nothing.
    "DELETE FROM jobs WHERE story_id = :story AND (target_page_id NOT IN (SELECT id FROM pages)"
    " OR base_page_id NOT IN (SELECT id FROM pages))",
    "UPDATE jobs SET last_page = (SELECT max(number) FROM pages WHERE job_id = jobs.id)"
    " WHERE story_id = :story AND state = 'done' AND id IN (SELECT job_id FROM pages)",
    "UPDATE pages SET chosen = 1 WHERE serial IN (SELECT max(serial) FROM pages"
    " WHERE story_id = :story GROUP BY parent_id HAVING sum(chosen) = 0)",
    "UPDATE stories SET picture = NULL WHERE id = :story",
)
_FORGET = (
    "DELETE FROM jobs WHERE person_id = :person AND id NOT IN (SELECT job_id FROM pages)"
    " AND id NOT IN (SELECT job_id FROM pictures)",
    "DELETE FROM messages WHERE job_id IN (SELECT id FROM jobs WHERE person_id = :person)"
    " AND page_id IS NULL",
    "UPDATE messages SET job_id = NULL"
    " WHERE job_id IN (SELECT id FROM jobs WHERE person_id = :person)",
    # On some platforms a private chat goes by its person's number.
    "DELETE FROM messages WHERE platform || ':' || channel_id = :person",
    "DELETE FROM marks WHERE instr(key, ':') > 0 AND instr(:person, ':') > 0 AND key LIKE"
    " substr(:person, 1, instr(:person, ':')) || '%:' || substr(:person, instr(:person, ':') + 1)"
    " || ':%'",
    "DELETE FROM loves WHERE person_id = :person",
    "DELETE FROM facts WHERE person_id = :person",
    "DELETE FROM budgets WHERE person_id = :person",
    "DELETE FROM account_links WHERE person_id = :person OR other_id = :person",
    "DELETE FROM link_codes WHERE person_id = :person",
    "DELETE FROM link_guesses WHERE person_id = :person",
    "DELETE FROM reports WHERE person_id = :person AND handled_at IS NOT NULL",
    # Others may still need protection from what was reported.
    "UPDATE reports SET person_id = NULL, reason = '' WHERE person_id = :person",
    "UPDATE reports SET handled_by = NULL WHERE handled_by = :person",
    "UPDATE jobs SET person_id = :gone, dedup_key = NULL, direction = '', charged_ms = 0,"
    " charged_day = '' WHERE person_id = :person",
    "UPDATE stories SET person_id = :gone WHERE person_id = :person",
    "UPDATE audit SET subject = '' WHERE subject = :person",
)
# Conversations with this person alone, whose very id is often theirs.
_DIRECT = """SELECT id FROM communities c
WHERE (direct = 1 OR (id = :person AND instr(id, ':') > 0)) AND (id = :person
    OR EXISTS (SELECT 1 FROM stories WHERE community_id = c.id AND person_id = :person)
    OR EXISTS (SELECT 1 FROM jobs WHERE community_id = c.id AND person_id = :person)
    OR EXISTS (SELECT 1 FROM audit WHERE community_id = c.id AND person_id = :person))"""
_SETTINGS = f"SELECT community_id, key, value FROM settings WHERE community_id IN ({_DIRECT})"  # noqa: S608
_LEFT_IN = """SELECT 1 FROM stories WHERE community_id = :id UNION
SELECT 1 FROM jobs WHERE community_id = :id UNION SELECT 1 FROM reports WHERE community_id = :id"""


@dataclass(frozen=True)
class Holding:
    """All rows about a person as plain values, blobs left out; ``own`` marks pages they asked for.

    ``records`` holds the rows of ``RECORDS`` by "table.column".
    """

    records: dict[str, list[dict[str, Any]]]
    pages: list[dict[str, Any]]
    pictures: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    settings: list[dict[str, Any]]


@dataclass(frozen=True)
class Forgotten:
    """What went: ``stories`` removed, ``kept`` without the name, ``jobs`` that were stopped."""

    known: bool
    stories: int = 0
    kept: int = 0
    jobs: tuple[str, ...] = field(default=())


async def holding(connection: Connection, person: str) -> Holding:
    """Return everything that the library holds about a person."""

    async def rows(sql: str) -> list[dict[str, Any]]:
        return [dict(row) for row in await fetch_all(connection, sql, {"person": person})]

    records = {f"{table}.{column}": await rows(sql) for (table, column), sql in RECORDS.items()}
    others = [await rows(sql) for sql in (_PAGES, _PICTURES, _MESSAGES, _SETTINGS)]
    return Holding(records, *others)


async def picture_bytes(connection: Connection, serial: int) -> bytes:
    """Return a picture's PNG."""
    row = await fetch_one(connection, "SELECT image FROM pictures WHERE serial = ?", (serial,))
    return bytes(row[0]) if row else b""


async def start_picture(connection: Connection, story_id: str) -> bytes:
    """Return the picture that a story started from, b"" for none."""
    row = await fetch_one(connection, "SELECT picture FROM stories WHERE id = ?", (story_id,))
    return bytes(row[0]) if row and row[0] else b""


async def forget(connection: Connection, person: str, *, requester: Requester) -> Forgotten:
    """Forget a person in the caller's transaction; doing it again finds nobody and changes nothing.

    The audit trail keeps their rows without the name, for the moderators; where the platform says
    that the account is gone, it wants all of it gone, so those rows go too.
    """
    known = await fetch_one(connection, "SELECT 1 FROM people WHERE id = ?", (person,))
    if person == GONE or known is None:
        return Forgotten(known=False)
    # What is removed is overwritten in the file, too.
    await connection.execute("PRAGMA secure_delete = ON")
    # Rows that point to each other go in several statements; the commit checks them all.
    await connection.execute("PRAGMA defer_foreign_keys = ON")
    await connection.execute(
        "INSERT INTO people (id, created_at) VALUES (?, 0) ON CONFLICT DO NOTHING", (GONE,)
    )
    stopped = await _stop(connection, person)
    direct = [row[0] for row in await fetch_all(connection, _DIRECT, {"person": person})]
    removed, kept = await _forget_stories(connection, person)
    for sql in (*_FORGET, _audit_sql(requester)):
        await connection.execute(sql, {"person": person, "gone": GONE})
    for community in direct:
        await _forget_community(connection, community)
    await connection.execute("DELETE FROM people WHERE id = ?", (person,))
    return Forgotten(known=True, stories=removed, kept=kept, jobs=stopped)


async def scrub(connection: Connection) -> None:
    """Take words that no text holds any more out of the search indices' files."""
    tables = await fetch_all(
        connection, "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'"
    )
    for (table,) in tables:
        await connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608


async def _stop(connection: Connection, person: str) -> tuple[str, ...]:
    rows = await fetch_all(
        connection,
        "UPDATE jobs SET state = 'cancelled', finished_at = ?, lease_owner = NULL,"
        " lease_until = NULL WHERE person_id = ? AND finished_at IS NULL RETURNING id",
        (now_ms(), person),
    )
    return tuple(row[0] for row in rows)


async def _forget_stories(connection: Connection, person: str) -> tuple[int, int]:
    """Remove a person's stories; return how many went and how many stay for others."""
    removed = kept = 0
    sql = "SELECT id FROM stories WHERE person_id = ?"
    for (story,) in await fetch_all(connection, sql, (person,)):
        values = {"story": story, "person": person}
        if await fetch_one(
            connection,
            "SELECT 1 FROM jobs WHERE story_id = :story AND person_id <> :person"
            " AND (finished_at IS NULL OR id IN (SELECT job_id FROM pages))",
            values,
        ):
            await _prune(connection, values)
            kept += 1
        else:
            await connection.execute("DELETE FROM stories WHERE id = :story", values)
            removed += 1
    return removed, kept


async def _prune(connection: Connection, values: dict[str, str]) -> None:
    """Remove those pages of a story that nobody else built on."""
    await connection.execute(_KEPT, values)
    for sql in _PRUNE:
        await connection.execute(sql, values)
    await connection.execute("DROP TABLE kept")


def _audit_sql(requester: Requester) -> str:
    if requester == "platform_gone":
        return "DELETE FROM audit WHERE person_id = :person"
    return "UPDATE audit SET person_id = NULL WHERE person_id = :person"


async def _forget_community(connection: Connection, community: str) -> None:
    """Remove a conversation with somebody who is gone, unless stories of others are left in it."""
    if await fetch_one(connection, _LEFT_IN, {"id": community}):
        return
    for table, column in (
        ("audit", "community_id"), ("settings", "community_id"), ("communities", "id"),
    ):  # fmt: skip
        await connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (community,))  # noqa: S608
