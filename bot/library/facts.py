"""Facts that a story keeps to; the writer is told them with every page."""

from __future__ import annotations

from dataclasses import asdict

from bot.errors import BadInputError
from bot.library.database import Connection, fetch_all, fetch_one
from bot.library.ids import new_id, now_ms
from bot.library.people import know_person
from bot.library.records import FactRecord, columns, placeholders

# They all go in front of the story so far, so they must leave room for it; the engine's own limit.
MAX_FACTS = 16
MAX_FACT_LENGTH = 200
_COLUMNS = columns(FactRecord)


async def add(connection: Connection, story_id: str, person_id: str, text: str) -> FactRecord:
    """Add a fact and return it, or the same one that is there already.

    Raises ``BadInputError`` for one that is empty or too long, and where a story has enough.
    """
    text = " ".join(text.split())
    if not 0 < len(text) <= MAX_FACT_LENGTH:
        raise BadInputError(
            f"A fact has 1 to {MAX_FACT_LENGTH} characters, this one has {len(text)}: shorten it."
            if text
            else "There is nothing to remember: say what the story shall keep to."
        )
    known = await of_story(connection, story_id)
    for fact in known:
        if fact.text == text:
            return fact
    if len(known) >= MAX_FACTS:
        raise BadInputError(
            f"A story keeps to {MAX_FACTS} facts at most: forget one before adding another."
        )
    await know_person(connection, person_id)
    fact = FactRecord(new_id(), story_id, person_id, text, now_ms())
    await connection.execute(
        f"INSERT INTO facts ({_COLUMNS}) VALUES ({placeholders(FactRecord)})",  # noqa: S608
        asdict(fact),
    )
    return fact


async def of_story(connection: Connection, story_id: str) -> list[FactRecord]:
    """Return a story's facts, the oldest first."""
    rows = await fetch_all(
        connection,
        f"SELECT {_COLUMNS} FROM facts WHERE story_id = ? ORDER BY serial",  # noqa: S608
        (story_id,),
    )
    return [FactRecord(*row) for row in rows]


async def forget(connection: Connection, story_id: str, fact_id: str) -> bool:
    """Remove a fact of a story; False where it has none with this id."""
    row = await fetch_one(
        connection,
        "DELETE FROM facts WHERE story_id = ? AND id = ? RETURNING 1",
        (story_id, fact_id),
    )
    return row is not None
