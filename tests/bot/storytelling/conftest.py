from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.library.check import check_database
from bot.library.library import Library, open_library
from bot.settings import Settings
from bot.storytelling import running
from bot.storytelling.tell import Storyteller
from tests.bot.storytelling.scripted_engine import ScriptedEngine

Teller = Callable[[ScriptedEngine], Storyteller]


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    """Give an open library and see afterwards that every promise about its rows was kept."""
    path = tmp_path / "library.db"
    async with open_library(path) as library:
        yield library
    assert check_database(path) == ()


@pytest.fixture
def teller(library: Library, monkeypatch: pytest.MonkeyPatch) -> Teller:
    monkeypatch.setattr(running, "PAUSE_SECONDS", 0.0)

    async def ensure_engine() -> None:
        return None

    def make(engine: ScriptedEngine) -> Storyteller:
        return Storyteller(library, engine, Settings(), ensure_engine=ensure_engine)

    return make
