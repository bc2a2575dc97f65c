"""What the desk asks of a platform: post a page's message, and draw it anew."""

from __future__ import annotations

from typing import Protocol

from bot.chat.page import PageView


class MessengerError(Exception):
    """A platform's answer to a post or an edit; its text is for the log."""


class GoneError(MessengerError):
    """The message is gone: somebody deleted it."""


class ClosedError(MessengerError):
    """Nothing can be posted in the channel any more: deleted, kicked, blocked, or not allowed."""


class LaterError(MessengerError):
    """Not now: a rate limit, the network, or the platform's own fault."""

    def __init__(self, message: str, *, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.seconds = seconds


class TooOldError(MessengerError):
    """The message is too old to be edited again: post a new one."""


class UnfitError(MessengerError):
    """The platform does not take what was drawn, and never will: a fault of the drawing."""


class Messenger(Protocol):
    """A platform's channels; ids are text. Every call raises one of the errors above, only.

    ``send`` with the same ``nonce`` soon after returns the message that is there already, where
    the platform can do that. ``edit`` draws the whole message; that nothing changed is no error.
    Views are previews but for those whose ``live`` is False, which must arrive in full quality. A
    messenger may shed previews (return without drawing), never the others.
    """

    platform: str

    async def send(
        self, channel: str, view: PageView, *, nonce: str = "", reply_to: str = ""
    ) -> str:
        """Post a page's message, as a reply where the message ``reply_to`` is there; its id."""

    async def edit(self, channel: str, message: str, view: PageView) -> None:
        """Draw a page's message anew."""

    def interval_s(self, channel: str) -> float:
        """Return the shortest time between two previews of one message there, in seconds."""
