"""The loopback itself: its servers, people and knobs, and waiting for what happens."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.bot.discord.loopback.asked import Fault
from tests.bot.discord.loopback.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, GUILDS, Gateway
from tests.bot.discord.loopback.limits import Limits
from tests.bot.discord.loopback.people import Person
from tests.bot.discord.loopback.rest import Rest
from tests.bot.discord.loopback.rules import RefusedError
from tests.bot.discord.loopback.world import (
    DM,
    TEXT,
    Channel,
    Guild,
    Interaction,
    Message,
    StoredFile,
    User,
    new_snowflake,
)

TOKEN = "loopback-token"  # noqa: S105 - no secret of anybody
# The gateway's flag of an application page that allows the message-content intent.
CONTENT_FLAG = 1 << 18


class LoopbackDiscord:
    """A Discord on this machine: ``async with LoopbackDiscord() as discord``; see the package."""

    def __init__(self, *, token: str = TOKEN, keeps_versions: bool = True) -> None:
        self.token = token
        self.keeps_versions = keeps_versions
        self.bot = User(new_snowflake(), "Pagewright", bot=True)
        self.owner = User(new_snowflake(), "Operator")
        self.guilds: list[Guild] = []
        self.users: dict[int, User] = {self.owner.id: self.owner}
        self.dms: dict[int, Channel] = {}
        self.interactions: dict[str, Interaction] = {}
        self.commands: list[dict[str, Any]] = []
        self.syncs = 0
        self.violations: list[str] = []
        # Discord's own are 3 s, which a busy machine's tests would miss now and then; that the bot
        # acknowledges before all else is a test of its own.
        self.ack_timeout_s = 60.0
        self.token_lifetime_s = 900.0
        self.max_file_bytes = 10 * 1024 * 1024
        self.application_flags = 0
        self.blocked_dms: set[int] = set()
        self.limits = Limits()
        self.gateway = Gateway(
            self.bot, self.guilds, token=token, base=lambda: self.gateway_url.removesuffix("/")
        )
        self.rest = Rest(self)
        self._channels: dict[int, Channel] = {}
        self._files: dict[int, StoredFile] = {}
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._origin = ""

    async def __aenter__(self) -> LoopbackDiscord:
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_get("/gateway", self.gateway.handle)
        application.router.add_get("/gateway/", self.gateway.handle)
        application.router.add_get("/cdn/{file}/{name}", self._download)
        application.router.add_route("*", "/api/v10/{path:.*}", self.rest.handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._origin = f"{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """The value of ``discord.api_base_url``."""
        return f"http://{self._origin}/api/v10"

    @property
    def gateway_url(self) -> str:
        """The value of ``discord.gateway_url``."""
        return f"ws://{self._origin}/gateway"

    @property
    def environment(self) -> dict[str, str]:
        """What a bot process needs in its environment."""
        return {
            "DISCORD_TOKEN": self.token,
            "DISCORD_API_BASE_URL": self.api_url,
            "DISCORD_GATEWAY_URL": self.gateway_url,
        }

    def allow_message_content(self) -> None:
        """Allow the privileged intent, as the application page's switch does."""
        self.gateway.privileged |= 1 << 15
        self.application_flags |= CONTENT_FLAG

    def add_guild(self, name: str = "The Burrow") -> Guild:
        """Add a server with one channel; before the bot connects, or see ``invite``."""
        guild = Guild(new_snowflake(), name)
        self.guilds.append(guild)
        self.add_channel(guild, "stories")
        return guild

    def add_channel(
        self,
        guild: Guild,
        name: str,
        *,
        kind: int = TEXT,
        denied: tuple[str, ...] = (),
        nsfw: bool = False,
    ) -> Channel:
        """Add a channel; ``denied`` names permissions that the bot lacks there."""
        channel = Channel(
            new_snowflake(), name, guild, kind=kind, denied=frozenset(denied), nsfw=nsfw
        )
        guild.channels.append(channel)
        return channel

    def person(
        self,
        name: str,
        where: Guild | Channel | None = None,
        *,
        moderator: bool = False,
        locale: str = "en-US",
    ) -> Person:
        """Return somebody at a channel (a server's first), None: in direct messages."""
        user = User(new_snowflake(), name, moderator=moderator, locale=locale)
        self.users[user.id] = user
        return self.at(user, where)

    def at(self, user: User, where: Guild | Channel | None) -> Person:
        """Return somebody who is known already at another place."""
        channel = where.channels[0] if isinstance(where, Guild) else where or self.dm(user)
        if channel.guild is not None:
            channel.guild.people[user.id] = user
        return Person(self, user, channel)

    def dm(self, user: User) -> Channel:
        """Return the direct messages of somebody with the bot."""
        if user.id not in self.dms:
            self.dms[user.id] = Channel(new_snowflake(), user.name, kind=DM, recipient=user)
        return self.dms[user.id]

    async def kick_bot(self, guild: Guild) -> None:
        """Throw the bot out of a server."""
        guild.kicked = True
        await self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, intent=GUILDS)

    async def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with its messages."""
        channel.deleted = True
        await self.gateway.dispatch("CHANNEL_DELETE", channel.payload(self.bot), intent=GUILDS)

    async def delete_message(self, message: Message) -> None:
        """Delete a message, as a moderator does."""
        message.deleted = True
        await self.tell_deleted(message)

    async def tell_deleted(self, message: Message) -> None:
        """Tell the bot that a message is gone."""
        data = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if message.channel.guild:
            data["guild_id"] = str(message.channel.guild.id)
        intent = GUILD_MESSAGES if message.channel.guild else DIRECT_MESSAGES
        await self.gateway.dispatch("MESSAGE_DELETE", data, intent=intent)
        self.changed()

    def fail(self, pattern: str, *, status: int = 0, times: int = 1, after: bool = False) -> None:
        """Let requests whose "METHOD /path" holds a pattern go wrong; status 0 cuts them off.

        ``after``: only once what they ask for was done, so that the answer is lost.
        """
        self.rest.faults.append(Fault(re.compile(pattern), status, times, after))

    @property
    def messages(self) -> list[Message]:
        """All public messages of the bot's that stand, the oldest first."""
        found = [
            message
            for channel in self.all_channels()
            for message in channel.messages.values()
            if message.author.id == self.bot.id and not message.deleted
        ]
        return sorted(found, key=lambda message: message.id)

    def all_channels(self) -> list[Channel]:
        """Return every channel, direct ones too."""
        channels = [channel for guild in self.guilds for channel in guild.channels]
        return [*channels, *self.dms.values()]

    def find_user(self, user_id: int) -> User:
        if user_id not in self.users:
            raise RefusedError(404, 10013, "Unknown User")
        return self.users[user_id]

    def find_guild(self, guild_id: int) -> Guild:
        for guild in self.guilds:
            if guild.id == guild_id and not guild.kicked:
                return guild
        raise RefusedError(404, 10004, "Unknown Guild")

    def find_channel(self, channel_id: int) -> Channel:
        found = self._channels.get(channel_id)
        if found is None:
            self._channels = {channel.id: channel for channel in self.all_channels()}
            found = self._channels.get(channel_id)
        if found is None or found.deleted:
            raise RefusedError(404, 10003, "Unknown Channel")
        return found

    def violate(self, text: str) -> None:
        """Note a thing that Discord would frown on without refusing it."""
        self.violations.append(text)

    async def check(self, *, seconds: float = 60.0) -> None:
        """Raise where the bot broke a rule, called an unknown route, or leaves somebody waiting."""
        asked = self.interactions.values()
        await self.until(
            lambda: not any(found.waits for found in asked), seconds=seconds, what="all answers"
        )
        assert not self.violations, self.violations
        assert not self.rest.unknown, self.rest.unknown

    def changed(self) -> None:
        """Wake who waits for something."""
        self._changed.set()

    async def until(
        self, condition: Callable[[], Any], *, seconds: float = 60.0, what: str = ""
    ) -> Any:
        """Wait until a condition gives something true, and return that."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            left = deadline - time.monotonic()
            assert left > 0, f"{what or 'what was waited for'} did not happen: {self.tail()}"
            self._changed.clear()
            try:
                async with asyncio.timeout(min(left, 0.05)):
                    await self._changed.wait()
            except TimeoutError:
                continue
        return found

    async def message(
        self, condition: Callable[[Message], Any] = lambda message: True, *, seconds: float = 60.0
    ) -> Message:
        """Wait for a public message of the bot's that fulfils a condition, the newest first."""
        found: Message = await self.until(
            lambda: next((m for m in reversed(self.messages) if condition(m)), None),
            seconds=seconds,
            what="a message",
        )
        return found

    def tail(self) -> str:
        """Return what was asked last and what stands, for a failed test's reader."""
        lines = [f"{r.method} {r.path[:60]} {r.status}" for r in self.rest.requests[-12:]]
        shown = [message.text[:80] for message in self.messages[-4:]]
        return f"requests {lines}, messages {shown}, violations {self.violations}"

    def cdn(self, channel_id: int, file: StoredFile) -> str:
        """Return the address of a file, which the bot may read."""
        self._files[file.id] = file
        return f"http://{self._origin}/cdn/{file.id}/{file.name}?ex={int(time.time()) + 86400:x}"

    async def _download(self, request: web.Request) -> web.Response:
        file = self._files.get(int(request.match_info["file"]))
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.data)
