"""``/privacy``: what is held of somebody, all of it as a file, and its deletion."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.exports import size_text
from bot.chat.texts import say
from bot.chat.told import held_lines
from bot.discord.asking import Asking, acknowledge, answer, ask
from bot.discord.client import Asked, PagewrightClient
from bot.discord.controls import button, on
from bot.discord.escaping import plain
from bot.discord.linking import linked_line
from bot.discord.panels import Entry, Panel, show_panel
from bot.discord.translator import worded
from bot.errors import BadInputError
from bot.storytelling.privacy import Held

# The newest stories that are named; an export names all.
MOST_STORIES = 10
_TITLE_LENGTH = 80
_RED = discord.ButtonStyle.danger


class PrivacyCog(commands.Cog):
    """What everybody may ask for about themselves."""

    privacy = app_commands.Group(
        name=worded("discord.privacy_name"),
        description=worded("discord.privacy_about"),
    )

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    @privacy.command(
        name=worded("discord.privacy_show_name"), description=worded("discord.privacy_show_about")
    )
    async def show(self, interaction: Asked) -> None:
        """Show what is held, in figures."""
        await acknowledge(interaction)
        asking = await ask(interaction)
        held = await self.client.teller.privacy.show(asking.actor.person)
        linked = await self.client.teller.accounts.linked(asking.actor)
        line = linked_line(linked, asking.language) if linked else ""
        await show_panel(interaction, _held_panel(held, asking.language, linked=line))

    @privacy.command(
        name=worded("discord.privacy_export_name"),
        description=worded("discord.privacy_export_about"),
    )
    async def export(self, interaction: Asked) -> None:
        """Send all of it as a ZIP."""
        await acknowledge(interaction)
        await _export(interaction, await ask(interaction))

    @privacy.command(
        name=worded("discord.privacy_delete_name"),
        description=worded("discord.privacy_delete_about"),
    )
    async def delete(self, interaction: Asked) -> None:
        """Ask once more, then forget somebody."""
        await acknowledge(interaction)
        asking = await ask(interaction)
        await show_panel(interaction, await _question(interaction, asking))


@on("privacyexport")
async def _export_pressed(interaction: Asked, subject: str) -> None:
    """Send everything, behind the figures."""
    await acknowledge(interaction)
    await _export(interaction, await ask(interaction))


@on("privacyask")
async def _delete_pressed(interaction: Asked, subject: str) -> None:
    """Ask whether everything is really to go."""
    await interaction.response.defer()
    asking = await ask(interaction)
    await show_panel(interaction, await _question(interaction, asking), instead=True)


@on("forget")
async def _forget(interaction: Asked, subject: str) -> None:
    """Forget whoever pressed."""
    await interaction.response.defer()
    asking = await ask(interaction)
    gone = await interaction.client.teller.privacy.delete(asking.actor.person)
    parts = [say(asking.language, "privacy.deleted", count=gone.stories)]
    if gone.kept:
        parts.append(say(asking.language, "privacy.deleted_kept", count=gone.kept))
    await show_panel(interaction, Panel(" ".join(parts)), instead=True)


@on("keepall")
async def _keep(interaction: Asked, subject: str) -> None:
    """Leave everything as it is."""
    await interaction.response.defer()
    kept = Panel(say(interaction.locale.value, "privacy.kept"))
    await show_panel(interaction, kept, instead=True)


def _held_panel(held: Held, language: str, *, linked: str) -> Panel:
    title = say(language, "privacy.title")
    figures = held_lines(held, language)
    if not figures and not held.name:
        return Panel(title, (Entry(say(language, "privacy.nothing")),))
    if held.name:
        figures.insert(0, say(language, "privacy.name", name=plain(held.name, most=100)))
    entries = [Entry("\n".join(figures))]
    if held.stories:
        entries.append(Entry(_stories(held, language)))
    if linked:
        entries.append(Entry(linked))
    link = button("getcode", label=say(language, "link.offer"))
    undo = button("unlink", label=say(language, "link.unlink"))
    buttons = (
        button("privacyexport", label=say(language, "privacy.export")),
        undo if linked else link,
        button("privacyask", label=say(language, "privacy.delete"), style=_RED),
    )
    return Panel(title, tuple(entries), rows=(buttons,))


def _stories(held: Held, language: str) -> str:
    heading = say(language, "privacy.your_stories")
    lines = [f"**{heading}**"]
    for story in held.stories[:MOST_STORIES]:
        title = plain(story.title, most=_TITLE_LENGTH)
        if story.deleted:
            title = say(language, "privacy.story_deleted", title=title)
        pages = say(language, "gallery.pages", count=story.pages)
        lines.append(f"{title} · {pages} · `{story.id}`")
    if (more := len(held.stories) - MOST_STORIES) > 0:
        lines.append(say(language, "privacy.more", count=more))
    return "\n".join(lines)


async def _question(interaction: Asked, asking: Asking) -> Panel:
    language = asking.language
    buttons = (
        button("forget", label=say(language, "privacy.delete_yes"), style=_RED),
        button("keepall", label=say(language, "privacy.delete_no")),
    )
    text = say(language, "privacy.delete_ask")
    known = await interaction.client.teller.accounts.linked(asking.actor)
    if known is not None:
        text += "\n\n" + say(language, "link.delete_keeps", name=plain(known.name, most=80))
    return Panel(say(language, "privacy.delete"), (Entry(text),), rows=(buttons,))


async def _export(interaction: Asked, asking: Asking) -> None:
    language, limit = asking.language, interaction.filesize_limit
    async with interaction.client.exporter.personal(asking.actor, language=language) as path:
        size = path.stat().st_size
        if size > limit:
            sizes = {"size": size_text(size), "limit": size_text(limit)}
            raise BadInputError(say(language, "privacy.export_too_large", **sizes))
        text = say(language, "privacy.exported", size=size_text(size))
        await answer(interaction, text, files=[discord.File(path)])
