"""A page as an embed with ordinary buttons: for clients and servers that layouts do not suit."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.chat.lines import title_line
from bot.chat.page import PageView
from bot.discord.artwork import Art
from bot.discord.buttons import rows_of
from bot.discord.escaping import plain
from bot.discord.layouts import AT_WORK, COLOURS, TITLE_LENGTH, alt_of, file_of, small_print

PROSE_LENGTH = 3900


def page_embed(view: PageView, art: Art | None) -> dict[str, Any]:
    """Return what a message of a page is sent or edited with, by discord.py's names."""
    embed = discord.Embed(
        title=plain(title_line(view), most=TITLE_LENGTH),
        description=plain(view.text, most=PROSE_LENGTH) or None,
        colour=COLOURS.get(view.phase, AT_WORK),
    )
    embed.set_footer(text="\n".join(small_print(view)))
    files = []
    if art is not None:
        # An embed's picture cannot hide behind a spoiler; a file of its own can.
        file = file_of(art, name=f"page-{view.number}", alt=alt_of(view), spoiler=view.hidden)
        files.append(file)
        if not view.hidden:
            embed.set_image(url=file.uri)
    buttons = ui.View(timeout=None)
    for number, row in enumerate(rows_of(view)):
        for button in row:
            button.row = number
            buttons.add_item(button)
    return {"embeds": [embed], "view": buttons, "files": files}
