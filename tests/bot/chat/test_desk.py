from __future__ import annotations

import asyncio

import pytest

from bot.chat.messenger import (
    ClosedError,
    GoneError,
    LaterError,
    MessengerError,
    TooOldError,
    UnfitError,
)
from bot.chat.page import PageView
from bot.errors import BadInputError
from bot.library.library import Library
from bot.storytelling.orders import PageWish
from bot.storytelling.permissions import Actor, ForbiddenError
from engine.api.events import Failed
from tests.bot.chat.house import ANN, HALL, all_settled, running, settled
from tests.bot.chat.wall import Wall
from tests.bot.storytelling.paced_engine import PacedEngine
from tests.bot.storytelling.queued import until
from tests.bot.storytelling.scripted_engine import ScriptedEngine


async def test_each_page_grows_in_a_message_of_its_own_that_answers_the_one_before(
    library: Library,
) -> None:
    wall = Wall()
    async with running(library, ScriptedEngine(), wall) as bot:
        opened = await bot.tell(pages=3)
        await settled(wall, 3)
        posts = [m.last for m in wall.messages.values()]
        assert [view.number for view in posts] == [1, 2, 3]
        assert [m.reply_to for m in wall.messages.values()] == ["", "1", "2"]
        assert [len(m.finals) for m in wall.messages.values()] == [1, 1, 1]
        for view in posts:
            assert (view.phase, view.pages, view.story_id) == ("done", 3, opened.story_id)
            assert view.picture.startswith(b"\x89PNG")
            assert view.text
            assert view.alt
        spot = await bot.desk.shown_at(HALL, "2")
        assert spot is not None
        assert (spot.page_id, spot.number, spot.live) == (posts[1].page_id, 2, False)


async def test_a_message_shows_its_place_in_the_queue_and_then_words_and_painting(
    library: Library,
) -> None:
    wall, engine = Wall(), PacedEngine()
    async with running(library, engine, wall) as bot:
        await bot.tell(pages=1)
        while not all_settled(wall, 1):
            engine.allow()
            await asyncio.sleep(0.01)
        phases = [view.phase for view in wall.messages["1"].views]
        assert phases == sorted(phases, key=["queued", "writing", "painting", "done"].index)
        assert {"queued", "painting", "done"} <= set(phases)


async def test_previews_give_way_to_newer_ones_and_the_last_view_never(library: Library) -> None:
    wall = Wall(interval_s=60)
    async with running(library, ScriptedEngine(), wall) as bot:
        await bot.tell(pages=1)
        await settled(wall, 1)
        assert len(wall.messages["1"].views) == 2
        assert wall.messages["1"].last.phase == "done"


async def test_last_views_are_drawn_again_until_they_arrive(library: Library) -> None:
    wall, refused = Wall(), 0

    def fault(call: str, view: PageView) -> MessengerError | None:
        nonlocal refused
        if call == "edit" and not view.live and refused < 5:
            refused += 1
            return LaterError("busy", seconds=0.01)
        return None

    wall.fault = fault
    async with running(library, ScriptedEngine(), wall) as bot:
        await bot.tell(pages=1)
        await settled(wall, 1)
    assert refused == 5
    assert len(wall.messages["1"].finals) == 1


async def test_a_post_whose_answer_is_lost_is_not_posted_twice(library: Library) -> None:
    wall, lost = Wall(), 0

    def after(call: str, view: PageView) -> MessengerError | None:
        nonlocal lost
        lost += 1
        return LaterError("cut off") if lost in (1, 2) else None

    wall.after = after
    async with running(library, ScriptedEngine(), wall) as bot:
        await bot.tell(pages=2)
        await settled(wall, 2)


@pytest.mark.parametrize("error", [GoneError("deleted"), ClosedError("kicked")])
async def test_work_that_nobody_can_see_stops_and_the_story_is_kept(
    library: Library, error: MessengerError
) -> None:
    wall, engine = Wall(), PacedEngine(permits=3)
    async with running(library, engine, wall) as bot:
        opened = await bot.tell(pages=2)
        wall.fault = lambda call, view: error
        engine.allow()
        await until(lambda: not bot.dispatcher.at_work and not bot.desk._tasks)
        details = await bot.teller.views.details(opened.story_id, ANN)
        assert details.state == "cancelled"
        assert await bot.teller.posts.live("discord") == ()
        await asyncio.sleep(0.05)
        assert bot.dispatcher.at_work == ()


