"""Private answers of several parts, as a layout of components or as an embed: one description."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.discord.asking import answer
from bot.discord.client import Asked
from bot.discord.controls import Control
from bot.discord.escaping import shortened

Rows = tuple[tuple[Control, ...], ...]

COLOUR = discord.Colour(0x6E8B5A)
# Discord's 4000 characters of a layout, shared by the title and all entries.
TEXT_LENGTH, TITLE_LENGTH, EMBED_LENGTH = 3700, 200, 4000
ALT_LENGTH = 1000


@dataclass(frozen=True)
class Entry:
    """A paragraph in Markdown, with a small picture (WebP) beside it where there is one."""

    text: str
    picture: bytes = b""
    alt: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Panel:
    """What somebody sees: a title, paragraphs, small print, and rows of components.

    ``sheet`` is one JPEG that stands for all entries' pictures where there are no layouts.
    """

    title: str
    entries: tuple[Entry, ...] = ()
    note: str = ""
    rows: Rows = ()
    sheet: bytes = b""
    sheet_alt: str = ""


def drawn(panel: Panel, *, renderer: str) -> dict[str, Any]:
    """Return a panel by discord.py's names: view, embeds and files."""
    return _layout(panel) if renderer == "layout" else _embed(panel)


async def show_panel(interaction: Asked, panel: Panel, *, instead: bool = False) -> None:
    """Answer privately with a panel, ``instead`` of what the pressed message showed."""
    renderer = interaction.client.service.settings.discord.renderer
    parts = drawn(panel, renderer=renderer)
    if not instead:
        await answer(interaction, **parts)
        return
    files = parts.pop("files")
    if renderer == "layout":
        parts.pop("embeds")
    await interaction.edit_original_response(**parts, attachments=files)


def _layout(panel: Panel) -> dict[str, Any]:
    box: ui.Container[Any] = ui.Container(accent_colour=COLOUR)
    box.add_item(ui.TextDisplay(f"### {shortened(panel.title, most=TITLE_LENGTH)}"))
    most = max(60, TEXT_LENGTH // max(1, len(panel.entries)))
    files = []
    for number, entry in enumerate(panel.entries, start=1):
        text: ui.TextDisplay[Any] = ui.TextDisplay(shortened(entry.text, most=most))
        if not entry.picture:
            box.add_item(text)
            continue
        file = discord.File(io.BytesIO(entry.picture), f"cover-{number}.webp")
        files.append(file)
        alt = entry.alt[:ALT_LENGTH] or None
        thumbnail: ui.Thumbnail[Any] = ui.Thumbnail(file, description=alt, spoiler=entry.hidden)
        box.add_item(ui.Section(text, accessory=thumbnail))
    if panel.note:
        box.add_item(ui.TextDisplay(f"-# {shortened(panel.note, most=200)}"))
    for row in panel.rows:
        box.add_item(ui.ActionRow(*row))
    layout = ui.LayoutView(timeout=None)
    layout.add_item(box)
    return {"view": layout, "embeds": [], "files": files}


def _embed(panel: Panel) -> dict[str, Any]:
    text = "\n\n".join(entry.text for entry in panel.entries)
    embed = discord.Embed(
        title=shortened(panel.title, most=TITLE_LENGTH),
        description=shortened(text, most=EMBED_LENGTH) or None,
        colour=COLOUR,
    )
    if panel.note:
        embed.set_footer(text=panel.note)
    files = []
    if panel.sheet:
        alt = panel.sheet_alt[:ALT_LENGTH]
        file = discord.File(io.BytesIO(panel.sheet), "covers.jpg", description=alt)
        files.append(file)
        embed.set_image(url=file.uri)
    view = ui.View(timeout=None)
    for number, row in enumerate(panel.rows):
        for item in row:
            item.row = number
            view.add_item(item)
    return {"view": view, "embeds": [embed], "files": files}
