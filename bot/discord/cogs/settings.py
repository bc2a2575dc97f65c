"""``/settings``: what holds in a server, open reports, deleted stories; for those who manage it."""

from __future__ import annotations

from collections.abc import Mapping

from discord import app_commands
from discord.ext import commands

from bot.chat.setting_words import NAMES
from bot.chat.texts import say
from bot.discord.asking import Asking, acknowledge, ask, asking_of
from bot.discord.client import Asked, PagewrightClient
from bot.discord.controls import FIELD, button, chosen, menu, on, on_form, option
from bot.discord.details import page_panel
from bot.discord.escaping import plain
from bot.discord.panels import Entry, Panel, show_panel
from bot.discord.settings_panel import (
    KINDS,
    reports_panel,
    setting_panel,
    settings_panel,
    shown,
)
from bot.discord.translator import worded


class SettingsCog(commands.Cog):
    """Shows and changes a server's settings."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    @app_commands.command(
        name=worded("discord.settings_name"), description=worded("discord.settings_about")
    )
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def settings(self, interaction: Asked) -> None:
        """Show all settings with their values."""
        await acknowledge(interaction)
        await _show_all(interaction, await ask(interaction), instead=False)


async def _show_all(
    interaction: Asked, asking: Asking, *, instead: bool = True, note: str = ""
) -> None:
    stewards = interaction.client.teller.stewards
    # Asked first: who may not handle reports may not change settings either.
    reports = await stewards.open_reports(asking.actor)
    values = await stewards.settings(asking.actor)
    panel = settings_panel(values, asking.language, reports=len(reports), note=note)
    await show_panel(interaction, panel, instead=instead)


@on("settings")
async def _back(interaction: Asked, subject: str) -> None:
    """Show all settings again."""
    await interaction.response.defer()
    await _show_all(interaction, await ask(interaction))


@on("setting")
async def _choose(interaction: Asked, subject: str) -> None:
    """Show how the setting that was chosen is changed."""
    asking, client = asking_of(interaction), interaction.client
    (key,) = chosen(interaction)
    values = await client.teller.stewards.settings(asking.actor)
    styles = await client.teller.suggestions.styles("") if KINDS[key] == "style" else []
    panel = setting_panel(key, values, asking.language, styles=styles or ["storybook"])
    if isinstance(panel, Panel):
        await interaction.response.defer()
        await show_panel(interaction, panel, instead=True)
    else:
        await interaction.response.send_modal(panel)


@on("set")
async def _set_chosen(interaction: Asked, key: str) -> None:
    """Set what was chosen from a menu."""
    await interaction.response.defer()
    await _set(interaction, key, chosen(interaction)[0])


@on("setdefault")
async def _reset(interaction: Asked, key: str) -> None:
    """Let a setting follow what whoever runs the bot set."""
    await interaction.response.defer()
    await _set(interaction, key, "")


@on_form("set")
async def _set_typed(interaction: Asked, key: str, fields: Mapping[str, str]) -> None:
    """Set what was typed into a form."""
    await interaction.response.defer()
    await _set(interaction, key, fields.get(FIELD, "").strip())


async def _set(interaction: Asked, key: str, value: str) -> None:
    asking = await ask(interaction)
    stewards = interaction.client.teller.stewards
    values = await stewards.set_setting(key, value, asking.actor)
    name = say(asking.language, NAMES[key].name)
    now = shown(key, getattr(values, key), asking.language)
    note = say(asking.language, "settings.changed", name=name, value=now)
    await _show_all(interaction, asking, note=note)


@on("reports")
async def _reports(interaction: Asked, subject: str) -> None:
    """Show the open reports."""
    await interaction.response.defer()
    await _show_reports(interaction, await ask(interaction))


async def _show_reports(interaction: Asked, asking: Asking) -> None:
    reports = await interaction.client.teller.stewards.open_reports(asking.actor)
    await show_panel(interaction, reports_panel(reports, asking.language), instead=True)


@on("look")
async def _look(interaction: Asked, subject: str) -> None:
    """Show privately what was reported."""
    await acknowledge(interaction)
    asking = await ask(interaction)
    story_id, _, page_id = subject.partition("|")
    panel = await page_panel(interaction.client, story_id, page_id, asking)
    await show_panel(interaction, panel)


@on("dismiss")
async def _dismiss(interaction: Asked, report_id: str) -> None:
    """Close a report; the story stays."""
    await interaction.response.defer()
    asking = await ask(interaction)
    await interaction.client.teller.stewards.handle_report(report_id, "dismissed", asking.actor)
    await _show_reports(interaction, asking)


@on("judge")
async def _judge(interaction: Asked, report_id: str) -> None:
    """Close a report and delete its story."""
    await interaction.response.defer()
    asking = await ask(interaction)
    await interaction.client.teller.stewards.handle_report(report_id, "deleted", asking.actor)
    await _show_reports(interaction, asking)


@on("deleted")
async def _deleted(interaction: Asked, subject: str) -> None:
    """Show which stories can be brought back."""
    await interaction.response.defer()
    asking = await ask(interaction)
    language = asking.language
    found = await interaction.client.teller.stewards.deleted(asking.actor)
    back = (button("settings", label=say(language, "settings.back")),)
    title = say(language, "settings.deleted")
    if not found:
        none = Entry(say(language, "settings.deleted_none"))
        await show_panel(interaction, Panel(title, (none,), rows=(back,)), instead=True)
        return
    lines = "\n".join(f"{plain(story.title, most=100)} · `{story.id}`" for story in found)
    options = [option(story.title, story.id) for story in found]
    restore = menu("restore", placeholder=say(language, "settings.restore"), options=options)
    panel = Panel(title, (Entry(lines),), rows=((restore,), back))
    await show_panel(interaction, panel, instead=True)


@on("restore")
async def _restore(interaction: Asked, subject: str) -> None:
    """Bring a deleted story back."""
    await interaction.response.defer()
    asking, teller = await ask(interaction), interaction.client.teller
    story_id = await teller.acts.restore(chosen(interaction)[0], asking.actor)
    details = await teller.views.details(story_id, asking.actor)
    title = plain(details.title, most=100)
    note = say(asking.language, "settings.restored", title=title)
    await _show_all(interaction, asking, note=note)
