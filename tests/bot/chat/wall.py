"""A platform in memory: a wall of messages, each with every view it ever showed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.chat.messenger import ClosedError, GoneError, MessengerError
from bot.chat.page import PageView


@dataclass
class Message:
    channel: str
    reply_to: str
    views: list[PageView] = field(default_factory=list)

    @property
    def last(self) -> PageView:
        return self.views[-1]

    @property
    def finals(self) -> list[PageView]:
        return [view for view in self.views if not view.live]


Fault = Callable[[str, PageView], MessengerError | None]


class Wall:
    """Posts and edits as a platform does; ``fault`` may refuse a call ("send" or "edit")."""

    platform = "discord"

    def __init__(self, *, interval_s: float = 0.0) -> None:
        self.messages: dict[str, Message] = {}
        self.closed: set[str] = set()
        self.fault: Fault = lambda call, view: None
        self.after: Fault = lambda call, view: None
        self._interval_s = interval_s
        self._nonces: dict[str, str] = {}

    async def send(
        self, channel: str, view: PageView, *, nonce: str = "", reply_to: str = ""
    ) -> str:
        self._refuse("send", channel, view)
        message = self._nonces.get(nonce, "") if nonce else ""
        if not message:
            message = str(len(self.messages) + 1)
            self.messages[message] = Message(channel, reply_to, [view])
            self._nonces[nonce] = message
        if (error := self.after("send", view)) is not None:
            raise error
        return message

    async def edit(self, channel: str, message: str, view: PageView) -> None:
        self._refuse("edit", channel, view)
        if message not in self.messages:
            raise GoneError("it was deleted")
        assert self.messages[message].channel == channel
        self.messages[message].views.append(view)

    def interval_s(self, channel: str) -> float:
        return self._interval_s

    def of_page(self, number: int) -> Message:
        (found,) = [m for m in self.messages.values() if m.last.number == number]
        return found

    def _refuse(self, call: str, channel: str, view: PageView) -> None:
        if channel in self.closed:
            raise ClosedError("kicked")
        if (error := self.fault(call, view)) is not None:
            raise error
