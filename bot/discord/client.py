"""The connection to Discord: intents, commands, and what comes from there handed on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from bot.chat.desk import Desk
from bot.chat.exports import Exporter
from bot.chat.service import Service
from bot.discord.sync import sync_commands
from bot.discord.translator import CatalogueTranslator
from bot.settings import DiscordSettings
from bot.storytelling.tell import Storyteller

log = logging.getLogger(__name__)

# The longest that discord.py sleeps for a rate limit by itself; longer ones are ours to handle.
LONGEST_LIMIT_S = 30.0
# How long to wait for one more server before unfinished stories go on; none of them needs it.
SERVERS_WAIT_S = 0.2


class PagewrightClient(commands.Bot):
    """A bot of slash commands alone; cogs find the use cases as ``teller`` and ``desk``."""

    desk: Desk

    def __init__(self, service: Service, *, cogs: Sequence[type[commands.Cog]]) -> None:
        settings = service.settings.discord
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents_for(settings),
            # Unless a command says otherwise.
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            max_ratelimit_timeout=LONGEST_LIMIT_S,
            guild_ready_timeout=SERVERS_WAIT_S,
        )
        self.service = service
        self.exporter = Exporter(service)
        self._cog_types = tuple(cogs)
        self._owners: frozenset[int] = frozenset()
        self._chores: set[asyncio.Task[object]] = set()
        self._was_ready = False

    @property
    def teller(self) -> Storyteller:
        """The use cases."""
        return self.service.teller

    def is_owned_by(self, user_id: int) -> bool:
        """Tell whether somebody runs this bot: its application's owner, or of the owning team."""
        return user_id in self._owners

    async def setup_hook(self) -> None:
        """Make everything known to discord.py before the gateway is called."""
        if self.application is not None:
            team = self.application.team
            people = team.members if team else [self.application.owner]
            self._owners = frozenset(person.id for person in people)
        await self.tree.set_translator(CatalogueTranslator())
        for cog_type in self._cog_types:
            await self.add_cog(cog_type(self))
        self.in_background(sync_commands(self.tree, self.teller.marks), name="commands")

    async def close(self) -> None:
        """Leave Discord."""
        for task in self._chores:
            task.cancel()
        await super().close()

    def in_background(self, work: Coroutine[Any, Any, object], *, name: str) -> None:
        """Do something beside; it ends with the connection, and its faults are logged."""
        task = asyncio.create_task(work, name=name)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
        task.add_done_callback(_log_fault)

    async def on_ready(self) -> None:
        """Go on with unfinished stories, once; Discord says that it is ready again and again."""
        log.info("connected to Discord as %s, %d servers", self.user, len(self.guilds))
        if not self._was_ready:
            self._was_ready = True
            self.in_background(self.desk.take_up(), name="unfinished stories")

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages to the cogs: there are no commands by prefix."""


# What somebody asks of the bot: a command, a press of a button, a form that comes back.
Asked = discord.Interaction[PagewrightClient]


def intents_for(settings: DiscordSettings) -> discord.Intents:
    """Return the few intents that are needed; the content of messages only where it is wished."""
    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.dm_messages = True
    intents.message_content = settings.message_content
    return intents


def point_at(settings: DiscordSettings) -> None:
    """Let discord.py talk to the servers that the settings name; call it before login."""
    if settings.api_base_url:
        discord.http.Route.BASE = settings.api_base_url
    if settings.gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)


class _NoTracebacks(logging.Filter):
    """Says in one line that the connection was lost; discord.py adds a traceback each time."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the reason into the line."""
        if record.exc_info and record.msg == "Attempting a reconnect in %.2fs":
            record.msg += ": %s"
            record.args = (*(record.args or ()), record.exc_info[1])
            record.exc_info = None
        return True


def _log_fault(task: asyncio.Task[object]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s went wrong", task.get_name(), exc_info=error)


logging.getLogger("discord.client").addFilter(_NoTracebacks())
