"""What the bot needs to be allowed in a channel, said before anything is queued."""

from __future__ import annotations

from typing import Any

import discord

from bot.chat.texts import say
from bot.errors import BadInputError

_RIGHTS = {
    "view_channel": "action.right_view",
    "send_messages": "action.right_write",
    "send_messages_in_threads": "action.right_in_threads",
    "create_public_threads": "action.right_threads",
    "attach_files": "action.right_attach",
    "embed_links": "action.right_embed",
}


class RightsError(BadInputError):
    """The bot lacks rights in a channel; the message names them."""


def check_rights(
    allowed: discord.Permissions, channel: Any, language: str, *, thread: bool = False
) -> None:
    """Raise ``RightsError`` naming what a page's messages need here and the bot may not.

    ``thread``: a thread is to be opened in the channel. Direct messages need nothing.
    """
    if missing := missing_rights(allowed, channel, thread=thread):
        rights = ", ".join(say(language, _RIGHTS[name]) for name in missing)
        raise RightsError(say(language, "action.may_not", rights=rights))


def missing_rights(
    allowed: discord.Permissions, channel: Any, *, thread: bool = False
) -> list[str]:
    """Return the rights that are needed in a channel and not there, by discord.py's names."""
    if getattr(channel, "guild", None) is None:
        return []
    write = "send_messages"
    needed = ["view_channel", "attach_files", "embed_links"]
    if isinstance(channel, discord.Thread) or thread:
        write = "send_messages_in_threads"
    if thread and not isinstance(channel, discord.Thread):
        needed.append("create_public_threads")
    return [name for name in ["view_channel", write, *needed[1:]] if not getattr(allowed, name)]
