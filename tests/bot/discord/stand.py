"""A bot at work on a loopback Discord; the models are stood in for, all else is real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import cast

import discord as discord_py
from pydantic import SecretStr

from bot.chat.service import Engine, Service
from bot.discord.front import DiscordFrontEnd
from bot.library.library import Library
from bot.settings import DiscordSettings, LimitSettings, Settings
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.tell import Storyteller
from bot.storytelling.updates import StoryOpened
from tests.bot.discord.loopback import Guild, LoopbackDiscord, Message, Person
from tests.bot.storytelling.scripted_engine import ScriptedEngine

INTERVAL_S = 0.1
# For what a busy machine may take long over; nothing waits for so long where all is well.
PATIENCE_S = 60.0


@dataclass
class Stand:
    """What a test needs: the loopback, its people, the bot and its library."""

    discord: LoopbackDiscord
    guild: Guild
    ann: Person
    ben: Person
    mod: Person
    service: Service
    front: DiscordFrontEnd
    engine: ScriptedEngine

    async def story(
        self, who: Person, idea: str = "a red fox", *, pages: int = 1, **options: object
    ) -> Message:
        """Wish for a story and return the message of its last page once that is done."""
        before = len(self.discord.messages)
        asked = await who.slash("story", idea=idea, pages=pages, **options)
        found: Message = await self.discord.until(
            lambda: next(
                (
                    m
                    for m in self.discord.messages[before:]
                    if any("continue" in b["custom_id"] for b in m.buttons)
                    and f"{pages}/{pages}" in m.text
                ),
                None,
            ),
            what=f"the end of {idea}",
        )
        await who.answered(asked)
        await self.noted(found)
        return found

    async def noted(self, *messages: Message) -> None:
        """Wait until it is noted that nothing more is owed to a page's messages."""
        for message in messages:
            where = "discord", str(message.channel.id), str(message.id)
            async with asyncio.timeout(PATIENCE_S):
                while (post := await self.service.teller.posts.at(*where)) and post.live:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

    async def at_rest(self) -> None:
        """Wait until nothing is told any more, and every message shows how that came out."""
        async with asyncio.timeout(PATIENCE_S):
            while self.service.dispatcher.at_work or self.front.client.desk._tasks:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def drawn(self) -> None:
        """Wait until every live message shows the newest that there is to show."""

        def all_drawn() -> bool:
            tellings = self.front.client.desk._tellings.values()
            leaves = [leaf for telling in tellings for leaf in telling.leaves.values()]
            return bool(leaves) and all(leaf._drawn == leaf.view for leaf in leaves)

        await self.discord.until(all_drawn, what="the newest views")


@asynccontextmanager
async def open_stand(
    discord: LoopbackDiscord,
    library: Library,
    *,
    renderer: str = "layout",
    engine: ScriptedEngine | None = None,
    guild: Guild | None = None,
    **chosen: object,
) -> AsyncIterator[Stand]:
    """Start the front-end and wait until it is ready; stop it at the end.

    ``chosen`` are further keys of the table ``discord``.
    """
    guild = guild or (discord.guilds[0] if discord.guilds else discord.add_guild())
    people = (
        discord.person("Ann", guild),
        discord.person("Ben", guild),
        discord.person("Mo", guild, moderator=True),
    )
    engine = engine or ScriptedEngine()
    settings = _settings(discord, renderer, chosen)
    async with _service(library, engine, settings) as service:
        with _own_addresses():
            front = DiscordFrontEnd(service)
            running = asyncio.create_task(front.run())
            ready = asyncio.create_task(_ready(discord, front))
            await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            try:
                yield Stand(discord, guild, *people, service, front, engine)
            finally:
                await front.stop(PATIENCE_S)
                await asyncio.wait({running}, timeout=PATIENCE_S)
                ready.cancel()


async def _ready(discord: LoopbackDiscord, front: DiscordFrontEnd) -> None:
    await discord.gateway.ready.wait()
    await front.client.wait_until_ready()
    await discord.until(lambda: discord.commands, what="the commands")


def _settings(discord: LoopbackDiscord, renderer: str, chosen: dict[str, object]) -> Settings:
    return Settings(
        discord=DiscordSettings.model_validate(
            {
                "token": SecretStr(discord.token),
                "api_base_url": discord.api_url,
                "gateway_url": discord.gateway_url,
                "edit_interval_s": INTERVAL_S,
                "renderer": renderer,
                **chosen,
            }
        ),
        limits=LimitSettings(running_per_person=4, queued_per_person=50, queued_per_community=50),
    )


@asynccontextmanager
async def _service(
    library: Library, engine: ScriptedEngine, settings: Settings
) -> AsyncIterator[Service]:
    async def ensure_engine() -> None:
        return None

    async with Dispatcher(library, engine, settings, ensure_engine) as dispatcher:
        teller = Storyteller(
            library, engine, settings, ensure_engine=ensure_engine, dispatcher=dispatcher
        )
        yield Service(teller, dispatcher, settings, cast("Engine", engine), ensure_engine)


@contextmanager
def _own_addresses() -> Iterator[None]:
    """Give discord.py its own addresses back afterwards, which the front-end sets for good."""
    base = discord_py.http.Route.BASE
    gateway = discord_py.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    try:
        yield
    finally:
        discord_py.http.Route.BASE = base
        discord_py.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway


__all__ = ["Stand", "StoryOpened", "open_stand"]
