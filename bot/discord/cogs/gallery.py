"""``/gallery``: leaf through the stories told in a server."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.asking import acknowledge, ask
from bot.discord.client import Asked, PagewrightClient
from bot.discord.cogs.show import post
from bot.discord.controls import chosen, on
from bot.discord.galleries import STYLE_LENGTH, WORDS_LENGTH, Leafing, gallery_panel
from bot.discord.panels import show_panel
from bot.discord.suggesting import suggest_styles
from bot.discord.translator import worded

_SORTS: list[app_commands.Choice[str]] = [
    app_commands.Choice(name=worded("discord.sort_new"), value="newest"),
    app_commands.Choice(name=worded("discord.sort_loved"), value="loved"),
    app_commands.Choice(name=worded("discord.sort_random"), value="random"),
]
_ORDERS: dict[str, Literal["newest", "loved", "random"]] = {
    "newest": "newest",
    "loved": "loved",
    "random": "random",
}


class GalleryCog(commands.Cog):
    """Shows the gallery."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    @app_commands.command(
        name=worded("discord.gallery_name"), description=worded("discord.gallery_about")
    )
    @app_commands.rename(
        search=worded("discord.search_name"),
        by=worded("discord.by_name"),
        style=worded("discord.style_name"),
        sort=worded("discord.sort_name"),
    )
    @app_commands.describe(
        search=worded("discord.search_about"),
        by=worded("discord.by_about"),
        style=worded("discord.in_style_about"),
        sort=worded("discord.sort_about"),
    )
    @app_commands.choices(sort=_SORTS)
    @app_commands.autocomplete(style=suggest_styles)
    async def gallery(
        self,
        interaction: Asked,
        search: app_commands.Range[str, 1, WORDS_LENGTH] | None = None,
        by: discord.User | None = None,
        style: app_commands.Range[str, 1, STYLE_LENGTH] | None = None,
        sort: app_commands.Choice[str] | None = None,
    ) -> None:
        """Show the first screen."""
        await acknowledge(interaction)
        asking = await ask(interaction)
        leafing = Leafing(
            author=str(by.id) if by else "",
            style=(style or "").strip().lower(),
            words=" ".join((search or "").split()),
        )
        browse = replace(leafing.browse(), sort=_ORDERS[sort.value] if sort else None)
        panel = await gallery_panel(self.client, leafing, asking, browse=browse)
        await show_panel(interaction, panel)


@on("gallery")
async def _turn(interaction: Asked, subject: str) -> None:
    """Show a neighbouring screen."""
    await interaction.response.defer()
    asking = await ask(interaction)
    panel = await gallery_panel(interaction.client, Leafing.read(subject), asking)
    await show_panel(interaction, panel, instead=True)


@on("shuffle")
async def _shuffle(interaction: Asked, subject: str) -> None:
    """Show a screen of another random order."""
    await interaction.response.defer()
    asking, leafing = await ask(interaction), Leafing.read(subject)
    browse = replace(leafing.browse(), sort="random", cursor="")
    panel = await gallery_panel(interaction.client, leafing, asking, browse=browse)
    await show_panel(interaction, panel, instead=True)


@on("post")
async def _post(interaction: Asked, subject: str) -> None:
    """Post the story that was chosen."""
    await acknowledge(interaction)
    for story_id in chosen(interaction)[:1]:
        await post(interaction, story_id)
