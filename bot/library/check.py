"""Checks a database: SQLite's own checks, then what Pagewright promises about its rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import ConfigError
from bot.library.faults import explained
from bot.library.migrations import migrate

# Each query returns the ids of rows that break the promise.
INVARIANTS = {
    "a page's number is one above its parent's": (
        "SELECT p.id FROM pages p JOIN pages q ON q.id = p.parent_id WHERE p.number <> q.number + 1"
    ),
    "of siblings exactly one is chosen": (
        "SELECT coalesce(parent_id, story_id) FROM pages GROUP BY story_id, parent_id"
        " HAVING sum(chosen) <> 1"
    ),
    "a job's pages lie in its story, within its numbers": (
        "SELECT p.id FROM pages p JOIN jobs j ON j.id = p.job_id WHERE p.story_id <> j.story_id"
        " OR p.number NOT BETWEEN j.first_page AND j.last_page"
    ),
    "a job goes on from the page before its first": (
        "SELECT j.id FROM jobs j LEFT JOIN pages p ON p.id = j.base_page_id"
        " WHERE j.first_page <> coalesce(p.number, 0) + 1 OR p.story_id <> j.story_id"
    ),
    "a job is at home where its story is": (
        "SELECT j.id FROM jobs j JOIN stories s ON s.id = j.story_id"
        " WHERE j.community_id <> s.community_id"
    ),
    "a job that is done has all its pages": (
        "SELECT j.id FROM jobs j WHERE j.state = 'done' AND j.kind <> 'redraw'"
        " AND (SELECT count(*) FROM pages p WHERE p.job_id = j.id)"
        " <> j.last_page - j.first_page + 1"
    ),
    "a job that is done has painted its pages": (
        "SELECT p.id FROM pages p JOIN jobs j ON j.id = p.job_id WHERE j.state = 'done'"
        " AND j.text_only = 0 AND NOT EXISTS (SELECT 1 FROM pictures i WHERE i.page_id = p.id)"
    ),
    "a retry, an edit and a redraw are about one page": (
        "SELECT id FROM jobs WHERE kind IN ('retry', 'edit', 'redraw') AND first_page <> last_page"
    ),
    "a redraw paints a page of its story and makes none": (
        "SELECT j.id FROM jobs j LEFT JOIN pages t ON t.id = j.target_page_id"
        " WHERE j.kind = 'redraw' AND (t.story_id IS NOT j.story_id OR t.number <> j.first_page"
        " OR t.parent_id IS NOT j.base_page_id"
        " OR EXISTS (SELECT 1 FROM pages p WHERE p.job_id = j.id))"
    ),
    "a redraw that is done has painted its page": (
        "SELECT j.id FROM jobs j WHERE j.kind = 'redraw' AND j.state = 'done' AND NOT EXISTS"
        " (SELECT 1 FROM pictures i WHERE i.job_id = j.id AND i.page_id = j.target_page_id)"
    ),
    "an edit makes an edited page, and nothing else does": (
        "SELECT p.id FROM pages p JOIN jobs j ON j.id = p.job_id"
        " WHERE (p.origin = 'edited') <> (j.kind = 'edit')"
    ),
    "a picture was painted by a job of its page's story": (
        "SELECT i.page_id FROM pictures i JOIN pages p ON p.id = i.page_id"
        " JOIN jobs j ON j.id = i.job_id WHERE p.story_id <> j.story_id"
    ),
    "every picture holds an image": "SELECT page_id FROM pictures WHERE length(image) = 0",
    "a story's loves are counted": (
        "SELECT s.id FROM stories s"
        " WHERE s.loves <> (SELECT count(*) FROM loves l WHERE l.story_id = s.id)"
    ),
    "what a job was charged is named with its day": (
        "SELECT id FROM jobs WHERE charged_ms > 0 AND charged_day = ''"
    ),
    "a person's budget holds what their jobs were charged": (
        "SELECT j.person_id FROM (SELECT person_id, charged_day, sum(charged_ms) AS charged"
        " FROM jobs WHERE charged_ms > 0 GROUP BY person_id, charged_day) j LEFT JOIN budgets b"
        " ON b.person_id = j.person_id AND b.day = j.charged_day"
        " WHERE j.charged > coalesce(b.used_ms, 0)"
    ),
    "a message shows what belongs to its story": (
        "SELECT m.message_id FROM messages m LEFT JOIN pages p ON p.id = m.page_id"
        " LEFT JOIN jobs j ON j.id = m.job_id"
        " WHERE p.story_id <> m.story_id OR j.story_id <> m.story_id"
    ),
    "a link of accounts is known from both sides": (
        "SELECT a.person_id FROM account_links a LEFT JOIN account_links b"
        " ON b.person_id = a.other_id WHERE b.other_id IS NOT a.person_id"
    ),
    "a report is about a page of its story, where that is told": (
        "SELECT r.id FROM reports r JOIN stories s ON s.id = r.story_id"
        " LEFT JOIN pages p ON p.id = r.page_id"
        " WHERE p.story_id <> r.story_id OR r.community_id <> s.community_id"
    ),
}


def check_database(path: Path, *, busy_timeout_s: float = 5.0) -> tuple[str, ...]:
    """Return one line for each fault of a database, none for a sound one.

    Raises ``PagewrightError`` where it cannot be opened at all, or is newer than this code.
    """
    if not path.is_file():
        raise ConfigError(f"There is no database {path} yet: the first story makes it.")
    migrate(path, busy_timeout_s=busy_timeout_s)
    connect = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
    with explained(path), closing(connect) as connection:
        if damage := _damage(connection):
            return tuple(damage)  # what stands in a damaged file means nothing
        return (*_indices(connection), *_foreign_keys(connection), *_broken(connection))


def _damage(connection: sqlite3.Connection) -> list[str]:
    lines = (row[0] for row in connection.execute("PRAGMA integrity_check(20)"))
    return [" ".join(line.split()) for line in lines if line != "ok"]


def _indices(connection: sqlite3.Connection) -> list[str]:
    faults = []
    for table in ("story_words", "page_words"):
        try:
            connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")  # noqa: S608
        except sqlite3.DatabaseError:
            faults.append(f"the search index {table} does not match its table")
    return faults


def _foreign_keys(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("PRAGMA foreign_key_check").fetchall()
    return [f"row {row[1]} of {row[0]} points to a missing row of {row[2]}" for row in rows[:20]]


def _broken(connection: sqlite3.Connection) -> list[str]:
    faults = []
    for promise, query in INVARIANTS.items():
        ids = [row[0] for row in connection.execute(f"{query} LIMIT 5")]
        if ids:
            faults.append(f"not kept: {promise} ({', '.join(ids)})")
    return faults
