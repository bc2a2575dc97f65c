"""Reads commands out of messages, and keeps Telegram's menu of commands up to date."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
    Message,
)
from telegram.ext import ExtBot

from bot.chat.texts import DEFAULT, LANGUAGES, say
from bot.storytelling.marks import Marks
from bot.telegram.places import PLATFORM
from bot.telegram.routes import Command, Offered

_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,32})(?:@(?P<bot>\w+))?(?:\s+|$)")
# The narrowest scope that fits replaces the others, so each lists all that it offers.
_SCOPES: tuple[tuple[BotCommandScope, frozenset[Offered]], ...] = (
    (BotCommandScopeDefault(), frozenset({"everywhere"})),
    (BotCommandScopeAllPrivateChats(), frozenset({"everywhere", "private"})),
    (BotCommandScopeAllChatAdministrators(), frozenset({"everywhere", "admins"})),
)


def read_command(message: Message, username: str) -> tuple[str, str] | None:
    """Return a message's command and the words behind it; None where it is none, or another bot's.

    A photo's caption counts as well as a text.
    """
    text = message.text or message.caption or ""
    found = _COMMAND.match(text)
    if found is None or (found["bot"] and found["bot"].lower() != username.lower()):
        return None
    return found["name"].lower(), text[found.end() :].strip()


async def set_commands(bot: ExtBot[str], marks: Marks, commands: Iterable[Command]) -> bool:
    """Send the menus of commands where they changed since they were sent last; tell whether."""
    menus = list(_menus(tuple(commands)))
    plain = [[scope.to_dict(), language, lines] for scope, language, lines in menus]
    state = hashlib.sha256(json.dumps(plain).encode()).hexdigest()
    key = f"{PLATFORM}:commands:{bot.id}"
    if await marks.get(key) == state:
        return False
    for scope, language, lines in menus:
        await bot.set_my_commands(
            [BotCommand(name, about) for name, about in lines],
            scope=scope,
            language_code=language or None,
        )
    await marks.put(key, state)
    return True


def _menus(
    commands: tuple[Command, ...],
) -> Iterator[tuple[BotCommandScope, str, list[tuple[str, str]]]]:
    for scope, offered in _SCOPES:
        shown = [command for command in commands if command.offered in offered]
        for language in LANGUAGES:
            lines = [(command.name, say(language, command.description)) for command in shown]
            # English is for whoever has none of the languages, too.
            yield scope, "" if language == DEFAULT else language, lines
