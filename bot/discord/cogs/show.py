"""``/show``: a story once more, with live buttons; or a code that links two accounts."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.chat.texts import say
from bot.discord.asking import acknowledge, answer, ask
from bot.discord.client import Asked, PagewrightClient
from bot.discord.escaping import plain
from bot.discord.linking import offer_link
from bot.discord.posting import link_to
from bot.discord.rights import check_rights
from bot.discord.suggesting import meant_story, suggest_stories
from bot.discord.translator import worded
from bot.storytelling.accounts import is_code


class ShowCog(commands.Cog):
    """Posts stories again."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    @app_commands.command(
        name=worded("discord.show_name"), description=worded("discord.show_about")
    )
    @app_commands.rename(story=worded("discord.which_name"))
    @app_commands.describe(story=worded("discord.which_about"))
    @app_commands.autocomplete(story=suggest_stories)
    async def show(self, interaction: Asked, story: app_commands.Range[str, 1, 200]) -> None:
        """Post a story's last page here."""
        await acknowledge(interaction)
        if is_code(story):
            await offer_link(interaction, story)
            return
        await post(interaction, story)


async def post(interaction: Asked, typed: str) -> None:
    """Post the story that is meant in the interaction's channel, and say so privately."""
    client, asking = interaction.client, await ask(interaction)
    check_rights(interaction.app_permissions, interaction.channel, asking.language)
    story = await meant_story(interaction, typed, asking)
    details = await client.teller.views.details(story, asking.actor)
    title = plain(details.title, most=100)
    if not details.branch:
        await answer(interaction, say(asking.language, "show.no_page", title=title))
        return
    channel = str(interaction.channel_id)
    language = await client.teller.people.language(asking.actor)
    message = await client.desk.show(story, channel, actor=asking.actor, language=language)
    where = link_to(channel, message, interaction.guild_id)
    text = say(asking.language, "show.posted", title=title)
    await answer(interaction, f"{text} {where}")
