from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat import leaf
from bot.library.check import check_database
from bot.library.library import Library, open_library
from bot.storytelling import working


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "RETRY_MS", 0)
    monkeypatch.setattr(working, "SHORTEST_PAUSE_S", 0.01)
    monkeypatch.setattr(leaf, "_backoff", lambda state: 0.01)


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    path = tmp_path / "library.db"
    async with open_library(path) as library:
        yield library
    assert check_database(path) == ()
