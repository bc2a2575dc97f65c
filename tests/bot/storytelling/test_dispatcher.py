"""The queue is worked on: so many jobs at a time, a turn for everybody, handed on at the end."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bot.library import stories
from bot.library.library import Library, open_library
from bot.library.thumbnails import make_thumbnail
from bot.storytelling.updates import StoryOpened
from engine.api.events import (
    Failed,
    PageDone,
    PageText,
    StoryDone,
)
from tests.bot.storytelling.dispatching import (
    dispatcher_of,
    finished,
    follow,
)
from tests.bot.storytelling.dispatching import library as library
from tests.bot.storytelling.dispatching import short_pauses as short_pauses
from tests.bot.storytelling.paced_engine import PacedEngine
from tests.bot.storytelling.queued import (
    count,
    job_of,
    submit,
    until,
)
from tests.bot.storytelling.scripted_engine import ScriptedEngine, events, tiny_png


async def test_a_submitted_story_is_told_to_its_follower(library: Library) -> None:
    job = await submit(library)
    engine = ScriptedEngine()
    async with dispatcher_of(library, engine) as dispatcher:
        updates = await follow(dispatcher, job)
    opened, end = updates[0], updates[-1]
    assert isinstance(opened, StoryOpened)
    assert (opened.job_id, opened.first_page, opened.pages) == (job.id, 1, 2)
    assert isinstance(end, StoryDone)
    for kind in (PageText, PageDone):
        assert [u for u in updates if isinstance(u, kind)] == [
            e for e in events(engine.requests[0]) if isinstance(e, kind)
        ]
    done = await job_of(library, job.id)
    assert (done.state, done.charged_ms) == ("done", 1000)


async def test_a_wake_begins_a_job_at_once_and_nobody_need_follow(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storytelling.dispatcher.LOOK_SECONDS", 3600)
    engine = ScriptedEngine()
    async with dispatcher_of(library, engine) as dispatcher:
        await asyncio.sleep(0.05)
        job = await submit(library)
        dispatcher.wake()
        await until(lambda: engine.closed == 1 and not dispatcher.at_work)
    assert (await job_of(library, job.id)).state == "done"


async def test_the_engine_is_given_so_many_jobs_at_a_time_and_each_person_one(
    library: Library,
) -> None:
    engine = PacedEngine()
    told = [await submit(library, person=p) for p in ("ann", "ann", "bob", "cyd", "dan")]
    async with dispatcher_of(library, engine, running=3) as dispatcher:
        await until(lambda: len(engine.now) == 3)
        assert {request.person for request in engine.requests} == {"ann", "bob", "cyd"}
        await asyncio.sleep(0.1)
        assert len(engine.now) == 3
        engine.allow(1000)
        for job in told:
            assert isinstance((await follow(dispatcher, job))[-1], StoryDone)
    assert engine.most == 3
    assert [r.person for r in engine.requests].count("ann") == 2


async def test_a_stopping_dispatcher_hands_its_jobs_on_at_once(
    library: Library, tmp_path: Path
) -> None:
    engine = PacedEngine()
    told = [await submit(library, person=p) for p in ("ann", "bob")]
    dispatcher = dispatcher_of(library, engine)
    async with dispatcher:
        following = asyncio.create_task(follow(dispatcher, told[0]))
        engine.allow(8)
        await until(lambda: len(engine.now) == 2 and engine.permits.locked())
    assert not any(isinstance(update, StoryDone | Failed) for update in await following)
    for job in told:
        kept = await job_of(library, job.id)
        assert (kept.state, kept.attempt, kept.lease_owner) == ("queued", 0, None)
        assert kept.charged_ms == job.charged_ms
    async with open_library(tmp_path / "library.db") as other:
        other = replace(other, owner="another process")
        async with dispatcher_of(other, ScriptedEngine()) as next_one:
            for job in told:
                assert isinstance((await follow(next_one, job))[-1], StoryDone)
    assert await count(library, "pages") == await count(library, "pictures") == 4


async def test_thumbnails_are_made_off_the_loop(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()

    def noted(image: bytes) -> bytes:
        threads.add(threading.current_thread())
        return make_thumbnail(image)

    monkeypatch.setattr("bot.storytelling.keeping.make_thumbnail", noted)
    await finished(library, ScriptedEngine(), await submit(library))
    assert threads
    assert threading.main_thread() not in threads


async def test_stories_of_a_purged_kind_do_not_end_the_dispatcher(library: Library) -> None:
    engine = PacedEngine()
    job = await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        await until(lambda: bool(engine.now))
        async with library.database.write() as connection:
            story = await stories.get(connection, job.story_id)
            await connection.execute("DELETE FROM stories WHERE id = ?", (job.story_id,))
        assert story is not None
        engine.allow(50)
        await until(lambda: not dispatcher.at_work)
        other = await submit(library, person="bob")
        dispatcher.wake()
        assert isinstance((await follow(dispatcher, other))[-1], StoryDone)
    async with library.database.write() as connection:
        await connection.execute("DELETE FROM budgets WHERE person_id = 'ann'")


def test_the_scripted_pictures_are_pictures() -> None:
    assert tiny_png(1).startswith(b"\x89PNG")