async def test_a_story_that_cannot_be_posted_is_not_told(library: Library) -> None:
    wall = Wall()
    wall.closed.add(HALL)
    async with running(library, PacedEngine(), wall) as bot:
        opened = await bot.wish()
        with pytest.raises(ClosedError):
            await bot.desk.begin(opened, HALL, language="en")
        await until(lambda: not bot.dispatcher.at_work)
        assert (await bot.teller.views.details(opened.story_id, ANN)).state == "cancelled"
        assert await bot.teller.posts.live("discord") == ()


async def test_deleting_a_live_message_stops_its_story(library: Library) -> None:
    wall, engine = Wall(), PacedEngine(permits=2)
    async with running(library, engine, wall) as bot:
        opened = await bot.tell(pages=2)
        del wall.messages["1"]
        await bot.desk.message_deleted(HALL, "1")
        await until(lambda: not bot.dispatcher.at_work)
        assert (await bot.teller.views.details(opened.story_id, ANN)).state == "cancelled"
        await bot.desk.message_deleted(HALL, "1")


async def test_a_cancelled_story_says_so_and_keeps_the_pages_that_are_done(
    library: Library,
) -> None:
    wall, engine = Wall(), PacedEngine(permits=8)
    async with running(library, engine, wall) as bot:
        opened = await bot.tell(pages=2)
        await until(lambda: "2" in wall.messages and bool(wall.messages["2"].last.picture))
        assert await bot.teller.cancel_job(opened.job_id, ANN)
        await settled(wall, 2)
        assert wall.of_page(2).last.phase == "cancelled"
        assert len(wall.of_page(1).finals) == 1


async def test_of_a_story_at_work_whose_author_is_forgotten_nothing_is_shown_any_more(
    library: Library,
) -> None:
    wall, engine = Wall(), PacedEngine(permits=8)
    async with running(library, engine, wall) as bot:
        await bot.tell(pages=2)
        await until(lambda: "2" in wall.messages and bool(wall.messages["2"].last.picture))
        await bot.teller.privacy.delete(ANN.person)
        await settled(wall, 2)
        left = wall.of_page(2).last
        assert (left.phase, left.text, left.picture, left.title) == ("deleted", "", b"", "")
        assert await bot.teller.posts.live("discord") == ()


async def test_a_failure_shows_why_and_trying_again_goes_on_in_the_same_message(
    library: Library,
) -> None:
    wall = Wall()
    engine = ScriptedEngine(Failed("blocked", "no", False, 1))
    async with running(library, engine, wall) as bot:
        opened = await bot.tell(pages=1)
        await settled(wall, 1)
        failed = wall.messages["1"].last
        assert (failed.phase, failed.job_id) == ("failed", opened.job_id)
        assert "not allowed" in failed.reason
        again = await bot.teller.submit_again(opened.story_id, ANN, job_id=opened.job_id)
        await bot.desk.begin(again, HALL, language="en", message="1")
        await until(lambda: wall.messages["1"].last.phase == "done")
        assert len(wall.messages) == 1


async def test_trying_again_leaves_the_pages_that_are_done_alone(library: Library) -> None:
    # Both texts, page 1's picture, a look at page 2.
    wall, engine = Wall(), PacedEngine(permits=8)
    async with running(library, engine, wall) as bot:
        opened = await bot.tell(pages=2)
        await until(lambda: "2" in wall.messages and bool(wall.messages["2"].last.picture))
        await bot.teller.cancel_job(opened.job_id, ANN)
        await settled(wall, 2)
        before = len(wall.messages["1"].views)
        engine.allow(100)
        again = await bot.teller.submit_again(opened.story_id, ANN, job_id=opened.job_id)
        await bot.desk.begin(again, HALL, language="en", message="2")
        await until(lambda: wall.messages["2"].last.phase == "done")
        assert len(wall.messages) == 2
        assert len(wall.messages["1"].views) == before


