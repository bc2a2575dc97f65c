"""The whole Telegram front-end in this process, on a loopback server and a small engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from bot.chat.service import Engine, Service
from bot.library.check import check_database
from bot.library.library import Library, open_library
from bot.settings import Settings, TelegramSettings
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.tell import Storyteller
from bot.telegram.front import TelegramFrontEnd
from tests.bot.storytelling.queued import until
from tests.bot.storytelling.scripted_engine import ScriptedEngine
from tests.bot.telegram.loopback import Loopback, Message, Person


@dataclass
class House:
    """A running bot and its parts."""

    telegram: Loopback
    front: TelegramFrontEnd
    service: Service
    library: Library
    engine: ScriptedEngine

    @property
    def teller(self) -> Storyteller:
        return self.service.teller

    async def at_rest(self) -> None:
        """Wait until nothing is told any more, and every message shows how that came out."""
        desk = self.front._desk
        assert desk is not None
        await until(lambda: not self.service.dispatcher.at_work and not desk._tasks)


def settings_for(telegram: Loopback, **more: Any) -> Settings:
    """Return settings that lead to a loopback; stories begin at once unless told otherwise."""
    chosen = {"choose_s": 0.0, "edit_interval_s": 0.1} | more
    return Settings(
        telegram=TelegramSettings(
            token=SecretStr(telegram.token), api_base_url=telegram.url, **chosen
        )
    )


@asynccontextmanager
async def open_house(
    telegram: Loopback,
    folder: Path,
    *,
    engine: ScriptedEngine | None = None,
    settings: Settings | None = None,
) -> AsyncIterator[House]:
    """Serve a library in a folder until the block ends; then see that all its promises held."""
    engine, settings = engine or ScriptedEngine(), settings or settings_for(telegram)

    async def ensure_engine() -> None:
        return None

    async with (
        open_library(folder / "library.db") as library,
        Dispatcher(library, engine, settings, ensure_engine) as dispatcher,
    ):
        teller = Storyteller(
            library, engine, settings, ensure_engine=ensure_engine, dispatcher=dispatcher
        )
        service = Service(teller, dispatcher, settings, cast(Engine, engine), ensure_engine)
        front = TelegramFrontEnd(service)
        running = asyncio.create_task(front.run())
        try:
            yield House(telegram, front, service, library, engine)
        finally:
            await front.stop(60.0)
            await running
    assert check_database(folder / "library.db") == ()


def done(message: Message) -> bool:
    """Tell whether a message shows a finished page."""
    return "Continue" in message.labels


def page(number: int, of: int | None = None) -> Any:
    """Return what tells a finished page of that number."""
    wanted = f"Page {number}/{of or ''}"
    return lambda message: done(message) and wanted in message.text


def finals(message: Message) -> int:
    """Count how often a message was drawn in its last state."""
    return sum("Continue" in str(state) for state in message.states)


async def told(
    house: House, person: Person, words: str = "/story a fox", *, pages: int = 4
) -> list[Message]:
    """Wish for a story and return its pages' messages, once nothing more is to come in them."""
    written = person.say(words)
    await person.chat.sees(page(pages), after=written.number)
    while await house.teller.posts.live("telegram"):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    return [m for m in person.chat.from_bot if done(m) and m.number > written.number]
