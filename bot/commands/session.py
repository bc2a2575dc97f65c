"""What commands share: settings, a storyteller, an engine where one is needed."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import ConfigError, UnavailableError
from engine.api.events import EngineStatus, StoryEvent, TellRequest

if TYPE_CHECKING:
    from bot.engine_process import EngineProcess
    from bot.settings import Settings
    from bot.storytelling.tell import Storyteller
    from engine.api.client import EngineClient


@dataclass(frozen=True)
class Options:
    """Options before the command."""

    config: Path | None = None
    debug: bool = False


@dataclass(frozen=True)
class Session:
    """A storyteller with its engine; ``ensure_engine`` starts one where none runs."""

    settings: Settings
    client: EngineClient
    process: EngineProcess
    teller: Storyteller


class NoEngine:
    """Stands where a command needs the library alone."""

    def tell(self, request: TellRequest) -> AsyncIterator[StoryEvent]:
        """Refuse."""
        raise UnavailableError("This command works without an engine.")

    async def cancel(self, job_id: str) -> bool:
        """Know no job."""
        return False

    async def status(self) -> EngineStatus:
        """Refuse."""
        raise UnavailableError("This command works without an engine.")


def say(message: str) -> None:
    """Print an error's line on standard error; nothing for no message."""
    if message:
        sys.stderr.write(f"pagewright: {message}\n")
        sys.stderr.flush()


def read_settings(options: Options) -> Settings:
    """Read the settings that the options name."""
    from bot.config import load_settings

    return load_settings(options.config)


@asynccontextmanager
async def open_client(settings: Settings) -> AsyncIterator[EngineClient]:
    """Make a client for the settings' engine; whether it answers shows with the first call."""
    from engine.api.client import EngineClient
    from engine.api.errors import AddressError
    from engine.api.security import read_security

    try:
        security = read_security(*settings.engine_security)
    except AddressError as error:
        raise ConfigError(str(error)) from None
    try:
        client = EngineClient(settings.engine_address, security=security)
    except AddressError as error:
        raise ConfigError(f"engine.address: {error}") from None
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def open_session(
    settings: Settings, *, notify: Callable[[str], None], profile: str = ""
) -> AsyncIterator[Session]:
    """Open library, client and storyteller; an engine is not started yet."""
    from bot.engine_process import EngineProcess
    from bot.storytelling.tell import open_storyteller

    async with open_client(settings) as client:
        process = EngineProcess(settings, client, notify=notify, profile=profile)
        opening = open_storyteller(settings, client, ensure_engine=process.ensure)
        async with opening as teller:
            yield Session(settings, client, process, teller)


@asynccontextmanager
async def open_shelf(settings: Settings) -> AsyncIterator[Storyteller]:
    """Open the library alone, to look at stories."""
    from bot.storytelling.tell import open_storyteller

    async def ensure_engine() -> None:
        raise UnavailableError("This command works without an engine.")

    async with open_storyteller(settings, NoEngine(), ensure_engine=ensure_engine) as teller:
        yield teller
