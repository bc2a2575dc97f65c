from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main
from bot.library.library import open_library
from bot.settings import Settings
from bot.storytelling.permissions import CONSOLE
from bot.storytelling.tell import Storyteller
from bot.storytelling.updates import StoryOpened
from bot.storytelling.wish import StoryWish
from tests.bot.console.conftest import demo_address, environment
from tests.bot.storytelling.scripted_engine import ScriptedEngine

__all__ = ["demo_address"]


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


Typed = Callable[..., Done]


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """Return a function that runs a command line in this process, in a folder of the test's own."""
    environ = environment(f"unix:{tmp_path}/none.sock", tmp_path)
    for name in set(os.environ) - set(environ):
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["pagewright", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return Done(int(end.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def told(typed: Typed, tmp_path: Path) -> str:
    """Give the id of a story of three painted pages in the library that ``typed`` looks into."""
    return tell(tmp_path, "a red fox", pages=3)


def tell(folder: Path, idea: str, *, pages: int = 1) -> str:
    """Tell a story with a scripted engine; return its id."""

    async def ensure_engine() -> None:
        return None

    async def run() -> str:
        path = folder / "data" / "library.db"
        async with open_library(path) as library:
            engine = ScriptedEngine()
            teller = Storyteller(library, engine, Settings(), ensure_engine=ensure_engine)
            wish = StoryWish(idea, pages=pages, seed=7)
            told = [update async for update in teller.tell(wish, CONSOLE)]
            assert isinstance(told[0], StoryOpened)
            return told[0].story_id

    return asyncio.run(run())
