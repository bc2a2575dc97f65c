"""Who loves which story; ``stories.loves`` is counted along by triggers."""

from __future__ import annotations

from bot.library.database import Connection, fetch_all, fetch_one
from bot.library.ids import now_ms
from bot.library.people import know_person


async def love(connection: Connection, story_id: str, person_id: str) -> bool:
    """Note that a person loves a story; False where that was known."""
    await know_person(connection, person_id)
    row = await fetch_one(
        connection,
        "INSERT INTO loves (story_id, person_id, created_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING 1",
        (story_id, person_id, now_ms()),
    )
    return row is not None


async def unlove(connection: Connection, story_id: str, person_id: str) -> bool:
    """Take a love back; False where there was none."""
    row = await fetch_one(
        connection,
        "DELETE FROM loves WHERE story_id = ? AND person_id = ? RETURNING 1",
        (story_id, person_id),
    )
    return row is not None


async def is_loved_by(connection: Connection, story_id: str, person_id: str) -> bool:
    """Tell whether a person loves a story."""
    row = await fetch_one(
        connection,
        "SELECT 1 FROM loves WHERE story_id = ? AND person_id = ?",
        (story_id, person_id),
    )
    return row is not None


async def count(connection: Connection, story_id: str) -> int:
    """Return how many love a story; 0 for one that does not exist."""
    row = await fetch_one(connection, "SELECT loves FROM stories WHERE id = ?", (story_id,))
    return int(row[0]) if row else 0


async def of_person(connection: Connection, person_id: str) -> list[str]:
    """Return the ids of the stories that a person loves, the newest love first."""
    rows = await fetch_all(
        connection,
        "SELECT story_id FROM loves WHERE person_id = ? ORDER BY created_at DESC, story_id",
        (person_id,),
    )
    return [row[0] for row in rows]
