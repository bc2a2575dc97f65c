"""One's own queue as a private message: a line and a Cancel for each story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import discord
from discord import ui

from bot.chat.lines import duration
from bot.chat.texts import say
from bot.discord.controls import Control, button
from bot.discord.escaping import plain
from bot.discord.layouts import AT_WORK
from bot.storytelling.views import QueueLine

_TITLE_LENGTH = 80
# Sections of three components each within Discord's 40; an embed's view has 25 buttons.
MOST_LINES = 10


def queue_view(
    lines: Sequence[QueueLine], language: str, *, renderer: Literal["layout", "embed"]
) -> dict[str, Any]:
    """Return the message for ``answer``: a layout, or an embed with buttons."""
    lines = lines[:MOST_LINES]
    heading = say(language, "action.queue")
    told = [_line(line, language) for line in lines]
    if not lines:
        told = [say(language, "action.queue_empty")]
    if renderer == "embed":
        return _embed(heading, told, lines, language)
    box: ui.Container[Any] = ui.Container(ui.TextDisplay(f"### {heading}"), accent_colour=AT_WORK)
    if not lines:
        box.add_item(ui.TextDisplay(told[0]))
    for line, text in zip(lines, told, strict=False):
        box.add_item(ui.Section(text, accessory=_cancel(line, language)))
    layout = ui.LayoutView(timeout=None)
    layout.add_item(box)
    return {"view": layout}


def _embed(
    heading: str, told: list[str], lines: Sequence[QueueLine], language: str
) -> dict[str, Any]:
    embed = discord.Embed(title=heading, description="\n".join(told), colour=AT_WORK)
    view = ui.View(timeout=None)
    for line in lines:
        view.add_item(_cancel(line, language, numbered=True))
    return {"embeds": [embed], "view": view}


def _line(line: QueueLine, language: str) -> str:
    title = plain(line.title, most=_TITLE_LENGTH)
    wait = duration(language, line.seconds_left)
    if line.position < 1:
        return say(language, "action.queue_at_work", title=title, wait=wait)
    return say(language, "action.queue_waiting", position=line.position, title=title, wait=wait)


def _cancel(line: QueueLine, language: str, *, numbered: bool = False) -> Control:
    label = say(language, "button.cancel")
    if numbered and line.position:
        label = f"{label} #{line.position}"
    return button("cancel", line.job_id, label=label)
