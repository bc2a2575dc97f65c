"""What a bot bears: an engine that talks nonsense or hangs, a full disk, a locked database."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import UnavailableError
from bot.library.database import fetch_one
from bot.library.library import Library, open_library
from bot.settings import Settings
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.updates import EngineLost
from engine.api.client import EngineClient
from engine.api.events import (
    Failed,
    FilmFrame,
    Heartbeat,
    PageDone,
    PageText,
    StoryDone,
    StoryEvent,
    TellRequest,
)
from tests.bot.storytelling.dispatching import (
    dispatcher_of,
    follow,
    lost_in,
    pages_told,
    sound_library,
)
from tests.bot.storytelling.dispatching import short_pauses as short_pauses
from tests.bot.storytelling.queued import job_of, submit, until
from tests.bot.storytelling.raw_engine import RawEngine, Twist
from tests.bot.storytelling.scripted_engine import ScriptedEngine
from tests.bot.storytelling.stage import Stage


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with sound_library(tmp_path / "library.db", busy_timeout_s=0.05) as library:
        yield library


def ends_too_early(told: list[StoryEvent]) -> Iterable[StoryEvent]:
    return [told[0], told[-1]]


def ends_in_the_middle(told: list[StoryEvent]) -> Iterable[StoryEvent]:
    return [*told[:7], told[-1]]


def breaks_off(told: list[StoryEvent]) -> Iterable[StoryEvent]:
    return told[:6]


def says_nothing(told: list[StoryEvent]) -> Iterable[StoryEvent]:
    return []


def numbers_wrongly(told: list[StoryEvent]) -> Iterable[StoryEvent]:
    return [replace(e, page=e.page + 5) if isinstance(e, PageDone | PageText) else e for e in told]


def forgets_pictures(told: list[StoryEvent]) -> Iterable[StoryEvent]:
    return [replace(e, image=b"") if isinstance(e, PageDone) else e for e in told]


def sends_rubbish_for_pictures(told: list[StoryEvent]) -> Iterable[StoryEvent]:
    return [replace(e, image=b"rubbish") if isinstance(e, PageDone) else e for e in told]


def says_everything_twice(told: list[StoryEvent]) -> Iterable[StoryEvent]:
    return [event for event in told[:-1] for _ in range(2)] + [told[-1]] * 2


def goes_on_behind_the_end(told: list[StoryEvent]) -> Iterable[StoryEvent]:
    return [*told, Failed("internal", "Too late."), *told]


def says_what_nobody_knows(told: list[StoryEvent]) -> Iterable[StoryEvent]:
    return [part for event in told for part in (FilmFrame(1, b"frame"), Heartbeat(), event)]


HARMLESS = [says_everything_twice, goes_on_behind_the_end, says_what_nobody_knows]
NONSENSE = [
    ends_too_early, numbers_wrongly, forgets_pictures, sends_rubbish_for_pictures,
    ends_in_the_middle, breaks_off, says_nothing,
]  # fmt: skip


@pytest.mark.parametrize("twist", [*HARMLESS, *NONSENSE])
async def test_after_nonsense_the_story_goes_on_and_is_told_once(
    library: Library, twist: Twist
) -> None:
    engine = RawEngine(twist)
    job = await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        updates = await follow(dispatcher, job)
    assert isinstance(updates[-1], StoryDone)
    assert pages_told(updates) == ([1, 2], [1, 2])
    assert not any(isinstance(u, FilmFrame) for u in updates)
    assert len(engine.requests) == (1 if twist in HARMLESS else 2)


@pytest.mark.parametrize("twist", NONSENSE[:4])
async def test_lasting_nonsense_ends_a_job_with_a_clear_line(
    library: Library, twist: Twist
) -> None:
    job = await submit(library)
    async with dispatcher_of(library, RawEngine(*[twist] * 9)) as dispatcher:
        end = (await follow(dispatcher, job))[-1]
    assert isinstance(end, Failed)
    assert end.message.startswith("The engine failed 3 times (The engine talks nonsense: ")
    assert "\n" not in end.message
    failed = await job_of(library, job.id)
    assert (failed.state, failed.error, failed.charged_ms) == ("failed", end.message, 0)


async def test_an_engine_that_hangs_is_left_and_found_again(
    library: Library, tmp_path: Path
) -> None:
    stage = Stage(tmp_path)
    client = EngineClient(stage.address, silence_seconds=2.0)

    async def ensure_engine() -> None:
        if not await client.wait_healthy(1):
            raise UnavailableError("No engine answers.")

    job = await submit(library, pages=4)
    # Slow enough that it is far from the end when it is stopped.
    stage.start_engine(delay_s=0.2)
    engine, stopped = stage.running["engine"].pid, -1
    assert engine is not None
    try:
        async with Dispatcher(library, client, Settings(), ensure_engine) as dispatcher:
            updates = []
            async for update in dispatcher.follow(job.id):
                updates.append(update)
                if isinstance(update, PageText) and update.page == 2:
                    os.kill(engine, signal.SIGSTOP)
                    stopped = len(updates)
                lost = lost_in(updates[stopped:]) if stopped >= 0 else []
                if isinstance(update, EngineLost) and len(lost) == 2:
                    os.kill(engine, signal.SIGCONT)  # found silent once, then not to be had
    finally:
        stage.kill_all()
        await client.close()
    assert [lost.message for lost in lost_in(updates[stopped:])][:2] == [
        f"The engine at {stage.address} has been silent for 2 s.", "No engine answers."
    ]  # fmt: skip
    assert isinstance(updates[-1], StoryDone)
    assert pages_told(updates)[0] == [1, 2, 3, 4]


async def test_a_full_disk_is_waited_for_and_loses_nothing(library: Library) -> None:
    """SQLite's own limit of pages gives the very error of a disk without space."""
    # Pages long enough that they need space of their own.
    job = await submit(library, idea="a fox " * 500, pages=8)
    writer = library.database._writer
    engine = ScriptedEngine()
    async with dispatcher_of(library, engine) as dispatcher:
        full = await fetch_one(writer, "PRAGMA page_count")
        assert full is not None
        await writer.execute(f"PRAGMA max_page_count = {full[0]}")
        following = asyncio.create_task(follow(dispatcher, job))
        await until(lambda: len(engine.requests) >= 2)
        await writer.execute("PRAGMA max_page_count = 1000000")
        updates = await following
    assert any(lost.message.startswith("The disk of ") for lost in lost_in(updates))
    assert isinstance(updates[-1], StoryDone)
    assert pages_told(updates) == (list(range(1, 9)), list(range(1, 9)))
    assert (await job_of(library, job.id)).attempt == 1


