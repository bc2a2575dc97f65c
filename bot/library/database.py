"""One SQLite database: a single writer, readers beside it, and nothing half-written."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

from bot.errors import ConfigError
from bot.library.faults import explain, explained
from bot.library.migrations import migrate

# STRICT tables came with 3.37.
LOWEST_SQLITE = (3, 37, 0)
# A search in a large library touches some thousand pages of the file; SQLite's own 2 MB are few.
READER_CACHE_KIB = 16_000
Connection = aiosqlite.Connection
Row = sqlite3.Row
Parameters = Sequence[object] | Mapping[str, object]


class Database:
    """An open library file; make one with ``Database.open`` and close it at the end.

    WAL with ``synchronous = FULL``: what was committed outlives a killed process and a power cut.
    """

    def __init__(self, path: Path, writer: Connection, reader: Connection) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader
        self._writing = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, *, busy_timeout_s: float = 5.0) -> Database:
        """Bring the file up to date and open it; every fault is a ``PagewrightError``."""
        if sqlite3.sqlite_version_info < LOWEST_SQLITE:
            raise ConfigError(
                f"This Python has SQLite {sqlite3.sqlite_version}; Pagewright needs 3.37 or newer."
            )
        await asyncio.to_thread(migrate, path, busy_timeout_s=busy_timeout_s)
        writer = await _connect(path, busy_timeout_s)
        try:
            reader = await _connect(path, busy_timeout_s, read_only=True)
        except BaseException:
            await writer.close()
            raise
        return cls(path, writer, reader)

    async def close(self) -> None:
        """Close both connections; the log beside the file is folded in."""
        await self._reader.close()
        await self._writer.close()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """Give the writer inside one transaction: all of it is kept, or nothing."""
        async with self._writing:
            with explained(self.path):
                try:
                    await self._writer.execute("BEGIN IMMEDIATE")
                    yield self._writer
                    await self._writer.execute("COMMIT")
                except BaseException:
                    # Runs behind a statement that a cancelled task left on its way; where that
                    # one was the COMMIT, there is nothing left to take back.
                    await self._writer.rollback()
                    raise

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """Give a reading connection; it sees what was committed, also while somebody writes."""
        with explained(self.path):
            yield self._reader


async def _connect(path: Path, busy_timeout_s: float, *, read_only: bool = False) -> Connection:
    connection = aiosqlite.connect(path, timeout=busy_timeout_s, isolation_level=None)
    try:
        await connection
        connection.row_factory = sqlite3.Row
        await connection.execute("PRAGMA foreign_keys = ON")
        await connection.execute("PRAGMA synchronous = FULL")
        if read_only:
            await connection.execute("PRAGMA query_only = ON")
            await connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
    except sqlite3.Error as error:
        await connection.close()
        raise explain(error, path) from None
    return connection


async def fetch_all(connection: Connection, sql: str, parameters: Parameters = ()) -> list[Row]:
    """Return all rows of a query."""
    return list(await connection.execute_fetchall(sql, parameters))


async def fetch_one(connection: Connection, sql: str, parameters: Parameters = ()) -> Row | None:
    """Return the first row of a query, if there is one."""
    rows = await fetch_all(connection, sql, parameters)
    return rows[0] if rows else None
