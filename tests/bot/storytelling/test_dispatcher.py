from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import BadInputError, UnavailableError
from bot.library import jobs, pages, pictures, stories
from bot.library.check import check_database
from bot.library.library import Library, open_library
from bot.library.records import JobRecord
from bot.library.thumbnails import make_thumbnail
from bot.settings import LimitSettings, Settings
from bot.storytelling import working
from bot.storytelling.dispatcher import Dispatcher
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
from tests.bot.storytelling.paced_engine import PacedEngine
from tests.bot.storytelling.queued import (
    budgets_fit,
    count,
    job_of,
    submit,
    submit_for,
    until,
)
from tests.bot.storytelling.scripted_engine import ScriptedEngine, events, tiny_png


class Away:
    """An engine's ``ensure`` that can be told to fail."""

    def __init__(self) -> None:
        self.message = ""
        self.asked = 0

    async def __call__(self) -> None:
        self.asked += 1
        if self.message:
            raise UnavailableError(self.message)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "RETRY_MS", 1)
    monkeypatch.setattr(working, "SHORTEST_PAUSE_S", 0.01)
    monkeypatch.setattr("bot.storytelling.dispatcher.LOOK_SECONDS", 0.05)


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    path = tmp_path / "library.db"
    async with open_library(path) as library:
        yield library
        assert await budgets_fit(library)
    assert check_database(path) == ()


def dispatcher_of(
    library: Library, engine: ScriptedEngine, ensure: Away | None = None, **limits: int
) -> Dispatcher:
    settings = Settings(limits=LimitSettings(**limits))  # type: ignore[arg-type]
    return Dispatcher(library, engine, settings, ensure or Away())


async def follow(dispatcher: Dispatcher, job: JobRecord) -> list[Update]:
    async with asyncio.timeout(10):
        return [update async for update in dispatcher.follow(job.id)]


def kinds(updates: list[Update]) -> list[type]:
    return [type(update) for update in updates]


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
    monkeypatch.setattr("bot.storytelling.dispatcher.LOOK_SECONDS", 60)
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
    assert [p.position for p in places] == sorted({p.position for p in places}, reverse=True)
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
        await asyncio.sleep(0.02)
        late = dispatcher.follow(job.id)
        assert kinds([await anext(late) for _ in range(2)]) == [StoryOpened, TextDelta]
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


async def test_a_job_is_cancelled_in_the_queue_and_at_work(library: Library) -> None:
    engine = PacedEngine()
    first, waiting = await submit(library), await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        engine.allow(3)
        await until(lambda: bool(engine.requests) and engine.permits.locked())
        followed = [asyncio.create_task(follow(dispatcher, job)) for job in (first, waiting)]
        await asyncio.sleep(0.05)
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
            assert working_one.at_work == ()
    assert {u.page for u in updates if isinstance(u, PageText)} == {1, 2}
    assert sorted(u.page for u in updates if isinstance(u, PageDone)) == [1, 2]
    assert isinstance(updates[-1], StoryDone)


@pytest.mark.parametrize("death", range(12))
async def test_an_engine_that_dies_at_any_event_loses_and_doubles_nothing(
    library: Library, death: int
) -> None:
    engine = ScriptedEngine(death)
    job = await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        updates = await follow(dispatcher, job)
    assert isinstance(updates[-1], StoryDone)
    assert [u.page for u in updates if isinstance(u, PageText)] == [1, 2]
    assert [u.page for u in updates if isinstance(u, PageDone)] == [1, 2]
    assert len(engine.requests) == 2
    # Only what broke while being worked on is an attempt that failed.
    lost = [u for u in updates if isinstance(u, EngineLost)]
    assert [u.message for u in lost] == ["The engine does not answer."]
    done = await job_of(library, job.id)
    assert (done.state, done.attempt) == ("done", 2 if death == 11 else 1)


async def test_three_failures_without_a_page_end_a_job_and_give_its_budget_back(
    library: Library,
) -> None:
    engine = ScriptedEngine(2, Failed("internal", "Something broke.", True), 2)
    job = await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        updates = await follow(dispatcher, job)
        lost = [u for u in updates if isinstance(u, EngineLost)]
        assert [(u.attempt, u.attempts) for u in lost] == [(1, 3), (2, 3)]
        end = updates[-1]
        assert isinstance(end, Failed)
        assert end.message == (
            "The engine failed 3 times (The engine does not answer); the wish is kept."
        )
        assert await follow(dispatcher, job) == [updates[0], replace(end, code="failed")]
    failed = await job_of(library, job.id)
    assert (failed.state, failed.attempt, failed.charged_ms) == ("failed", 3, 0)
    assert failed.error == end.message


