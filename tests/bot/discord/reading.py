"""Reads what a person sees of a message."""

from __future__ import annotations

from tests.bot.discord.loopback import Message


def labels(message: Message) -> list[str]:
    """Return what its buttons say, or show."""
    return [b.get("label") or (b.get("emoji") or {}).get("name", "") for b in message.buttons]


def press(message: Message, name: str) -> str:
    """Return the id of a button by what it says, or shows."""
    return str(message.buttons[labels(message).index(name)]["custom_id"])


def last(message: Message) -> str:
    """Return its last line."""
    return message.text.splitlines()[-1]


def was_done(message: Message) -> int:
    """Return how often it was drawn as a finished page."""
    return sum("st:1:continue" in str(version.components) for version in message.versions)
