from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat import leaf
from bot.storytelling import working
from bot.telegram import asking, limiter, messenger, rests
from tests.bot.telegram.house import House, open_house
from tests.bot.telegram.loopback import Loopback


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing rest: the budgets have tests of their own, with clocks of their own."""
    monkeypatch.setattr(limiter, "CHAT_REST_S", 0.0)
    monkeypatch.setattr(limiter, "GROUP_MOST", 10_000)
    monkeypatch.setattr(limiter, "GROUP_PREVIEWS", 10_000)
    monkeypatch.setattr(limiter, "OVERALL_MOST", 10_000)
    monkeypatch.setattr(limiter, "RETRY_MARGIN_S", 0.0)
    monkeypatch.setattr(messenger, "_GROUP_INTERVAL_S", 0.1)
    monkeypatch.setattr(rests, "_LONGEST_PAUSE_S", 0.05)
    monkeypatch.setattr(asking, "ADMIN_PATIENCE_S", 60.0)
    monkeypatch.setattr(working, "RETRY_MS", 0)
    monkeypatch.setattr(working, "SHORTEST_PAUSE_S", 0.01)
    monkeypatch.setattr(leaf, "back_off", lambda state: 0.05, raising=False)


@pytest.fixture
async def telegram() -> AsyncIterator[Loopback]:
    async with Loopback() as server:
        yield server


@pytest.fixture
async def house(telegram: Loopback, tmp_path: Path, hurried: None) -> AsyncIterator[House]:
    """Give a running bot whose stories begin at once."""
    async with open_house(telegram, tmp_path) as house:
        yield house
