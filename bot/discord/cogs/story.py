"""``/story`` and ``/continue``: what people come for."""

from __future__ import annotations

import logging
from typing import Literal

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.texts import say
from bot.discord.asking import acknowledge, answer, ask, key_of
from bot.discord.client import Asked, PagewrightClient
from bot.discord.escaping import shortened
from bot.discord.posting import begin, link_to
from bot.discord.rights import check_rights
from bot.discord.suggesting import meant_story, suggest_stories, suggest_styles
from bot.discord.translator import worded
from bot.errors import BadInputError
from bot.storytelling.orders import PageWish
from bot.storytelling.permissions import Actor
from bot.storytelling.picture_input import too_large
from bot.storytelling.updates import StoryOpened
from bot.storytelling.wish import MAX_AVOID, MAX_SEED, StoryWish

log = logging.getLogger(__name__)

MOST_PAGES = 8
IDEA_LENGTH = 500
# Told where nobody says how many, unless the place allows fewer.
USUAL_PAGES = 4
_THREAD_NAME_LENGTH = 100
_MODES: list[app_commands.Choice[str]] = [
    app_commands.Choice(name=worded("discord.mode_solo"), value="solo"),
    app_commands.Choice(name=worded("discord.mode_open"), value="open"),
]


class StoryCog(commands.Cog):
    """Begins stories and goes on with them."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    @app_commands.command(
        name=worded("discord.story_name"), description=worded("discord.story_about")
    )
    @app_commands.rename(
        idea=worded("discord.idea_name"),
        style=worded("discord.style_name"),
        pages=worded("discord.pages_name"),
        avoid=worded("discord.avoid_name"),
        seed=worded("discord.seed_name"),
        mode=worded("discord.mode_name"),
        thread=worded("discord.thread_name"),
        picture=worded("discord.picture_name"),
    )
    @app_commands.describe(
        idea=worded("discord.idea_about"),
        style=worded("discord.style_about"),
        pages=worded("discord.pages_about"),
        avoid=worded("discord.avoid_about"),
        seed=worded("discord.seed_about"),
        mode=worded("discord.mode_about"),
        thread=worded("discord.thread_about"),
        picture=worded("discord.picture_about"),
    )
    @app_commands.choices(mode=_MODES)
    @app_commands.autocomplete(style=suggest_styles)
    async def story(
        self,
        interaction: Asked,
        idea: app_commands.Range[str, 1, IDEA_LENGTH],
        style: str = "",
        pages: app_commands.Range[int, 1, MOST_PAGES] | None = None,
        avoid: app_commands.Range[str, 0, MAX_AVOID] = "",
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        mode: app_commands.Choice[str] | None = None,
        thread: bool = False,
        picture: discord.Attachment | None = None,
    ) -> None:
        """Tell a new story."""
        await acknowledge(interaction)
        asking = await ask(interaction)
        check_rights(
            interaction.app_permissions, interaction.channel, asking.language, thread=thread
        )
        wish = StoryWish(
            idea=idea,
            style=style,
            avoid=avoid,
            pages=pages or await self._usual_pages(asking.actor),
            seed=seed,
            picture=await self._fetched(picture, asking.language) if picture else b"",
            dedup_key=key_of(interaction),
            mode="open" if mode is not None and mode.value == "open" else "solo",
        )
        opened = await self.client.teller.submit_story(wish, asking.actor)
        channel = await self._place(interaction, opened, thread=thread)
        message = await begin(self.client, opened, channel, asking)
        where = link_to(channel, message, interaction.guild_id)
        await answer(interaction, say(asking.language, "action.begun", where=where))

    @app_commands.command(
        name=worded("discord.continue_name"), description=worded("discord.continue_about")
    )
    @app_commands.rename(
        story=worded("discord.which_name"), direction=worded("discord.direction_name")
    )
    @app_commands.describe(
        story=worded("discord.which_about"), direction=worded("discord.direction_about")
    )
    @app_commands.autocomplete(story=suggest_stories)
    async def continue_(
        self,
        interaction: Asked,
        story: str,
        direction: app_commands.Range[str, 0, IDEA_LENGTH] = "",
    ) -> None:
        """Go on with a story from its last page."""
        await acknowledge(interaction)
        asking = await ask(interaction)
        check_rights(interaction.app_permissions, interaction.channel, asking.language)
        story = await meant_story(interaction, story, asking)
        asked = PageWish(story, direction=direction, dedup_key=key_of(interaction))
        opened = await self.client.teller.submit_continuation(asked, asking.actor)
        channel = str(interaction.channel_id)
        message = await begin(self.client, opened, channel, asking, act="continue")
        where = link_to(channel, message, interaction.guild_id)
        await answer(interaction, say(asking.language, "action.goes_on", where=where))

    async def _usual_pages(self, actor: Actor) -> int:
        chosen = await self.client.teller.stewards.settings(actor)
        return min(USUAL_PAGES, chosen.pages, self.client.service.settings.limits.pages)

    async def _fetched(self, picture: discord.Attachment, language: str) -> bytes:
        """Return a picture's bytes; one that is too large is refused before it is fetched."""
        limit = self.client.service.settings.limits.picture_bytes
        if picture.size > limit:
            raise too_large(picture.size, limit)
        try:
            return await picture.read()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("a picture could not be fetched: %s", error)
            raise BadInputError(say(language, "action.picture_lost")) from None

    async def _place(self, interaction: Asked, opened: StoryOpened, *, thread: bool) -> str:
        """Return the id of the channel to tell in: a new thread where one is wished and can be."""
        here = interaction.channel
        if not thread or opened.duplicate or not isinstance(here, discord.TextChannel):
            return str(interaction.channel_id)
        kind: Literal[discord.ChannelType.news_thread, discord.ChannelType.public_thread]
        kind = discord.ChannelType.public_thread
        if here.is_news():
            kind = discord.ChannelType.news_thread
        name = shortened(opened.title, most=_THREAD_NAME_LENGTH)
        try:
            return str((await here.create_thread(name=name, type=kind)).id)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("no thread in channel %s: %s", here.id, error)
            return str(here.id)