async def test_an_engine_that_is_away_is_waited_for_and_counts_for_nothing(
    library: Library,
) -> None:
    away, engine = Away(), ScriptedEngine()
    away.message = "The engine at unix:/nowhere does not answer."
    job = await submit(library)
    async with dispatcher_of(library, engine, away) as dispatcher:
        following = asyncio.create_task(follow(dispatcher, job))
        await until(lambda: away.asked >= 5)
        late = dispatcher.follow(job.id)
        told = [await anext(late), await anext(late)]
        assert told[1] == EngineLost(1, 3, 1, away.message)
        await late.aclose()
        away.message = ""
        updates = await following
    assert EngineLost in kinds(updates)
    assert isinstance(updates[-1], StoryDone)
    assert len(engine.requests) == 1


@pytest.mark.parametrize("code", ["queue_full", "duplicate", "engine_stopping"])
async def test_what_is_not_the_jobs_fault_is_tried_again_without_counting(
    library: Library, code: str
) -> None:
    refusals = [Failed(code, "Not now.", retryable=code != "duplicate")] * 5
    job = await submit(library)
    async with dispatcher_of(library, ScriptedEngine(*refusals)) as dispatcher:
        assert isinstance((await follow(dispatcher, job))[-1], StoryDone)


async def test_a_refusal_ends_a_job_at_once_with_the_engines_words(library: Library) -> None:
    refusal = Failed("bad_input", "The picture is no picture.")
    job = await submit(library)
    async with dispatcher_of(library, ScriptedEngine(refusal)) as dispatcher:
        assert (await follow(dispatcher, job))[-1] == refusal
    failed = await job_of(library, job.id)
    assert (failed.state, failed.error, failed.charged_ms) == ("failed", refusal.message, 0)


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
    assert end == Failed("cancelled", "The story was deleted.", False, 1)
    assert engine.requests == []
    assert (await job_of(library, job.id)).state == "cancelled"


async def finished(library: Library, engine: ScriptedEngine, job: JobRecord) -> Update:
    async with dispatcher_of(library, engine) as dispatcher:
        return (await follow(dispatcher, job))[-1]


async def test_a_retry_becomes_the_chosen_sibling(library: Library) -> None:
    engine = ScriptedEngine()
    first = await submit(library, pages=2)
    await finished(library, engine, first)
    async with library.database.read() as connection:
        told = await pages.of_job(connection, first.id)
    retry = {"base_page_id": told[0].id, "first_page": 2, "last_page": 2, "seed": 8}
    job = await submit_for(library, first.story_id, kind="retry", **retry)
    assert isinstance(await finished(library, engine, job), StoryDone)
    async with library.database.read() as connection:
        chosen = await pages.chosen_branch(connection, first.story_id)
    assert [p.id for p in chosen[:1]] == [told[0].id]
    assert chosen[1].job_id == job.id
    assert [p.number for p in engine.requests[-1].known_pages] == [1]


async def test_a_redraw_adds_a_picture_with_another_seed_and_no_page(library: Library) -> None:
    engine = ScriptedEngine()
    first = await submit(library, pages=2)
    await finished(library, engine, first)
    async with library.database.read() as connection:
        told = await pages.of_job(connection, first.id)
    redraw = {"base_page_id": told[0].id, "target_page_id": told[1].id, "seed": 99}
    job = await submit_for(
        library, first.story_id, kind="redraw", first_page=2, last_page=2, **redraw
    )
    async with dispatcher_of(library, engine) as dispatcher:
        updates = await follow(dispatcher, job)
    opened = updates[0]
    assert isinstance(opened, StoryOpened)
    assert (opened.kind, opened.page_id) == ("redraw", told[1].id)
    assert isinstance(updates[-1], StoryDone)
    known = engine.requests[-1].known_pages
    assert [(p.number, p.painted, p.seed) for p in known] == [(1, True, 8), (2, False, 99)]
    assert await count(library, "pages") == 2
    assert await count(library, "pictures") == 3
    async with library.database.read() as connection:
        newest = await pictures.newest_of(connection, [told[1].id])
    assert newest[told[1].id].job_id == job.id
    assert newest[told[1].id].thumbnail is not None


async def test_an_edited_page_only_gets_its_picture(library: Library) -> None:
    engine = ScriptedEngine()
    first = await submit(library, pages=1)
    await finished(library, engine, first)
    job = await submit_for(library, first.story_id, kind="edit", pages=1, seed=5)
    async with library.database.write() as connection:
        old = (await pages.of_job(connection, first.id))[0]
        new = replace(old, id="edited00", job_id=job.id, text="My words.", origin="edited", seed=5)
        await pages.insert(connection, new)
    async with dispatcher_of(library, engine) as dispatcher:
        updates = await follow(dispatcher, job)
    assert [u.text for u in updates if isinstance(u, PageText)] == ["My words."]
    assert [p.text for p in engine.requests[-1].known_pages] == ["My words."]
    assert isinstance(updates[-1], StoryDone)
    assert await count(library, "pages") == await count(library, "pictures") == 2


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
