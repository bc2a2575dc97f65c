"""The forms that people fill in; what each asks for stands in its id, as with the buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.chat.texts import say
from bot.storytelling.orders import PageAct
from bot.storytelling.wording import MAX_PAGE_TEXT

DIRECTION, TEXT = "direction", "text"
# A form that somebody left open is forgotten; what it asks for is in its id all the same.
OPEN_FOR_S = 3600.0
_ID = re.compile(r"st:1:(?P<act>continue|branch|edit):(?P<page>[0-9a-z]{1,40})")


@dataclass(frozen=True)
class Submitted:
    """A form that came back: what is asked for, at which page, and the fields by their ids."""

    act: PageAct
    page_id: str
    fields: Mapping[str, str]


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
    return _form(act, page_id, title, label)


def text_form(page_id: str, text: str, language: str) -> ui.Modal:
    """Return the form in which a page's words are changed."""
    field: ui.TextInput[Any] = ui.TextInput(
        style=discord.TextStyle.paragraph,
        default=text[:MAX_PAGE_TEXT],
        max_length=MAX_PAGE_TEXT,
        custom_id=TEXT,
    )
    label = ui.Label(text=say(language, "action.edit_text"), component=field)
    return _form("edit", page_id, say(language, "action.edit_title"), label)


def submitted(interaction: discord.Interaction[Any]) -> Submitted | None:
    """Return the form of ours that an interaction brings back, whichever process showed it."""
    data: Any = interaction.data or {}
    match = _ID.fullmatch(str(data.get("custom_id", "")))
    if interaction.type is not discord.InteractionType.modal_submit or match is None:
        return None
    acts: dict[str, PageAct] = {"continue": "continue", "branch": "branch", "edit": "edit"}
    fields = dict(_fields(data.get("components") or []))
    return Submitted(acts[match["act"]], match["page"], fields)


def _form(act: PageAct, page_id: str, title: str, label: ui.Label[Any]) -> ui.Modal:
    form = ui.Modal(title=title, custom_id=f"st:1:{act}:{page_id}", timeout=OPEN_FOR_S)
    form.add_item(label)
    return form


def _fields(components: list[Any]) -> Iterator[tuple[str, str]]:
    """Give the ids and contents of all fields, however deep they lie."""
    for component in components:
        if "value" in component:
            yield str(component["custom_id"]), str(component["value"] or "")
        inner = component.get("components") or []
        yield from _fields([*inner, *filter(None, [component.get("component")])])
