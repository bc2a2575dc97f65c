"""Jobs that are cancelled, here or elsewhere, waiting or at work."""

from __future__ import annotations

import asyncio

from bot.library import jobs, pages
from bot.library.library import Library
from engine.api.events import (
    Failed,
)
from tests.bot.storytelling.dispatching import (
    dispatcher_of,
    follow,
)
from tests.bot.storytelling.dispatching import library as library
from tests.bot.storytelling.dispatching import short_pauses as short_pauses
from tests.bot.storytelling.paced_engine import PacedEngine
from tests.bot.storytelling.queued import (
    job_of,
    submit,
    until,
)
from tests.bot.storytelling.scripted_engine import ScriptedEngine


async def test_a_job_is_cancelled_in_the_queue_and_at_work(library: Library) -> None:
    engine = PacedEngine()
    first, waiting = await submit(library), await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        engine.allow(3)
        await until(lambda: bool(engine.requests) and engine.permits.locked())
        followed = [asyncio.create_task(follow(dispatcher, job)) for job in (first, waiting)]
        await until(lambda: all(job.id in dispatcher._channels for job in (first, waiting)))
        assert await dispatcher.cancel(waiting.id)
        assert await dispatcher.cancel(first.id)
        assert not await dispatcher.cancel(first.id)
        assert not await dispatcher.cancel("nothere")
        for updates in [await task for task in followed]:
            end = updates[-1]
            assert isinstance(end, Failed)
            assert (end.code, end.message) == ("cancelled", "The story was stopped.")
        await until(lambda: engine.closed == 1)
    async with library.database.read() as connection:
        assert [p.number for p in await pages.of_job(connection, first.id)] == [1]
    assert [(await job_of(library, j.id)).charged_ms for j in (first, waiting)] == [0, 0]


async def test_a_cancel_by_another_process_ends_the_stream_too(library: Library) -> None:
    engine = PacedEngine()
    job = await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        following = asyncio.create_task(follow(dispatcher, job))
        await until(lambda: bool(engine.now))
        async with library.database.write() as connection:
            assert await jobs.finish(connection, job.id, "cancelled")
        engine.allow(5)
        end = (await following)[-1]
        assert isinstance(end, Failed)
        assert end.code == "cancelled"
        await until(lambda: not dispatcher.at_work)


async def test_a_deleted_storys_job_is_not_begun(library: Library) -> None:
    job = await submit(library)
    async with library.database.write() as connection:
        await connection.execute("UPDATE stories SET deleted_at = 1")
    engine = ScriptedEngine()
    async with dispatcher_of(library, engine) as dispatcher:
        end = (await follow(dispatcher, job))[-1]
        await until(lambda: not dispatcher.at_work)
        dispatcher.wake()
        await asyncio.sleep(0.1)
    assert end == Failed("deleted", "The story was deleted.", False, 1)
    assert engine.requests == []
    assert (await job_of(library, job.id)).state == "cancelled"
