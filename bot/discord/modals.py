"""The forms about a page: what happens next, and its words."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.chat.texts import say
from bot.discord.controls import form
from bot.storytelling.orders import PageAct
from bot.storytelling.wording import MAX_PAGE_TEXT

DIRECTION, TEXT = "direction", "text"


def direction_form(act: PageAct, page_id: str, language: str, *, most: int) -> ui.Modal:
    """Return the form that asks what happens next; it may stay blank."""
    branch = act == "branch"
    title = say(language, "action.branch_title" if branch else "action.continue_title")
    field: ui.TextInput[Any] = ui.TextInput(
        style=discord.TextStyle.paragraph, required=False, max_length=most, custom_id=DIRECTION
    )
    label = ui.Label(
        text=say(language, "action.direction"),
        description=say(language, "action.direction_hint"),
        component=field,
    )
    return form(act, page_id, title=title, parts=[label])


def text_form(page_id: str, text: str, language: str) -> ui.Modal:
    """Return the form in which a page's words are changed."""
    field: ui.TextInput[Any] = ui.TextInput(
        style=discord.TextStyle.paragraph,
        default=text[:MAX_PAGE_TEXT],
        max_length=MAX_PAGE_TEXT,
        custom_id=TEXT,
    )
    label = ui.Label(text=say(language, "action.edit_text"), component=field)
    return form("edit", page_id, title=say(language, "action.edit_title"), parts=[label])
