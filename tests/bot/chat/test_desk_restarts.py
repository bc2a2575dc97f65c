from __future__ import annotations

import asyncio

import pytest

from bot.chat import desk
from bot.chat.messenger import (
    LaterError,
    MessengerError,
)
from bot.errors import UnavailableError
from bot.library.library import Library
from bot.storytelling.posts import Post, Posts
from tests.bot.chat.house import ANN, HALL, running, settled
from tests.bot.chat.wall import Wall
from tests.bot.storytelling.paced_engine import PacedEngine
from tests.bot.storytelling.queued import until
from tests.bot.storytelling.scripted_engine import ScriptedEngine


async def test_leaving_says_that_the_story_goes_on_and_the_next_start_goes_on(
    library: Library,
) -> None:
    wall, engine = Wall(), PacedEngine(permits=4)
    async with running(library, engine, wall) as bot:
        await bot.tell(pages=2)
        await until(lambda: bool(wall.messages["1"].last.text))
        await bot.desk.stop(5)
        assert wall.messages["1"].last.phase == "paused"
    async with running(library, ScriptedEngine(), wall) as bot:
        await bot.desk.take_up()
        await settled(wall, 2)
        assert [m.last.phase for m in wall.messages.values()] == ["done", "done"]


@pytest.mark.parametrize("events", range(14))
async def test_after_a_crash_anywhere_every_page_has_one_message_with_one_end(
    library: Library, events: int
) -> None:
    wall, engine = Wall(), PacedEngine(permits=events)
    async with running(library, engine, wall) as bot:
        await bot.tell(pages=2)
        await asyncio.sleep(0.05)
        for task in list(bot.desk._tasks.values()):
            task.cancel()
        await asyncio.sleep(0)
    async with running(library, ScriptedEngine(), wall) as bot:
        await bot.desk.take_up()
        await settled(wall, 2)
        assert {m.last.number for m in wall.messages.values()} == {1, 2}
        assert all(m.last.phase == "done" for m in wall.messages.values())
        await until(lambda: not bot.desk._tasks)
        assert await bot.teller.posts.live("discord") == ()


async def test_a_crash_between_posting_and_noting_leaves_one_message(library: Library) -> None:
    wall, engine = Wall(), PacedEngine(permits=0)
    async with running(library, engine, wall) as bot:
        opened = await bot.wish(pages=1)
        wall.after = lambda call, view: LaterError("the process dies here", seconds=60)
        task = asyncio.create_task(bot.desk.begin(opened, HALL, language="en"))
        await until(lambda: bool(wall.messages))
        task.cancel()
        for job in list(bot.desk._tasks.values()):
            job.cancel()
    wall.after = lambda call, view: None
    async with running(library, ScriptedEngine(), wall) as bot:
        await bot.desk.take_up()
        await settled(wall, 1)
        assert wall.messages["1"].last.phase == "done"


@pytest.mark.parametrize("call", [1, 2, 3, 4, 5])
async def test_messages_go_on_when_the_library_can_be_had_again(
    library: Library, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    wall, calls, note = Wall(), 0, Posts.note

    async def sometimes(self: Posts, post: Post, *, instead: str = "") -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise UnavailableError("The disk is full.")
        await note(self, post, instead=instead)

    monkeypatch.setattr(desk, "AGAIN_S", 0.01)
    async with running(library, ScriptedEngine(), wall) as bot:
        opened = await bot.wish()
        monkeypatch.setattr(Posts, "note", sometimes)
        telling = asyncio.create_task(bot.desk.begin(opened, HALL, language="en"))
        if call == 1:  # nothing could be noted, so nothing is owed
            with pytest.raises(MessengerError):
                await telling
            assert (await bot.teller.views.details(opened.story_id, ANN)).state == "cancelled"
            return
        await settled(wall, 2)
        assert await telling in wall.messages
        assert [len(m.finals) >= 1 for m in wall.messages.values()] == [True, True]
        await until(lambda: not bot.desk._tasks)
        assert await bot.teller.posts.live("discord") == ()