async def test_a_retried_page_stands_in_the_message_of_the_page_it_was_asked_at(
    library: Library,
) -> None:
    wall = Wall()
    async with running(library, ScriptedEngine(), wall) as bot:
        opened = await bot.tell(pages=2)
        await settled(wall, 2)
        first = wall.messages["2"].last
        asked = PageWish(opened.story_id, page=first.page_id, seed=99)
        retried = await bot.teller.submit_retry(asked, ANN)
        assert await bot.desk.begin(retried, HALL, language="en", message="2") == "2"
        await until(lambda: wall.messages["2"].last.count == 2)
        last = wall.messages["2"].last
        assert (last.phase, last.place, last.number) == ("done", 2, 2)
        assert last.page_id != first.page_id
        assert len(wall.messages) == 2
        spot = await bot.teller.acts.choose(opened.story_id, ANN, page=last.page_id, step=-1)
        await bot.desk.turn(HALL, "2", spot.page_id, actor=ANN, language="en")
        assert wall.messages["2"].last.page_id == first.page_id
        assert wall.messages["2"].last.place == 1


async def test_cancelling_a_retry_brings_the_page_back_that_was_there(library: Library) -> None:
    wall, engine = Wall(), PacedEngine(permits=100)
    async with running(library, engine, wall) as bot:
        opened = await bot.tell(pages=1)
        await settled(wall, 1)
        first = wall.messages["1"].last
        while not engine.permits.locked():
            await engine.permits.acquire()
        asked = PageWish(opened.story_id, page=first.page_id, seed=99)
        retried = await bot.teller.submit_retry(asked, ANN)
        await bot.desk.begin(retried, HALL, language="en", message="1")
        await until(lambda: wall.messages["1"].last.live)
        await bot.teller.cancel_job(retried.job_id, ANN)
        await until(lambda: wall.messages["1"].last == first)


async def test_going_on_from_a_page_without_its_picture_paints_that_one_where_it_is(
    library: Library,
) -> None:
    wall, engine = Wall(), PacedEngine(permits=4)  # both texts
    async with running(library, engine, wall) as bot:
        opened = await bot.tell(pages=2)
        await until(lambda: wall.messages["1"].last.phase == "painting")
        await bot.teller.cancel_job(opened.job_id, ANN)
        await until(lambda: wall.messages["1"].last.phase == "cancelled")
        engine.allow(100)
        went_on = await bot.teller.submit_continuation(PageWish(opened.story_id, page=1), ANN)
        message = await bot.desk.begin(went_on, HALL, language="en", reply_to="1")
        await until(lambda: wall.messages[message].last.phase == "done")
        assert wall.messages[message].last.number == 2
        assert {m.last.number for m in wall.messages.values()} == {1, 2}
        assert wall.messages["1"].last.phase == "done"
        assert wall.messages["1"].last.picture


async def test_a_redraw_keeps_words_and_message_and_shows_the_old_picture_meanwhile(
    library: Library,
) -> None:
    wall, engine = Wall(), PacedEngine(permits=100)
    async with running(library, engine, wall) as bot:
        opened = await bot.tell(pages=1)
        await settled(wall, 1)
        first = wall.messages["1"].last
        asked = PageWish(opened.story_id, page=first.page_id, seed=99)
        redrawn = await bot.teller.submit_redraw(asked, ANN)
        seen = len(wall.messages["1"].views)
        await bot.desk.begin(redrawn, HALL, language="en", message="1")
        await until(lambda: len(wall.messages["1"].finals) == 2)
        assert wall.messages["1"].views[seen].picture == first.picture
        last = wall.messages["1"].last
        assert (last.text, last.page_id, last.count) == (first.text, first.page_id, 1)


async def test_a_second_wish_at_a_busy_message_gets_a_message_of_its_own(library: Library) -> None:
    wall, engine = Wall(), PacedEngine(permits=100)
    async with running(library, engine, wall) as bot:
        opened = await bot.tell(pages=1)
        await settled(wall, 1)
        while not engine.permits.locked():
            await engine.permits.acquire()
        page_id = wall.messages["1"].last.page_id
        for seed in (8, 9):
            asked = PageWish(opened.story_id, page=page_id, seed=seed)
            retried = await bot.teller.submit_retry(asked, ANN)
            await bot.desk.begin(retried, HALL, language="en", message="1")
        engine.allow(100)
        await settled(wall, 2)
        assert wall.messages["2"].reply_to == "1"
        assert {m.last.place for m in wall.messages.values()} == {2, 3}


def held_up(wall: Wall) -> None:
    """Let the platform put off every view that tells of a failure."""
    wall.fault = lambda call, view: (
        LaterError("busy", seconds=600) if call == "edit" and view.phase == "failed" else None
    )


