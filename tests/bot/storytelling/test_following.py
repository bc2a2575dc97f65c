"""Followers hear everything once: late ones, slow ones, and those of another process's job."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bot.errors import BadInputError
from bot.library.library import Library, open_library
from bot.storytelling.following import Channel, Mailbox
from bot.storytelling.updates import EngineLost, StoryOpened, Update
from engine.api.events import (
    Failed,
    Heartbeat,
    PageDone,
    PageText,
    Preview,
    Queued,
    StoryDone,
    TextDelta,
)
from tests.bot.storytelling.dispatching import (
    dispatcher_of,
    follow,
    kinds,
)
from tests.bot.storytelling.dispatching import library as library
from tests.bot.storytelling.dispatching import short_pauses as short_pauses
from tests.bot.storytelling.paced_engine import PacedEngine
from tests.bot.storytelling.queued import (
    submit,
    until,
)
from tests.bot.storytelling.scripted_engine import ScriptedEngine


async def test_waiting_followers_hear_their_place_and_each_change_of_it(library: Library) -> None:
    engine = PacedEngine()
    for person in ("ann", "bob"):
        await submit(library, person=person)
    last = await submit(library, person="cyd")
    places: list[Queued] = []

    async def listen() -> None:
        async for update in dispatcher.follow(last.id):
            if isinstance(update, Queued) and not engine.now & {last.id}:
                places.append(update)

    async with dispatcher_of(library, engine, running=1) as dispatcher:
        listening = asyncio.create_task(listen())
        await until(lambda: len(places) >= 1 and bool(engine.now))
        engine.allow(11)
        await until(lambda: len(places) >= 2)
        engine.allow(100)
        await listening
    assert places[-1].position == 1
    assert [p.position for p in places] == sorted((p.position for p in places), reverse=True)
    # Told again at the same place, the wait has become much longer or shorter.
    for before, after in pairwise(places):
        later = abs(before.seconds_left - after.seconds_left)
        assert before.position != after.position or later >= 10
    assert all(place.seconds_left > 0 for place in places)


async def test_a_late_follower_is_told_what_it_missed(library: Library) -> None:
    engine = PacedEngine()
    job = await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        # Queued, two pages' texts, a look, a heartbeat, page 1's picture, a look at page 2.
        engine.allow(8)
        await until(lambda: bool(engine.requests) and engine.permits.locked())
        late = dispatcher.follow(job.id)
        missed = [await anext(late) for _ in range(5)]
        assert kinds(missed) == [StoryOpened, PageText, PageText, PageDone, Preview]
        assert [u.page for u in missed[1:]] == [1, 2, 1, 2]  # type: ignore[union-attr]
        engine.allow(100)
        rest = [update async for update in late]
    assert kinds(rest) == [PageDone, StoryDone]


async def test_a_follower_in_the_middle_of_a_page_hears_its_words_so_far(library: Library) -> None:
    engine = PacedEngine()
    job = await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        engine.allow(1)
        await until(lambda: bool(engine.requests) and engine.permits.locked())
        late = dispatcher.follow(job.id)
        heard = [await anext(late)]
        while not isinstance(heard[-1], TextDelta):
            heard.append(await anext(late))
        assert kinds([u for u in heard if not isinstance(u, Queued)]) == [StoryOpened, TextDelta]
        await late.aclose()
        engine.allow(100)
        assert isinstance((await follow(dispatcher, job))[-1], StoryDone)


async def test_a_follower_of_a_finished_job_hears_all_of_it(library: Library) -> None:
    job = await submit(library)
    async with dispatcher_of(library, ScriptedEngine()) as dispatcher:
        told = await follow(dispatcher, job)
        again = await follow(dispatcher, job)
        assert kinds(again) == [StoryOpened, PageText, PageText, PageDone, PageDone, StoryDone]
        assert [u for u in told if isinstance(u, PageDone)] == again[3:5]
        with pytest.raises(BadInputError, match="no job"):
            await follow(dispatcher, replace(job, id="nothere"))
        assert dispatcher._channels == {}


async def test_a_slow_follower_holds_up_nobody(library: Library) -> None:
    job = await submit(library)
    async with dispatcher_of(library, ScriptedEngine()) as dispatcher:
        slow = dispatcher.follow(job.id)
        assert isinstance(await anext(slow), StoryOpened)
        assert isinstance((await follow(dispatcher, job))[-1], StoryDone)
        rest = [update async for update in slow]
    assert kinds(rest) == [PageText, PageText, PageDone, PageDone, StoryDone]


async def test_leaving_leaves_the_job_at_work(library: Library) -> None:
    engine = PacedEngine()
    job = await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        leaving = dispatcher.follow(job.id)
        await anext(leaving)
        await leaving.aclose()
        engine.allow(100)
        assert isinstance((await follow(dispatcher, job))[-1], StoryDone)


async def test_a_job_at_work_elsewhere_is_told_by_the_librarys_word(
    library: Library, tmp_path: Path
) -> None:
    engine = PacedEngine()
    job = await submit(library)
    async with open_library(tmp_path / "library.db") as other:
        other = replace(other, owner="another process")
        async with dispatcher_of(other, engine) as working_one:
            await until(lambda: bool(engine.now))
            async with dispatcher_of(library, ScriptedEngine()) as idle:
                following = asyncio.create_task(follow(idle, job))
                for _ in range(30):
                    engine.allow(1)
                    await asyncio.sleep(0.02)
                updates = await following
            await until(lambda: not working_one.at_work)
    assert {u.page for u in updates if isinstance(u, PageText)} == {1, 2}
    assert sorted(u.page for u in updates if isinstance(u, PageDone)) == [1, 2]
    assert isinstance(updates[-1], StoryDone)


def page_updates(page: int) -> Iterator[Update]:
    yield TextDelta(page, "Once ")
    yield TextDelta(page, "more")
    yield PageText(page, "Once more.", "", 1)
    for step in range(50):
        yield Preview(page, step, 50, 0.1, b"look")


def test_a_mailbox_holds_a_few_updates_a_page_at_most() -> None:
    mailbox = Mailbox()
    for page in range(1, 9):
        for update in page_updates(page):
            mailbox.put(update)
        mailbox.put(Queued(page))
        mailbox.put(Heartbeat())
    assert len(mailbox) == 8 * 2 + 1


async def test_a_mailbox_joins_words_and_never_loses_them() -> None:
    mailbox = Mailbox()
    for word in ("Once ", "upon ", "a time"):
        mailbox.put(TextDelta(1, word))
    assert await mailbox.get() == TextDelta(1, "Once upon a time")
    mailbox.put(Failed("x", "y"))
    mailbox.close()
    assert await mailbox.get() == Failed("x", "y")
    assert await mailbox.get() is None


def test_a_channel_forgets_the_words_of_a_lost_attempt() -> None:
    channel = Channel()
    channel.publish(TextDelta(1, "Once"))
    channel.publish(EngineLost(1, 3, 1, "gone"))
    assert len(channel.subscribe()) == 1
    channel.publish(TextDelta(1, "Once"))
    assert len(channel.subscribe()) == 1
