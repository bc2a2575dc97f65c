"""The real front-end on a loopback Discord, with a real library and a stand-in for the models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from bot.discord.cogs import menus, pages
from bot.library.library import Library
from tests.bot.discord.loopback import LoopbackDiscord
from tests.bot.discord.stand import Stand, open_stand
from tests.bot.storytelling.conftest import library as library

Standing = Callable[..., AbstractAsyncContextManager[Stand]]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no form open unchecked because the machine is busy."""
    monkeypatch.setattr(pages, "QUICK_S", 60.0)
    monkeypatch.setattr(menus, "QUICK_S", 60.0)


@pytest.fixture
async def stand(library: Library) -> AsyncIterator[Stand]:
    """Give a bot that serves one server, with a person, a moderator and one in direct messages."""
    async with LoopbackDiscord() as discord, open_stand(discord, library) as stand:
        yield stand
        await discord.check()
