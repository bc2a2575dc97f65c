"""The library: one open database, and who is working with it."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.library.database import Database


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
        yield Library(database, owner=f"{socket.gethostname()}/{os.getpid()}")
    finally:
        await database.close()


def is_dead(owner: str | None) -> bool:
    """Tell whether a lease's owner was a process of this host that runs no more."""
    host, _, process = (owner or "").rpartition("/")
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False
