"""Bot and engine are killed again and again; every story is told once, as if nothing had been."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.books.book import Book
from bot.library.check import check_database
from bot.library.database import fetch_all
from bot.library.library import open_library
from bot.storytelling.updates import StoryOpened
from engine.api.events import PageDone, PageText, StoryDone
from tests.bot.storytelling.queued import budgets_fit
from tests.bot.storytelling.stage import PROCESSES, Stage, all_made, count_unfinished
from tests.bot.storytelling.worker_bot import storyteller_of, tell_at_the_console

SEED = 20261121
KILLS = 32


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.kill_all()


def tell_all(stage: Stage) -> None:
    """Let a bot that nobody kills empty the queue."""
    if "engine" not in stage.running:
        stage.start_engine()
    stage.start_bot()
    assert stage.wait_for_death("bot", seconds=300) == 0


def kill_once(stage: Stage, chance: random.Random, number: int) -> str:
    """Let both work until one is killed, or both are; return who was."""
    seed = chance.randrange(2**31)
    way = ("update", "statement", "engine", "bot", "both", "statement")[number % 6]
    dying = {"delay_s": 0.01, "seed": seed, "die_after": chance.randint(8, 25)}
    if way == "engine" and "engine" in stage.running:
        stage.kill("engine")
    if "engine" not in stage.running:
        stage.start_engine(**dying if way == "engine" else {"delay_s": 0.01, "seed": seed})  # type: ignore[arg-type]
    if way == "update":
        stage.start_bot(die_after=chance.randint(2, 40))
    elif way == "statement":
        stage.start_bot(die_at_statement=chance.randint(10, 150))
    else:
        stage.start_bot()
    if way in ("update", "statement", "engine"):
        victim = "engine" if way == "engine" else "bot"
        assert stage.wait_for_death(victim) == -signal.SIGKILL
        return victim if way != "engine" else _kill_survivor(stage, chance)
    time.sleep(chance.uniform(0.1, 0.4))
    stage.kill("bot")
    if way == "both":
        stage.kill("engine")
    return way


def _kill_survivor(stage: Stage, chance: random.Random) -> str:
    """Give the bot an engine again, then end it, too, in the middle."""
    stage.start_engine(delay_s=0.01, seed=chance.randrange(2**31))
    time.sleep(chance.uniform(0.1, 0.4))
    stage.kill("bot")
    return "engine, then bot"


@pytest.mark.timeout(900)
async def test_killed_at_many_points_every_story_is_told_once_and_the_same(
    stage: Stage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance, killed = random.Random(SEED), []
    async with open_library(stage.path) as library:
        for number in range(KILLS):
            # Enough that no bot is done before it is killed.
            await stage.ask(library, max(0, 8 - count_unfinished(stage.path)))
            killed.append(kill_once(stage, chance, number))
        while count_unfinished(stage.path):
            tell_all(stage)
            await stage.ask(library, 0)
        assert await budgets_fit(library)
    stage.kill_all()
    assert len(killed) == KILLS
    assert check_database(stage.path) == ()

    whole = Stage(tmp_path_factory.mktemp("whole"))
    try:
        async with open_library(whole.path) as library:
            await whole.ask(library, stage.asked)
            while count_unfinished(whole.path):
                tell_all(whole)
                await whole.ask(library, 0)
    finally:
        whole.kill_all()
    made = all_made(stage.path)
    assert {row[4] for row in made} == {"done"}
    assert made == all_made(whole.path)
    tellings = [row for row in made if row[3] == "tell"]
    assert len(tellings) == 2 * stage.asked
    assert len(made) == len(tellings) + sum(n % 3 > 0 for n in range(stage.asked))


def tell_and_die(path: Path, event: int) -> int | None:
    process = PROCESSES.Process(target=tell_at_the_console, args=(path, event), daemon=True)
    process.start()
    process.join(300)
    return process.exitcode


def content(book: Book) -> list[tuple[object, ...]]:
    return [(p.number, p.text, p.image, p.prompt, p.alt, p.seed) for p in book.pages]


@pytest.fixture(scope="module")
def whole_book(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """Return what a telling makes that nobody kills."""
    path = tmp_path_factory.mktemp("whole") / "whole.db"
    assert tell_and_die(path, 99) == 0
    return asyncio.run(_read_last(path))


async def _read_last(path: Path) -> list[tuple[object, ...]]:
    async with open_library(path) as library:
        return content(await storyteller_of(library).book("last"))


# 0: opened, 1: queued, 2-5: the texts, 6-11: the pictures.
@pytest.mark.timeout(900)
@pytest.mark.parametrize("event", [0, 2, 3, 5, 7, 8, 11])
async def test_a_killed_console_is_taken_over_at_once(
    tmp_path: Path, whole_book: list[tuple[object, ...]], event: int
) -> None:
    assert tell_and_die(tmp_path / "killed.db", event) == -signal.SIGKILL
    async with open_library(tmp_path / "killed.db") as library:
        storyteller = storyteller_of(library)
        assert await storyteller.unfinished_kind("last")
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
    assert content(killed) == whole_book
    assert check_database(tmp_path / "killed.db") == ()
