"""Small things that front-ends note for themselves, by key."""

from __future__ import annotations

from bot.library.database import Connection, fetch_one
from bot.library.ids import now_ms


async def get(connection: Connection, key: str) -> str:
    """Return what was noted under a key, "" for nothing."""
    row = await fetch_one(connection, "SELECT value FROM marks WHERE key = ?", (key,))
    return str(row[0]) if row else ""


async def put(connection: Connection, key: str, value: str) -> None:
    """Note a value in the place of what was there; "" forgets the key."""
    if not value:
        await connection.execute("DELETE FROM marks WHERE key = ?", (key,))
        return
    await connection.execute(
        "INSERT INTO marks (key, value, updated_at) VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        (key, value, now_ms()),
    )
