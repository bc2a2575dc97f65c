"""What a message's own menu offers: go on from it, its details, a report of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.chat.desk import Shown
from bot.chat.texts import say
from bot.discord.asking import acknowledge, answer, ask
from bot.discord.client import Asked, PagewrightClient
from bot.discord.cogs.pages import show_form
from bot.discord.controls import FIELD, form, on, on_form
from bot.discord.details import details_panel
from bot.discord.panels import show_panel
from bot.discord.posting import story_of
from bot.discord.translator import worded
from bot.errors import BadInputError, UnavailableError

# A form must be shown within 3 s.
QUICK_S = 2.0
_REASON_LENGTH = 500


class MenusCog(commands.Cog):
    """The context menus of messages, and the same behind "More"."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    async def cog_load(self) -> None:
        """Add the menus."""
        for key, callback in (
            ("discord.menu_continue", self._continue),
            ("discord.menu_details", self._details),
            ("discord.menu_report", self._report),
        ):
            self.client.tree.add_command(_menu(key, callback))

    async def _continue(self, interaction: Asked, message: discord.Message) -> None:
        shown = await _shown(interaction, message)
        if not shown.page_id:
            raise BadInputError(say(interaction.locale.value, "action.not_ready"))
        await show_form(interaction, "continue", shown.page_id)

    async def _details(self, interaction: Asked, message: discord.Message) -> None:
        await acknowledge(interaction)
        asking = await ask(interaction)
        shown = await _shown(interaction, message)
        panel = await details_panel(self.client, shown.story_id, shown.page_id, asking)
        await show_panel(interaction, panel)

    async def _report(self, interaction: Asked, message: discord.Message) -> None:
        shown = await _shown(interaction, message)
        await _show_report_form(interaction, shown.story_id, shown.page_id)


def _menu(key: str, callback: Any) -> app_commands.ContextMenu:
    return app_commands.ContextMenu(
        name=worded(key),
        callback=callback,
    )


async def _shown(interaction: Asked, message: discord.Message) -> Shown:
    """Return what a message shows; raise ``BadInputError`` where that is no page of a story."""
    channel, desk = str(interaction.channel_id), interaction.client.desk
    try:
        async with asyncio.timeout(QUICK_S):
            shown = await desk.shown_at(channel, str(message.id))
    except TimeoutError:
        raise UnavailableError("The library takes long: try again in a moment.") from None
    if shown is None:
        raise BadInputError(say(interaction.locale.value, "report.no_page"))
    return shown


@on("details")
async def _details_pressed(interaction: Asked, page_id: str) -> None:
    await acknowledge(interaction)
    asking = await ask(interaction)
    story_id = await story_of(interaction.client, page_id, asking.language)
    await show_panel(
        interaction, await details_panel(interaction.client, story_id, page_id, asking)
    )


@on("report")
async def _report_pressed(interaction: Asked, page_id: str) -> None:
    async with asyncio.timeout(QUICK_S):
        story_id = await story_of(interaction.client, page_id, interaction.locale.value)
    await _show_report_form(interaction, story_id, page_id)


async def _show_report_form(interaction: Asked, story_id: str, page_id: str) -> None:
    language = interaction.locale.value
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=FIELD,
        style=discord.TextStyle.paragraph,
        required=False,
        max_length=_REASON_LENGTH,
    )
    label = ui.Label(
        text=say(language, "report.reason")[:45],
        description=say(language, "report.reason_hint")[:100],
        component=field,
    )
    subject, title = f"{story_id}|{page_id}", say(language, "report.title")
    await interaction.response.send_modal(form("report", subject, title=title, parts=[label]))


@on_form("report")
async def _reported(interaction: Asked, subject: str, fields: Mapping[str, str]) -> None:
    """Tell the moderators of a page."""
    await acknowledge(interaction)
    asking = await ask(interaction)
    story_id, _, page_id = subject.partition("|")
    reason = fields.get(FIELD, "")
    await interaction.client.teller.stewards.report(
        story_id, asking.actor, reason=reason, page=page_id or None
    )
    await answer(interaction, say(asking.language, "report.thanks"))
