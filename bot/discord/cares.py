"""Buttons, menus and forms beside a page's own: gallery, settings, privacy and the like.

A component's id is ``pw:1:<action>:<subject>``, a form's ``pf:1:<action>:<subject>``. As with the
buttons under a page nothing is kept in memory: the id says all, whichever process drew it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import discord
from discord import ui

from bot.discord.posting import refuse_politely

if TYPE_CHECKING:
    from bot.discord.client import PagewrightClient

    Pressed = discord.Interaction[PagewrightClient]
    # Called with the interaction, not answered yet, and what stands behind the action.
    Handler = Callable[[Pressed, str], Awaitable[None]]
    FormHandler = Callable[[Pressed, str, Mapping[str, str]], Awaitable[None]]

log = logging.getLogger(__name__)

ID_LENGTH = 100
# A form that somebody left open is forgotten; what it asks for is in its id all the same.
OPEN_FOR_S = 3600.0
FIELD = "value"
_PART, _FORM = "pw:1", "pf:1"
_FORM_ID = re.compile(rf"{_FORM}:(?P<action>[a-z]+):(?P<subject>.*)", re.DOTALL)
_handlers: dict[str, Handler] = {}
_form_handlers: dict[str, FormHandler] = {}


def care_id(action: str, subject: str = "") -> str:
    """Return the id of a component that asks for ``action`` at ``subject``."""
    return f"{_PART}:{action}:{subject}"


def on(action: str) -> Callable[[Handler], Handler]:
    """Let the decorated function do what components of an action ask for."""

    def register(handler: Handler) -> Handler:
        _handlers[action] = handler
        return handler

    return register


def on_form(action: str) -> Callable[[FormHandler], FormHandler]:
    """Let the decorated function do what forms of an action ask for."""

    def register(handler: FormHandler) -> FormHandler:
        _form_handlers[action] = handler
        return handler

    return register


class Care(
    ui.DynamicItem[ui.Item[Any]],
    template=re.compile(rf"{_PART}:(?P<action>[a-z]+):(?P<subject>.*)", re.DOTALL),
):
    """A button or menu whose id tells what it is for."""

    def __init__(self, item: ui.Item[Any]) -> None:
        super().__init__(item)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the component that was used, whichever process drew it."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what it asks for; whatever goes wrong is answered privately."""
        match = self.template.fullmatch(self.custom_id)
        handler = _handlers.get(match["action"]) if match else None
        if handler is not None and match is not None:
            await guarded(interaction, handler(interaction, match["subject"]))


def button(
    action: str,
    subject: str = "",
    *,
    label: str | None = None,
    emoji: str | None = None,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> Care:
    """Return a button that asks for ``action`` at ``subject``."""
    custom_id = care_id(action, subject)
    return Care(
        ui.Button(label=label, emoji=emoji, style=style, disabled=disabled, custom_id=custom_id)
    )


def menu(
    action: str, subject: str = "", *, placeholder: str, options: list[discord.SelectOption]
) -> Care:
    """Return a menu that asks for ``action`` with what was chosen from it."""
    custom_id = care_id(action, subject)
    return Care(ui.Select(custom_id=custom_id, placeholder=placeholder[:150], options=options))


def option(label: str, value: str, *, description: str = "", default: bool = False) -> Any:
    """Return a menu's line, cut to what Discord takes."""
    return discord.SelectOption(
        label=_cut(label) or "…",
        value=value,
        description=_cut(description) or None,
        default=default,
    )


def chosen(interaction: Pressed) -> list[str]:
    """Return what was chosen from a menu: values, or ids of channels or roles."""
    data: Any = interaction.data or {}
    return [str(value) for value in data.get("values") or []]


def form(action: str, subject: str = "", *, title: str, parts: list[ui.Item[Any]]) -> ui.Modal:
    """Return a form; its fields come back by their ids."""
    made = ui.Modal(title=title[:45], custom_id=f"{_FORM}:{action}:{subject}", timeout=OPEN_FOR_S)
    for part in parts:
        made.add_item(part)
    return made


async def submitted(interaction: Pressed) -> None:
    """Do what a form asks for, where the interaction brings one of ours back."""
    data: Any = interaction.data or {}
    if interaction.type is not discord.InteractionType.modal_submit:
        return
    match = _FORM_ID.fullmatch(str(data.get("custom_id", "")))
    handler = _form_handlers.get(match["action"]) if match else None
    if handler is not None and match is not None:
        fields = dict(_fields(data.get("components") or []))
        await guarded(interaction, handler(interaction, match["subject"], fields))


async def guarded(interaction: Pressed, work: Awaitable[None]) -> None:
    """Wait for some work; what keeps it from being done is answered privately."""
    try:
        await work
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("a press could not be answered: %s", error)
    except Exception as error:  # whatever it is, somebody waits for an answer
        await refuse_politely(interaction, error, interaction.locale.value)


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
