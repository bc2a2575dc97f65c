"""What every front-end is given: the use cases, the queue, the engine and the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.books.transitions import Filmmaker
from bot.settings import Settings
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.tell import Storyteller
from engine.api.events import EngineStatus


class Engine(Filmmaker, Protocol):
    """What front-ends ask of the engine itself: how it is, and films."""

    async def status(self) -> EngineStatus:
        """Return what the engine says of itself."""


@dataclass(frozen=True)
class Service:
    """The bot process as its front-ends see it; ``ensure_engine`` returns once one answers."""

    teller: Storyteller
    dispatcher: Dispatcher
    settings: Settings
    engine: Engine
    ensure_engine: Callable[[], Awaitable[None]]


class FrontEnd(Protocol):
    """One platform; ``name`` is "discord" or "telegram"."""

    name: str

    async def run(self) -> None:
        """Connect and serve until ``stop``.

        Raises ``ConfigError`` for a token or permission that is wrong, ``UnavailableError`` where
        the platform cannot be reached at the start.
        """

    async def stop(self, seconds: float) -> None:
        """Say goodbye and leave within so many seconds."""
