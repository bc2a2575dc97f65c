"""A storyteller's process is killed at every event; the next one finishes the story, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.books.book import Book
from bot.library.check import check_database
from bot.library.database import fetch_all
from bot.library.library import open_library
from bot.settings import Settings
from bot.storytelling.tell import Storyteller
from bot.storytelling.updates import StoryOpened
from engine.api.events import PageDone, PageText, StoryDone
from tests.bot.storytelling.scripted_engine import ScriptedEngine

ROOT = Path(__file__).parents[3]
TELLER = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.bot.storytelling.test_kill import make, open_library
from bot.storytelling.wish import StoryWish

async def main() -> None:
    async with open_library(Path(sys.argv[1])) as library:
        count = 0
        async for _ in make(library).tell(StoryWish("a fox", pages=2, seed=7)):
            if count == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1

asyncio.run(main())
"""


def make(library) -> Storyteller:
    async def ensure_engine() -> None:
        return None

    return Storyteller(library, ScriptedEngine(), Settings(), ensure_engine=ensure_engine)


def tell_and_die(path: Path, event: int) -> int:
    command = [sys.executable, "-c", TELLER, str(path), str(event)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode


def content(book: Book) -> list[tuple[object, ...]]:
    return [(p.number, p.text, p.image, p.prompt, p.alt, p.seed) for p in book.pages]


# 0: opened, 1: queued, 2-5: the texts, 6-11: the pictures.
@pytest.mark.parametrize("event", [0, 2, 3, 5, 7, 8, 11])
async def test_a_killed_storyteller_is_taken_over_at_once(tmp_path: Path, event: int) -> None:
    assert tell_and_die(tmp_path / "whole.db", 99) == 0
    assert tell_and_die(tmp_path / "killed.db", event) == -signal.SIGKILL
    async with open_library(tmp_path / "killed.db") as library:
        storyteller = make(library)
        assert await storyteller.is_unfinished("last")
        before = await storyteller.book("last")
        updates = [update async for update in storyteller.resume("last")]
        opened, end = updates[0], updates[-1]
        assert isinstance(opened, StoryOpened)
        assert isinstance(end, StoryDone)
        made_before = {page.number for page in before.pages if page.image}
        told_before = {page.number for page in before.pages}
        assert {u.page for u in updates if isinstance(u, PageDone)} == {1, 2} - made_before
        assert {u.page for u in updates if isinstance(u, PageText)} == {1, 2} - told_before
        killed = await storyteller.book("last")
        async with library.database.read() as connection:
            assert len(await fetch_all(connection, "SELECT 1 FROM pages")) == 2
            assert len(await fetch_all(connection, "SELECT 1 FROM pictures")) == 2
    async with open_library(tmp_path / "whole.db") as library:
        assert content(await make(library).book("last")) == content(killed)
    assert check_database(tmp_path / "killed.db") == ()
