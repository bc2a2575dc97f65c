"""One bot process in a test: its use cases, queue and desk before a wall."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.chat.desk import Desk
from bot.library.library import Library
from bot.settings import Settings
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.permissions import Actor
from bot.storytelling.tell import Storyteller
from bot.storytelling.updates import StoryOpened
from bot.storytelling.wish import StoryWish
from tests.bot.chat.wall import Wall
from tests.bot.storytelling.queued import until
from tests.bot.storytelling.scripted_engine import ScriptedEngine

ANN = Actor("discord:1", "discord:10")
HALL = "100"


@dataclass
class Bot:
    """One bot process: its use cases, queue and desk."""

    teller: Storyteller
    dispatcher: Dispatcher
    desk: Desk

    async def wish(self, *, pages: int = 2, key: str = "") -> StoryOpened:
        wish = StoryWish("a fox", pages=pages, seed=7, dedup_key=key)
        return await self.teller.submit_story(wish, ANN)

    async def tell(self, *, pages: int = 2) -> StoryOpened:
        opened = await self.wish(pages=pages)
        await self.desk.begin(opened, HALL, language="en")
        return opened


@asynccontextmanager
async def running(library: Library, engine: ScriptedEngine, wall: Wall) -> AsyncIterator[Bot]:
    async def ensure_engine() -> None:
        return None

    settings = Settings()
    async with Dispatcher(library, engine, settings, ensure_engine) as dispatcher:
        teller = Storyteller(
            library, engine, settings, ensure_engine=ensure_engine, dispatcher=dispatcher
        )
        yield Bot(teller, dispatcher, Desk(teller, dispatcher, wall))


def all_settled(wall: Wall, pages: int) -> bool:
    return len(wall.messages) == pages and all(not m.last.live for m in wall.messages.values())


async def settled(wall: Wall, pages: int) -> None:
    await until(lambda: all_settled(wall, pages))
