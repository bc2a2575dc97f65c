"""A page as a layout of components: title, picture, prose, small print, buttons."""

from __future__ import annotations

import io
from typing import Any

import discord
from discord import ui

from bot.chat.lines import footer, status, title_line
from bot.chat.page import PageView
from bot.chat.texts import say
from bot.discord.artwork import Art
from bot.discord.buttons import rows_of
from bot.discord.escaping import plain, shortened

# Discord takes 4000 characters in all texts of a layout, and counts what escapes add.
TITLE_LENGTH = 200
PROSE_LENGTH = 3200
LINE_LENGTH = 240
ALT_LENGTH = 1000

COLOURS = {
    "done": discord.Colour(0x6E8B5A),
    "failed": discord.Colour(0xB4553F),
    "cancelled": discord.Colour(0x8A8A8A),
    "deleted": discord.Colour(0x8A8A8A),
}
AT_WORK = discord.Colour(0xC9A227)


def page_layout(view: PageView, art: Art | None) -> dict[str, Any]:
    """Return what a message of a page is sent or edited with, by discord.py's names."""
    file = _file(view, art)
    box: ui.Container[Any] = ui.Container(accent_colour=COLOURS.get(view.phase, AT_WORK))
    box.add_item(ui.TextDisplay(f"### {plain(title_line(view), most=TITLE_LENGTH)}"))
    if file is not None:
        item = discord.MediaGalleryItem(file, description=alt_of(view), spoiler=view.hidden)
        box.add_item(ui.MediaGallery(item))
    if view.text:
        box.add_item(ui.TextDisplay(plain(view.text, most=PROSE_LENGTH)))
    for line in small_print(view):
        box.add_item(ui.TextDisplay(f"-# {plain(line, most=LINE_LENGTH)}"))
    for row in rows_of(view):
        box.add_item(ui.ActionRow(*row))
    layout = ui.LayoutView(timeout=None)
    layout.add_item(box)
    return {"view": layout, "files": [file] if file else []}


def small_print(view: PageView) -> list[str]:
    """Return the lines under a page: what is going on, else where one is."""
    state = status(view)
    lines = [state] if state else []
    if not view.live and (place := _place(view)):
        lines.append(place)
    return [shortened(line, most=LINE_LENGTH) for line in lines]


def alt_of(view: PageView) -> str:
    """Return what those hear who do not see the picture."""
    text = view.alt or say(view.language, "page.placeholder_alt")
    return text[:ALT_LENGTH]


def _place(view: PageView) -> str:
    parts = [footer(view)]
    if view.author:
        parts.append(say(view.language, "page.by", author=view.author))
    if view.loves:
        parts.append(f"♥ {view.loves}")
    return " · ".join(parts)


def _file(view: PageView, art: Art | None) -> discord.File | None:
    if art is None:
        return None
    return file_of(art, name=f"page-{view.number}", alt=alt_of(view))


def file_of(art: Art, *, name: str, alt: str, spoiler: bool = False) -> discord.File:
    """Return a picture as a file to send, which serves one try only."""
    data, filename = io.BytesIO(art.data), f"{name}.{art.suffix}"
    return discord.File(data, filename, description=alt, spoiler=spoiler)