async def test_a_locked_database_is_waited_for_and_loses_nothing(library: Library) -> None:
    engine = ScriptedEngine()
    job, waiting = await submit(library), await submit(library)
    path = library.database.path
    with closing(
        sqlite3.connect(path, timeout=240, isolation_level=None, check_same_thread=False)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        async with dispatcher_of(library, engine) as dispatcher:
            following = asyncio.create_task(follow(dispatcher, job))
            await asyncio.sleep(0.5)
            assert engine.requests == []
            other.execute("COMMIT")
            await until(lambda: bool(engine.requests))
            await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
            await asyncio.sleep(0.5)
            other.execute("COMMIT")
            for updates in (await following, await follow(dispatcher, waiting)):
                assert isinstance(updates[-1], StoryDone)
                assert pages_told(updates)[1] == [1, 2]


async def test_a_database_locked_while_stopping_leaves_the_job_to_the_next_process(
    library: Library, tmp_path: Path
) -> None:
    engine = ScriptedEngine()
    engine.hang_at = 3
    job = await submit(library)
    dispatcher = dispatcher_of(library, engine)
    async with dispatcher:
        await engine.hanging.wait()
        with closing(sqlite3.connect(library.database.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await dispatcher.stop(deadline_s=1)
            other.execute("ROLLBACK")
    assert (await job_of(library, job.id)).state == "running"
    async with open_library(tmp_path / "library.db") as opened:
        after = replace(opened, owner="the next process")
        # As when the process is dead, or the lease has run out.
        async with after.database.write() as connection:
            await connection.execute("UPDATE jobs SET lease_until = 1")
        async with dispatcher_of(after, ScriptedEngine()) as next_one:
            assert isinstance((await follow(next_one, job))[-1], StoryDone)


async def test_a_mistake_in_the_program_ends_one_job_and_not_the_dispatcher(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(ScriptedEngine):
        async def tell(self, request: TellRequest) -> AsyncIterator[StoryEvent]:
            if request.person == "ann":
                raise ZeroDivisionError
            async for event in super().tell(request):
                yield event

    mine, other = await submit(library, person="ann"), await submit(library, person="bob")
    async with dispatcher_of(library, Broken()) as dispatcher:
        failed = (await follow(dispatcher, mine))[-1]
        assert isinstance(failed, Failed)
        assert "Pagewright made a mistake; its log says more" in failed.message
        assert isinstance((await follow(dispatcher, other))[-1], StoryDone)
