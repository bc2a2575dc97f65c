"""What a feature offers on Telegram: commands, buttons, answers to questions, deep links.

A feature is a class that is given the ``Tools`` (tools.py) and whose ``routes()`` says what it
answers; ``features.py`` lists all features. ``application.py`` makes handlers of the routes and
answers kindly where one of them raises. A handler is called with the ``Asking`` and the words
behind the command, button or link.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.telegram.asking import Asking

# everywhere, only in private chats, or in groups to administrators alone: who is *offered* the
# command in Telegram's menu. Whether it may be used is asked of the storyteller.
Offered = Literal["everywhere", "private", "admins", "nobody"]
Handler = Callable[[Asking, str], Awaitable[None]]


@dataclass(frozen=True)
class Command:
    """``/name words``; ``description`` is a key of the catalogue. ``words`` keep their lines."""

    name: str
    description: str
    answer: Handler
    offered: Offered = "everywhere"


@dataclass(frozen=True)
class Button:
    """A press of a button whose data is ``st:1:<action>:<rest>``; called with the rest.

    The press is answered (the clock on the button stopped) by the application after the handler
    returns, unless ``Replies.toast`` or ``alert`` did so before.
    """

    action: str
    answer: Handler


@dataclass(frozen=True)
class Question:
    """A reply to what ``Replies.question(…, action, subject)`` asked.

    ``answer`` is called with the subject and what they wrote.
    """

    action: str
    answer: Callable[[Asking, str, str], Awaitable[None]]


@dataclass(frozen=True)
class Link:
    """``/start <prefix><rest>``, what ``t.me/<bot>?start=…`` sends; called with the rest."""

    prefix: str
    answer: Handler


@dataclass(frozen=True)
class Written:
    """A message that is none of the above: a reply to a page, a photo, a word in a private chat.

    ``answer`` returns whether it dealt with the message; the features are asked in turn.
    """

    answer: Callable[[Asking], Awaitable[bool]]


Route = Command | Button | Question | Link | Written


class Feature(Protocol):
    """Some commands and what belongs to them."""

    def routes(self) -> tuple[Route, ...]:
        """Return what the feature answers."""
