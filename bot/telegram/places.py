"""Where messages are on Telegram: a chat, or a topic of a forum, written as the desk's channel."""

from __future__ import annotations

from typing import NamedTuple

from telegram import Chat, MaybeInaccessibleMessage, Message

PLATFORM = "telegram"


class Place(NamedTuple):
    """A chat, and a forum's topic there or None."""

    chat: int
    thread: int | None = None

    @property
    def channel(self) -> str:
        """Return the desk's name of the place: "<chat>" or "<chat>:<thread>"."""
        return str(self.chat) if self.thread is None else f"{self.chat}:{self.thread}"

    @property
    def private(self) -> bool:
        """Tell whether it is one person's chat with the bot; groups and channels are negative."""
        return self.chat > 0

    @property
    def community(self) -> str:
        """Return the chat's community, which all of its topics share."""
        return f"{PLATFORM}:{self.chat}"


def place_named(channel: str) -> Place:
    """Return the place that a desk's channel names."""
    chat, _, thread = channel.partition(":")
    return Place(int(chat), int(thread) if thread else None)


def place_of(message: MaybeInaccessibleMessage) -> Place:
    """Return where a message is.

    The thread of a group that is no forum is a row of replies, and nothing can be sent *to* it.
    """
    if isinstance(message, Message) and message.is_topic_message:
        return Place(message.chat.id, message.message_thread_id)
    return Place(message.chat.id)


def name_of_chat(chat: Chat) -> str:
    """Return what a chat is called."""
    return chat.title or chat.effective_name or ""
