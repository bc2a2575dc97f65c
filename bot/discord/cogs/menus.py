"""What a message's own menu offers: go on from it, its details, a report of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.chat.texts import say
from bot.discord.asking import acknowledge, answer, ask
from bot.discord.cares import FIELD, form, guarded, on_form
from bot.discord.details import details_panel
from bot.discord.panels import show_panel
from bot.discord.posting import story_of
from bot.discord.presses import show_form
from bot.discord.translator import worded
from bot.errors import BadInputError, UnavailableError

if TYPE_CHECKING:
    from bot.chat.desk import Shown
    from bot.discord.client import PagewrightClient

    Asked = discord.Interaction[PagewrightClient]

# A form must be shown within 3 s.
QUICK_S = 2.0
_REASON_LENGTH = 500


class MenusCog(commands.Cog):
    """The context menus of messages, and the same behind "More"."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client
        self._menus = (
            _menu("discord.menu_continue", self._continue),
            _menu("discord.menu_details", self._details),
            _menu("discord.menu_report", self._report),
        )

    async def cog_load(self) -> None:
        """Add the menus, and answer the buttons behind "More"."""
        for menu in self._menus:
            self.client.tree.add_command(menu)
        self.client.presses.handle("details", _details_pressed)
        self.client.presses.handle("report", _report_pressed)

    async def cog_unload(self) -> None:
        """Take the menus away."""
        for menu in self._menus:
            self.client.tree.remove_command(menu.name, type=menu.type)

    async def _continue(self, interaction: Asked, message: discord.Message) -> None:
        await guarded(interaction, _continue_from(interaction, message))

    async def _details(self, interaction: Asked, message: discord.Message) -> None:
        await acknowledge(interaction)
        asking = await ask(interaction)
        shown = await _shown(interaction, message)
        if shown is None:
            await answer(interaction, say(asking.language, "report.no_page"))
            return
        panel = await details_panel(self.client, shown.story_id, shown.page_id, asking)
        await show_panel(interaction, panel)

    async def _report(self, interaction: Asked, message: discord.Message) -> None:
        await guarded(interaction, _report_shown(interaction, message))


def _menu(key: str, callback: Any) -> app_commands.ContextMenu:
    return app_commands.ContextMenu(
        name=worded(key),
        callback=callback,
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
        allowed_installs=app_commands.AppInstallationType(guild=True),
    )


async def _shown(interaction: Asked, message: discord.Message) -> Shown | None:
    try:
        async with asyncio.timeout(QUICK_S):
            return await interaction.client.desk.shown_at(
                str(interaction.channel_id), str(message.id)
            )
    except TimeoutError:
        raise UnavailableError("The library takes long: try again in a moment.") from None


async def _continue_from(interaction: Asked, message: discord.Message) -> None:
    shown, language = await _shown(interaction, message), interaction.locale.value
    if shown is None:
        raise BadInputError(say(language, "report.no_page"))
    if not shown.page_id:
        raise BadInputError(say(language, "action.not_ready"))
    await show_form(interaction, "continue", shown.page_id)


async def _report_shown(interaction: Asked, message: discord.Message) -> None:
    shown, language = await _shown(interaction, message), interaction.locale.value
    if shown is None:
        raise BadInputError(say(language, "report.no_page"))
    await _show_report_form(interaction, shown.story_id, shown.page_id)


async def _details_pressed(interaction: Asked, page_id: str) -> None:
    await acknowledge(interaction)
    asking = await ask(interaction)
    story_id = await story_of(interaction.client, page_id, asking.language)
    await show_panel(
        interaction, await details_panel(interaction.client, story_id, page_id, asking)
    )


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
