"""Replies to pages go on with their stories, and so does each message in a story channel."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable

import aiohttp
import discord
from discord.ext import commands

from bot.chat.answers import explain
from bot.chat.desk import Shown
from bot.chat.messenger import MessengerError
from bot.chat.texts import say
from bot.discord.asking import PLATFORM, Asking, actor_of, with_role
from bot.discord.client import PagewrightClient
from bot.discord.escaping import plain
from bot.discord.posting import begin
from bot.discord.rights import check_rights, missing_rights
from bot.errors import PagewrightError
from bot.storytelling.orders import PageWish
from bot.storytelling.wish import StoryWish

log = logging.getLogger(__name__)

# Who talks about a page with the ping off is told of the button once in so many seconds.
POINTER_EVERY_S = 600.0
ALONE_EVERY_S = 10.0
_MOST_POINTED = 10_000
_ANSWER_LENGTH = 1500


class RepliesCog(commands.Cog):
    """Reads messages that are meant for the storyteller."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client
        self._pointed: dict[tuple[int, int], float] = {}

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Go on with the story whose page a message answers, or whose channel it stands in."""
        if message.author.bot or message.webhook_id or self.client.user is None:
            return
        try:
            if message.reference is not None:
                await self._take_reply(message)
            elif self._may_read(message) and await self._take_line(message):
                return
            elif self._speaks_to_me(message) and self._may_point(message):
                asking = await self._ask(message)
                await self._say(message, say(asking.language, "action.hint"))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("a reply could not be answered: %s", error)

    async def _take_reply(self, message: discord.Message) -> None:
        reference = message.reference
        answered = reference.resolved if reference else None
        if not isinstance(answered, discord.Message) or answered.author != self.client.user:
            return
        shown = await self.client.desk.shown_at(str(message.channel.id), str(answered.id))
        if shown is None:
            return
        asking = await self._ask(message)
        direction = self._words(message)
        if direction:
            await self._guarded(message, asking, self._go_on(message, shown, asking, direction))
        elif self._may_point(message):
            await self._say(message, say(asking.language, "action.ping_needed"))

    async def _take_line(self, message: discord.Message) -> bool:
        """Take a message in a story channel as what happens next, or as a first idea.

        Returns whether it is such a channel.
        """
        asking = await self._ask(message)
        chosen = await self.client.teller.stewards.settings(asking.actor)
        words = self._words(message)
        if not words or chosen.story_channel != str(message.channel.id):
            return False
        newest = await self.client.teller.posts.newest(PLATFORM, chosen.story_channel)
        if newest is None:
            await self._guarded(message, asking, self._begin(message, asking, words))
            return True
        shown = await self.client.desk.shown_at(newest.channel, newest.message)
        if shown is not None:
            await self._guarded(message, asking, self._go_on(message, shown, asking, words))
        return True

    async def _go_on(
        self, message: discord.Message, shown: Shown, asking: Asking, direction: str
    ) -> None:
        """Continue from the page that a message shows; an older page branches by itself."""
        if not shown.page_id:
            await self._say(message, say(asking.language, "action.not_ready"))
            return
        self._check_rights(message, asking)
        asked = PageWish(
            shown.story_id, page=shown.page_id, direction=direction, dedup_key=_key(message)
        )
        opened = await self.client.teller.submit_continuation(asked, asking.actor)
        channel, answered = str(message.channel.id), str(message.id)
        await begin(self.client, opened, channel, asking, act="continue", message=answered)

    async def _begin(self, message: discord.Message, asking: Asking, idea: str) -> None:
        """Begin the first story of a story channel."""
        self._check_rights(message, asking)
        wish = StoryWish(idea=idea, pages=1, mode="open", dedup_key=_key(message))
        opened = await self.client.teller.submit_story(wish, asking.actor)
        channel, answered = str(message.channel.id), str(message.id)
        await begin(self.client, opened, channel, asking, message=answered)

    async def _guarded(
        self, message: discord.Message, asking: Asking, work: Awaitable[None]
    ) -> None:
        """Do something, and say in the channel what keeps it from being done."""
        try:
            await work
        except MessengerError as error:
            log.warning("a page could not be posted in %s: %s", message.channel.id, error)
        except PagewrightError as error:
            await self._say(message, explain(error, asking.language))

    async def _ask(self, message: discord.Message) -> Asking:
        author, guild = message.author, message.guild
        actor = actor_of(
            author,
            guild.id if guild else None,
            owner=self.client.is_owned_by(author.id),
        )
        people = self.client.teller.people
        place = guild.name if guild else author.display_name
        await people.meet(actor, name=author.display_name, community_name=place)
        actor = await with_role(actor, author, self.client.teller)
        return Asking(actor, await people.language(actor))

    async def _say(self, message: discord.Message, text: str) -> None:
        """Answer briefly in the channel, where the bot may write at all."""
        if not missing_rights(_allowed(message), message.channel):
            await message.reply(plain(text, most=_ANSWER_LENGTH), mention_author=False)

    def _check_rights(self, message: discord.Message, asking: Asking) -> None:
        check_rights(_allowed(message), message.channel, asking.language)

    def _words(self, message: discord.Message) -> str:
        """Return what a message says but for the mention of the bot."""
        me = self.client.user.id if self.client.user else 0
        return message.content.replace(f"<@{me}>", "").replace(f"<@!{me}>", "").strip()

    def _may_read(self, message: discord.Message) -> bool:
        wished = self.client.service.settings.discord.message_content
        return wished and message.guild is not None and bool(message.content)

    def _speaks_to_me(self, message: discord.Message) -> bool:
        """Tell whether a message is for the bot alone, or calls it by name."""
        return message.guild is None or self.client.user in message.mentions

    def _may_point(self, message: discord.Message) -> bool:
        """Tell whether to point somebody to what they can do: not with each word that is said."""
        now, key = time.monotonic(), (message.channel.id, message.author.id)
        rest = POINTER_EVERY_S if message.guild else ALONE_EVERY_S
        if now - self._pointed.get(key, -rest) < rest:
            return False
        if len(self._pointed) >= _MOST_POINTED:
            self._pointed.clear()
        self._pointed[key] = now
        return True


def _key(message: discord.Message) -> str:
    return f"{PLATFORM}:{message.id}"


def _allowed(message: discord.Message) -> discord.Permissions:
    """Return what the bot may do where a message stands."""
    if message.guild is None:
        return discord.Permissions.all()
    return message.channel.permissions_for(message.guild.me)
