"""What happens to our messages and channels: deleted ones are let go of, their work is stopped."""

from __future__ import annotations

import logging
from collections.abc import Collection

import discord
from discord.ext import commands

from bot.discord.asking import PLATFORM
from bot.discord.client import PagewrightClient

log = logging.getLogger(__name__)


class ChatsCog(commands.Cog):
    """Listens to what goes away."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Stop the work on a page whose message somebody deleted."""
        await self.client.desk.message_deleted(str(event.channel_id), str(event.message_id))

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """The same for many messages at once."""
        for message_id in event.message_ids:
            await self.client.desk.message_deleted(str(event.channel_id), str(message_id))

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Stop what is told in a channel that is gone, and in its threads."""
        threads = getattr(channel, "threads", [])
        await self._closed([channel.id, *(thread.id for thread in threads)])

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """Stop what is told in a thread that is gone."""
        await self._closed([event.thread_id])

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Stop what is told in a server that the bot was removed from."""
        log.info("removed from the server %s", guild.id)
        await self._closed([place.id for place in [*guild.channels, *guild.threads]])

    async def _closed(self, channel_ids: Collection[int]) -> None:
        live = await self.client.teller.posts.live(PLATFORM)
        closed = {str(channel_id) for channel_id in channel_ids}
        for channel in {post.channel for post in live} & closed:
            await self.client.desk.channel_closed(channel)
