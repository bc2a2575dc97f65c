"""The data of buttons: ``st:1:<action>:<rest>``, as on Discord, within Telegram's 64 bytes."""

from __future__ import annotations

from telegram import InlineKeyboardButton
from telegram.constants import InlineKeyboardButtonLimit

PREFIX = "st:1:"


def data(action: str, rest: str = "") -> str:
    """Return a button's data; raise ``ValueError`` for what Telegram would not take."""
    text = f"{PREFIX}{action}:{rest}"
    if len(text.encode()) > InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
        raise ValueError(f"{text} is too long for a button")
    return text


def read_data(text: str) -> tuple[str, str] | None:
    """Return the action and the rest of a button's data; None for what is not ours."""
    if not text.startswith(PREFIX):
        return None
    action, _, rest = text.removeprefix(PREFIX).partition(":")
    return action, rest


def button(label: str, action: str, rest: str = "") -> InlineKeyboardButton:
    """Return a button that ``routes.Button(action, …)`` answers with ``rest``."""
    return InlineKeyboardButton(label, callback_data=data(action, rest))