async def test_a_retry_takes_the_message_whose_last_view_still_waits_for_a_limit(
    library: Library,
) -> None:
    wall, engine = Wall(), ScriptedEngine(None, Failed("blocked", "no", False, 1))
    async with running(library, engine, wall) as bot:
        opened = await bot.tell(pages=1)
        await settled(wall, 1)
        page_id = wall.messages["1"].last.page_id
        held_up(wall)
        for seed in (8, 9):
            asked = PageWish(opened.story_id, page=page_id, seed=seed)
            retried = await bot.teller.submit_retry(asked, ANN)
            assert await bot.desk.begin(retried, HALL, language="en", message="1") == "1"
            await until(lambda: not bot.dispatcher.at_work)
            if seed == 8:
                await until(lambda: any(t.is_over for t in bot.desk._tellings.values()))
        await until(lambda: wall.messages["1"].last.phase == "done")
        assert wall.messages["1"].last.place == 2
        assert len(wall.messages) == 1
        await until(lambda: not bot.desk._tasks)
        assert await bot.teller.posts.live("discord") == ()


async def test_trying_again_before_the_failure_is_drawn_goes_on_in_the_same_messages(
    library: Library,
) -> None:
    wall, engine = Wall(), ScriptedEngine(Failed("blocked", "no", False, 1))
    held_up(wall)
    async with running(library, engine, wall) as bot:
        opened = await bot.tell(pages=2)
        await until(lambda: any(t.is_over for t in bot.desk._tellings.values()))
        again = await bot.teller.submit_again(opened.story_id, ANN, job_id=opened.job_id)
        assert await bot.desk.begin(again, HALL, language="en", message="1") == "1"
        await settled(wall, 2)
        assert [m.last.phase for m in wall.messages.values()] == ["done", "done"]
        await until(lambda: not bot.desk._tasks)
        assert await bot.teller.posts.live("discord") == ()


async def test_a_repeated_wish_is_told_in_the_message_it_has(library: Library) -> None:
    wall = Wall()
    async with running(library, ScriptedEngine(), wall) as bot:
        opened = await bot.wish(pages=1, key="discord:5")
        first = await bot.desk.begin(opened, HALL, language="en")
        again = await bot.wish(pages=1, key="discord:5")
        assert await bot.desk.begin(again, HALL, language="en") == first
        await settled(wall, 1)
        again = await bot.wish(pages=1, key="discord:5")
        assert await bot.desk.begin(again, HALL, language="en") == first
        assert len(wall.messages) == 1


async def test_what_is_too_old_to_be_edited_is_posted_anew(library: Library) -> None:
    wall = Wall()

    def fault(call: str, view: PageView) -> MessengerError | None:
        too_old = call == "edit" and len(wall.messages) == 1
        return TooOldError("an hour") if too_old else None

    wall.fault = fault
    async with running(library, ScriptedEngine(), wall) as bot:
        await bot.tell(pages=1)
        await until(lambda: any(m.last.phase == "done" for m in wall.messages.values()))
        assert [m.last.phase for m in wall.messages.values()] == ["queued", "done"]
        assert wall.messages["2"].reply_to == "1"
        await until(lambda: not bot.desk._tasks)
        assert await bot.teller.posts.live("discord") == ()


async def test_a_preview_that_cannot_be_drawn_harms_nothing(library: Library) -> None:
    wall = Wall()
    wall.fault = lambda call, view: (
        UnfitError("bad") if call == "edit" and view.phase == "painting" else None
    )
    async with running(library, ScriptedEngine(), wall) as bot:
        await bot.tell(pages=1)
        await settled(wall, 1)
        assert wall.messages["1"].last.phase == "done"


async def test_a_finished_page_is_posted_again_for_those_who_may_see_it(library: Library) -> None:
    wall = Wall()
    async with running(library, ScriptedEngine(), wall) as bot:
        opened = await bot.tell(pages=2)
        await settled(wall, 2)
        shown = await bot.desk.show(opened.story_id, HALL, actor=ANN, language="de", page=1)
        assert wall.messages[shown].last.number == 1
        assert wall.messages[shown].last.language == "de"
        spot = await bot.desk.shown_at(HALL, shown)
        assert spot is not None
        assert spot.page_id == wall.messages["1"].last.page_id
        stranger = Actor("discord:2", "discord:99")
        with pytest.raises(BadInputError):
            await bot.desk.show(opened.story_id, HALL, actor=stranger, language="en")
        with pytest.raises(ForbiddenError):
            await bot.teller.cancel_job(opened.job_id, Actor("discord:2", ANN.community))
