"""Brings a database to this code's shape: numbered SQL files, forward only, each once."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from bot.errors import ConfigError
from bot.library.backup import copy_database
from bot.library.faults import explained, is_locked

# Beside the packages in a checkout and in an installation alike.
FOLDER = Path(__file__).resolve().parents[2] / "migrations"
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_HISTORY = """CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT"""


@dataclass(frozen=True)
class Migration:
    """One file; ``checksum`` is the SHA-256 of its text in hex."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Return what tells a changed file from the one that was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known_migrations(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """Return the migrations of this code in their order."""
    files = sorted(path for path in folder.glob("*.sql") if _NAME.fullmatch(path.name))
    found = tuple(Migration(int(p.name[:4]), p.name, p.read_text("utf-8")) for p in files)
    if not found or [m.number for m in found] != list(range(1, len(found) + 1)):
        raise ConfigError(f"The migrations in {folder} are incomplete: install Pagewright again.")
    return found


def migrate(
    path: Path, *, busy_timeout_s: float = 5.0, migrations: Sequence[Migration] | None = None
) -> tuple[str, ...]:
    """Apply what is missing, all or nothing, and return its names; a used database is backed up.

    Several processes may do so at once: one does the work, the others wait for it.
    Raises ``ConfigError`` for a newer database, a changed migration or another program's file.
    """
    known = tuple(known_migrations() if migrations is None else migrations)
    with explained(path), closing(_connect(path, busy_timeout_s)) as connection:
        if not _missing(connection, known, path):
            return ()
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been here while this one waited for its turn.
            missing = _missing(connection, known, path)
            if missing and len(missing) < len(known):
                _back_up(path, missing[0])
            for migration in missing:
                _apply(connection, migration)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return tuple(migration.name for migration in missing)


def _connect(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    _make_private_file(path)
    connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
    # SQLite does not wait where several connections bring a new file to its log at once.
    turn = Retrying(
        retry=retry_if_exception(is_locked),
        stop=stop_after_delay(busy_timeout_s),
        wait=wait_random(0.005, 0.05),
        reraise=True,
    )
    try:
        turn(connection.execute, "PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _make_private_file(path: Path) -> None:
    # The log beside the database takes over its mode: stories are nobody else's business.
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be made or written ({error.strerror}): correct the permissions,"
            " or set database.path to another file."
        ) from None


def _missing(
    connection: sqlite3.Connection, known: Sequence[Migration], path: Path
) -> Sequence[Migration]:
    applied = _applied(connection, path)
    _refuse_foreign_history(applied, known, path)
    return known[len(applied) :]


def _back_up(path: Path, first: Migration) -> None:
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    copy_database(path, path.with_name(f"{path.name}.before-{first.number:04}-{stamp}"))


def _applied(connection: sqlite3.Connection, path: Path) -> dict[int, tuple[str, str]]:
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if not names:
        return {}
    if "migrations" not in names:
        raise ConfigError(
            f"{path} is another program's database: set database.path to another file."
        )
    rows = connection.execute("SELECT number, name, checksum FROM migrations ORDER BY number")
    return {number: (name, checksum) for number, name, checksum in rows}


def _refuse_foreign_history(
    applied: dict[int, tuple[str, str]], known: Sequence[Migration], path: Path
) -> None:
    newest = max(applied, default=0)
    if newest > len(known):
        raise ConfigError(
            f"{path} was made by a newer Pagewright (its version is {newest}, this one knows"
            f" {len(known)}): install the newer one or set database.path to another file."
        )
    for migration in known[: len(applied)]:
        if applied.get(migration.number, ("", ""))[1] != migration.checksum:
            raise ConfigError(
                f"{migration.name} is not the file that {path} was made with:"
                " restore it; changes go into a new migration."
            )


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    connection.execute(_HISTORY)
    for statement in statements(migration.sql):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO migrations VALUES (?, ?, ?, ?)",
        (migration.number, migration.name, migration.checksum, time.time_ns() // 1_000_000),
    )


def statements(sql: str) -> Iterator[str]:
    """Split a script; ``executescript`` would commit behind our back."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
