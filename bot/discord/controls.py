"""Buttons, menus and forms; what each asks for stands in its id, so that they survive any restart.

The id is ``st:1:<action>:<subject>``. Nothing of a view is kept in memory: discord.py finds the
class by the id's pattern, and what may be done is asked of the library at each use.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Self, TypeVar

import discord
from discord import ui

from bot.chat.texts import say
from bot.discord.asking import acknowledge, answer, refuse
from bot.discord.client import Asked

H = TypeVar("H")
# Called with the interaction, not answered yet, and what stands behind the action.
Handler = Callable[[Asked, str], Awaitable[None]]
# The same with the fields of a form by their ids.
FormHandler = Callable[[Asked, str, Mapping[str, str]], Awaitable[None]]

ID_LENGTH = 100
# A form that somebody left open is forgotten; what it asks for is in its id all the same.
OPEN_FOR_S = 3600.0
FIELD = "value"
_ID = re.compile(r"st:1:(?P<action>[a-z]+):(?P<subject>.*)", re.DOTALL)
_handlers: dict[str, Handler] = {}
_form_handlers: dict[str, FormHandler] = {}


def id_of(action: str, subject: str = "") -> str:
    """Return the id of what asks for ``action`` at ``subject``."""
    return f"st:1:{action}:{subject}"


def on(action: str) -> Callable[[Handler], Handler]:
    """Let the decorated function do what buttons and menus of an action ask for."""
    return _registering(_handlers, action)


def on_form(action: str) -> Callable[[FormHandler], FormHandler]:
    """Let the decorated function do what forms of an action ask for."""
    return _registering(_form_handlers, action)


class Control(ui.DynamicItem[ui.Item[Any]], template=_ID):
    """A button or menu whose id tells what it is for."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the one that was used, whichever process drew it."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what it asks for; whatever goes wrong is answered privately."""
        action, subject = self.custom_id.split(":", 3)[2:]
        await _guarded(interaction, _handlers.get(action, _unknown)(interaction, subject))


def button(
    action: str,
    subject: str = "",
    *,
    label: str | None = None,
    emoji: str | None = None,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
    row: int | None = None,
) -> Control:
    """Return a button that asks for ``action`` at ``subject``."""
    return Control(
        ui.Button(
            label=label,
            emoji=emoji,
            style=style,
            disabled=disabled,
            custom_id=id_of(action, subject),
            row=row,
        )
    )


def menu(
    action: str, subject: str = "", *, placeholder: str, options: list[discord.SelectOption]
) -> Control:
    """Return a menu that asks for ``action`` with what was chosen from it."""
    custom_id = id_of(action, subject)
    return Control(ui.Select(custom_id=custom_id, placeholder=placeholder[:150], options=options))


def option(label: str, value: str, *, description: str = "", default: bool = False) -> Any:
    """Return a menu's line, cut to what Discord takes."""
    return discord.SelectOption(
        label=_cut(label) or "…",
        value=value,
        description=_cut(description) or None,
        default=default,
    )


def chosen(interaction: Asked) -> list[str]:
    """Return what was chosen from a menu: values, or ids of channels or roles."""
    data: Any = interaction.data or {}
    return [str(value) for value in data.get("values") or []]


def form(action: str, subject: str = "", *, title: str, parts: list[ui.Item[Any]]) -> ui.Modal:
    """Return a form; its fields come back by their ids."""
    made = ui.Modal(title=title[:45], custom_id=id_of(action, subject), timeout=OPEN_FOR_S)
    for part in parts:
        made.add_item(part)
    return made


async def submitted(interaction: Asked) -> None:
    """Do what a form asks for, where the interaction brings one of ours back."""
    data: Any = interaction.data or {}
    if interaction.type is not discord.InteractionType.modal_submit:
        return
    match = _ID.fullmatch(str(data.get("custom_id", "")))
    handler = _form_handlers.get(match["action"]) if match else None
    if handler is not None and match is not None:
        fields = dict(_fields(data.get("components") or []))
        await _guarded(interaction, handler(interaction, match["subject"], fields))


def _registering(handlers: dict[str, H], action: str) -> Callable[[H], H]:
    def register(handler: H) -> H:
        if handlers.setdefault(action, handler) is not handler:
            raise ValueError(f"Two functions handle {action!r}.")
        return handler

    return register


async def _guarded(interaction: Asked, work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:  # whatever it is, somebody waits for an answer
        await refuse(interaction, error)


async def _unknown(interaction: Asked, subject: str) -> None:
    """Answer what an earlier version drew, and nobody handles any more."""
    await acknowledge(interaction)
    await answer(interaction, say(interaction.locale.value, "action.no_page"))


def _fields(components: list[Any]) -> Iterator[tuple[str, str]]:
    for component in components:
        if "custom_id" in component:
            values = component.get("values")
            text = ",".join(values) if values is not None else component.get("value") or ""
            yield str(component["custom_id"]), str(text)
        inner = component.get("components") or []
        yield from _fields([*inner, *filter(None, [component.get("component")])])


def _cut(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:99]}…"
