"""The library: one open database, and who is working with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.library.database import Database
from bot.library.owners import is_dead, own_name

__all__ = ["Library", "is_dead", "open_library"]


@dataclass(frozen=True)
class Library:
    """An open library; ``owner`` names this process in the leases of its jobs."""

    database: Database
    owner: str


@asynccontextmanager
async def open_library(path: Path, *, busy_timeout_s: float = 5.0) -> AsyncIterator[Library]:
    """Open the library for as long as the block runs; made or brought up to date if need be."""
    database = await Database.open(path, busy_timeout_s=busy_timeout_s)
    try:
        yield Library(database, owner=own_name())
    finally:
        await database.close()
