"""``/export``: a story as a file to keep, sent privately."""

from __future__ import annotations

import logging

import discord
from discord import app_commands
from discord.ext import commands

from bot.books.export import FORMATS, Format
from bot.chat.exports import caption, formats, label, size_text
from bot.chat.texts import say
from bot.discord.asking import Asking, acknowledge, answer, ask
from bot.discord.client import Asked, PagewrightClient
from bot.discord.controls import chosen, menu, on, option
from bot.discord.escaping import plain
from bot.discord.panels import Panel, show_panel
from bot.discord.posting import story_of
from bot.discord.suggesting import meant_story, suggest_stories
from bot.discord.translator import worded
from bot.errors import BadInputError

log = logging.getLogger(__name__)

_TITLE_LENGTH = 100
_FORMATS: list[app_commands.Choice[str]] = [
    app_commands.Choice(name=worded("export.pdf"), value="pdf"),
    app_commands.Choice(name=worded("export.epub"), value="epub"),
    app_commands.Choice(name=worded("export.html"), value="html"),
    app_commands.Choice(name=worded("export.zip"), value="zip"),
    app_commands.Choice(name=worded("export.mp4"), value="mp4"),
]


class ExportCog(commands.Cog):
    """Sends stories as files."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    @app_commands.command(
        name=worded("discord.export_name"), description=worded("discord.export_about")
    )
    @app_commands.rename(story=worded("discord.which_name"), format_=worded("discord.format_name"))
    @app_commands.describe(
        story=worded("discord.which_about"), format_=worded("discord.format_about")
    )
    @app_commands.choices(format_=_FORMATS)
    @app_commands.autocomplete(story=suggest_stories)
    async def export(
        self,
        interaction: Asked,
        story: app_commands.Range[str, 1, 200],
        format_: app_commands.Choice[str] | None = None,
    ) -> None:
        """Send a story as a file; without a format, ask for one."""
        await acknowledge(interaction)
        asking = await ask(interaction)
        story_id = await meant_story(interaction, story, asking)
        if format_ is None:
            await _ask_format(interaction, story_id, "", asking)
            return
        await _send(interaction, story_id, "", _format(format_.value), asking)


@on("export")
async def _choose(interaction: Asked, page_id: str) -> None:
    """Ask in what format the branch up to a page is to come."""
    await acknowledge(interaction)
    asking = await ask(interaction)
    story_id = await story_of(interaction.client, page_id, asking.language)
    await _ask_format(interaction, story_id, page_id, asking)


async def _ask_format(interaction: Asked, story_id: str, leaf: str, asking: Asking) -> None:
    details = await interaction.client.teller.views.details(story_id, asking.actor)
    title = plain(details.title, most=_TITLE_LENGTH)
    question = say(asking.language, "export.choose", title=title)
    options = [option(name, kind) for kind, name in formats(asking.language).items()]
    choice = menu("exportas", f"{story_id}|{leaf}", placeholder="…", options=options)
    await show_panel(interaction, Panel(question, rows=((choice,),)))


@on("exportas")
async def _chosen(interaction: Asked, subject: str) -> None:
    """Send the story in the format that was chosen."""
    await acknowledge(interaction)
    asking = await ask(interaction)
    story_id, _, leaf = subject.partition("|")
    for kind in chosen(interaction)[:1]:
        await _send(interaction, story_id, leaf, _format(kind), asking)


async def _send(interaction: Asked, story_id: str, leaf: str, kind: Format, asking: Asking) -> None:
    client, language = interaction.client, asking.language
    details = await client.teller.views.details(story_id, asking.actor)
    title = plain(details.title, most=_TITLE_LENGTH)
    if not details.branch:
        await answer(interaction, say(language, "show.no_page", title=title))
        return
    working = say(language, "export.working", title=title, format=label(kind, language))
    await interaction.edit_original_response(content=working)
    limit = interaction.filesize_limit
    making = client.exporter.story(
        story_id, kind, asking.actor, language=language, leaf=leaf, most_bytes=limit
    )
    async with making as made:
        text = caption(made, language, limit=limit)
        file = discord.File(made.path, made.name)
        await _deliver(interaction, text, file, too_large=size_text(made.size))


async def _deliver(interaction: Asked, text: str, file: discord.File, *, too_large: str) -> None:
    try:
        await interaction.edit_original_response(content=text, attachments=[file])
    except discord.HTTPException as error:
        if error.status != 413:
            raise
        log.warning("a file of %s is too large for Discord", too_large)
        raise BadInputError(text) from None


def _format(value: str) -> Format:
    return next(kind for kind in FORMATS if kind == value)
