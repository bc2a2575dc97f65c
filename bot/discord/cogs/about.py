"""``/about``: what this bot is, with which models, and how it is doing."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.chat.about import about_lines
from bot.chat.texts import say
from bot.discord.asking import acknowledge, ask
from bot.discord.client import Asked, PagewrightClient
from bot.discord.escaping import plain
from bot.discord.panels import Entry, Panel, show_panel
from bot.discord.translator import worded

_LINE_LENGTH = 500


class AboutCog(commands.Cog):
    """Tells of the bot itself."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    @app_commands.command(
        name=worded("discord.about_name"), description=worded("discord.about_about")
    )
    async def about(self, interaction: Asked) -> None:
        """Show what one can do here, models, licence and health."""
        await acknowledge(interaction)
        asking = await ask(interaction)
        title, what, *rest = await about_lines(self.client.service, asking.language)
        lines = (what, say(asking.language, "about.how"), *rest)
        entries = tuple(Entry(plain(line, most=_LINE_LENGTH)) for line in lines)
        await show_panel(interaction, Panel(title, entries))
