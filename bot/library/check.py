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
    "a job that is done has all its pages": (
        "SELECT j.id FROM jobs j WHERE j.state = 'done' AND (SELECT count(*) FROM pages p"
        " WHERE p.job_id = j.id) <> j.last_page - j.first_page + 1"
    ),
    "a job that is done has painted its pages": (
        "SELECT p.id FROM pages p JOIN jobs j ON j.id = p.job_id WHERE j.state = 'done'"
        " AND j.text_only = 0 AND NOT EXISTS (SELECT 1 FROM pictures i WHERE i.page_id = p.id)"
    ),
    "every picture holds an image": "SELECT page_id FROM pictures WHERE length(image) = 0",
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
        return (*_integrity(connection), *_foreign_keys(connection), *_broken(connection))


def _integrity(connection: sqlite3.Connection) -> list[str]:
    faults = [row[0] for row in connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
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
