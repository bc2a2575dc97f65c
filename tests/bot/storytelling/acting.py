"""People who act on stories, and what their tests have in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from bot.library.database import fetch_all
from bot.library.library import Library
from bot.storytelling.permissions import Actor
from bot.storytelling.tell import Storyteller
from bot.storytelling.updates import StoryOpened, Update
from bot.storytelling.wish import StoryWish
from engine.api.events import StoryDone

HOME = "discord:1"
ANN = Actor("discord:ann", HOME)
BEN = Actor("discord:ben", HOME)
MOD = Actor("discord:mod", HOME, moderator=True)
ANN_AWAY = replace(ANN, community="discord:dm:ann", direct=True)


async def listen(updates: AsyncIterator[Update]) -> list[Update]:
    return [update async for update in updates]


async def told(storyteller: Storyteller, *, pages: int = 3, mode: str = "solo") -> str:
    wish = StoryWish("a red fox", pages=pages, seed=7, mode=mode)  # type: ignore[arg-type]
    opened = (await listen(storyteller.tell(wish, ANN)))[0]
    assert isinstance(opened, StoryOpened)
    return opened.story_id


async def finish(storyteller: Storyteller, opened: StoryOpened, actor: Actor) -> list[Update]:
    updates = await listen(storyteller.resume(opened.story_id, actor=actor, job_id=opened.job_id))
    assert isinstance(updates[-1], StoryDone)
    return updates


async def count(library: Library, table: str) -> int:
    async with library.database.read() as connection:
        return len(await fetch_all(connection, f"SELECT 1 FROM {table}"))  # noqa: S608


async def audited(library: Library) -> list[tuple[str, str]]:
    async with library.database.read() as connection:
        rows = await fetch_all(connection, "SELECT action, person_id FROM audit ORDER BY serial")
    return [(row[0], row[1]) for row in rows]


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
