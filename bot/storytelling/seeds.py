"""Seeds of what is told or painted anew: never one that was used at the same place before."""

from __future__ import annotations

import hashlib

from bot.library import lookups
from bot.library.database import Connection
from bot.library.pages import count_children
from bot.library.records import PageRecord, StoryRecord


async def page_seed(connection: Connection, story: StoryRecord, base: PageRecord | None) -> int:
    """Return the seed for what goes on from ``base`` (None: for another first page).

    It is the story's own where nothing was told from there yet. Jobs count as well as pages, so
    that two wishes waiting at the same time do not tell the same page twice.
    """
    base_id = base.id if base else None
    before = await count_children(connection, story.id, base_id)
    before += await lookups.count_jobs_from(connection, story.id, base_id)
    if not before:
        return story.seed
    return _derive("sibling", story.seed, base.number if base else 0, before)


async def picture_seed(connection: Connection, page: PageRecord) -> int:
    """Return the seed for one more picture of a page."""
    return _derive("picture", page.seed, await lookups.count_redraws(connection, page.id), 0)


def _derive(name: str, *numbers: int) -> int:
    """Return 32 bits, as many as a wish's own seed has."""
    key = "\0".join((name, *map(str, numbers))).encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:4], "big")
