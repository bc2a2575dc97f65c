"""A dispatcher at work in this process, and what its tests have in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.errors import UnavailableError
from bot.library.check import check_database
from bot.library.library import Library, open_library
from bot.library.records import JobRecord
from bot.settings import LimitSettings, Settings
from bot.storytelling import working
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.updates import EngineLost, Update
from engine.api.events import PageDone, PageText
from tests.bot.storytelling.queued import budgets_fit
from tests.bot.storytelling.scripted_engine import ScriptedEngine


class Away:
    """An engine's ``ensure`` that can be told to fail."""

    def __init__(self) -> None:
        self.message = ""
        self.asked = 0

    async def __call__(self) -> None:
        self.asked += 1
        if self.message:
            raise UnavailableError(self.message)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "RETRY_MS", 1)
    monkeypatch.setattr(working, "SHORTEST_PAUSE_S", 0.01)
    monkeypatch.setattr("bot.storytelling.dispatcher.LOOK_SECONDS", 0.05)


@asynccontextmanager
async def sound_library(path: Path, **options: float) -> AsyncIterator[Library]:
    """Open a library, and see afterwards that its budgets fit and its rows keep every promise."""
    async with open_library(path, **options) as library:
        yield library
        assert await budgets_fit(library)
    assert check_database(path) == ()


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with sound_library(tmp_path / "library.db") as library:
        yield library


def dispatcher_of(
    library: Library, engine: ScriptedEngine, ensure: Away | None = None, **limits: int
) -> Dispatcher:
    settings = Settings(limits=LimitSettings(**limits))  # type: ignore[arg-type]
    return Dispatcher(library, engine, settings, ensure or Away())


async def follow(dispatcher: Dispatcher, job: JobRecord) -> list[Update]:
    async with asyncio.timeout(60):
        return [update async for update in dispatcher.follow(job.id)]


def pages_told(updates: list[Update]) -> tuple[list[int], list[int]]:
    """Return the numbers of the pages whose text, and whose picture, was told."""
    texts = [update.page for update in updates if isinstance(update, PageText)]
    return texts, [update.page for update in updates if isinstance(update, PageDone)]


def lost_in(updates: list[Update]) -> list[EngineLost]:
    return [update for update in updates if isinstance(update, EngineLost)]


def kinds(updates: list[Update]) -> list[type]:
    return [type(update) for update in updates]


async def finished(library: Library, engine: ScriptedEngine, job: JobRecord) -> Update:
    async with dispatcher_of(library, engine) as dispatcher:
        return (await follow(dispatcher, job))[-1]
