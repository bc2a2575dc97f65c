from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.errors import BadInputError
from bot.library.database import fetch_all
from bot.library.library import Library
from bot.settings import Settings
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.orders import PageWish
from bot.storytelling.permissions import ForbiddenError
from bot.storytelling.tell import Storyteller
from bot.storytelling.updates import StoryOpened
from bot.storytelling.wish import StoryWish
from engine.api.events import Failed, PageDone, PageText, StoryDone
from tests.bot.storytelling.acting import (
    ANN,
    BEN,
    count,
    finish,
    listen,
    told,
    wait_until,
)
from tests.bot.storytelling.conftest import Teller
from tests.bot.storytelling.scripted_engine import ScriptedEngine


@pytest.fixture
def storyteller(teller: Teller) -> Storyteller:
    return teller(ScriptedEngine())


async def test_a_retry_is_a_further_sibling_with_a_seed_of_its_own(
    storyteller: Storyteller,
) -> None:
    story = await told(storyteller)
    before = await storyteller.book(story, actor=ANN)
    for _ in range(2):
        opened = await storyteller.submit_retry(PageWish(story, 2), ANN)
        assert (opened.kind, opened.first_page, opened.pages) == ("retry", 2, 2)
        await finish(storyteller, opened, ANN)
    details = await storyteller.views.details(story, ANN)
    first = details.children("")[0]
    siblings = details.children(first.id)
    assert len(siblings) == 3
    assert len({page.seed for page in siblings}) == 3
    assert len({page.text for page in siblings}) == 3
    # The newest is shown; the two pages told first are still there below the first sibling.
    assert [page.id for page in details.branch] == [first.id, siblings[2].id]
    assert [page.text for page in before.pages] == [
        page.text
        for page in (await storyteller.book(story, actor=ANN, leaf=before.pages[2].id)).pages
    ]


async def test_a_page_told_again_in_the_middle_is_not_the_storys_last(teller: Teller) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    story = await told(storyteller)
    for page, length in ((2, 3), (3, 0)):  # 0: the page asked for is the last
        leaf = await storyteller.submit_retry(PageWish(story, page), ANN)
        await finish(storyteller, leaf, ANN)
        assert (engine.requests[-1].pages, engine.requests[-1].story_pages) == (page, length)
        await storyteller.acts.choose(story, ANN, page=page, step=-1)  # as it was


async def test_two_retries_waiting_at_once_tell_two_pages(storyteller: Storyteller) -> None:
    story = await told(storyteller, pages=1)
    opened = [await storyteller.submit_retry(PageWish(story, 1), ANN) for _ in range(2)]
    assert len({o.seed for o in opened}) == 2
    for each in opened:
        await finish(storyteller, each, ANN)
    pages = (await storyteller.views.details(story, ANN)).pages
    assert [page.parent_id for page in pages] == [""] * 3
    assert len({page.text for page in pages}) == 3


async def test_a_retry_keeps_the_direction_its_page_was_told_under(teller: Teller) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    story = await told(storyteller)
    await listen(storyteller.continue_story(story, "It rains.", actor=ANN))
    await listen(storyteller.do("retry", PageWish(story), ANN))
    request = engine.requests[-1]
    assert (request.direction, request.direction_page, request.pages) == ("It rains.", 4, 4)
    await listen(storyteller.do("retry", PageWish(story, 2), ANN))
    assert engine.requests[-1].direction == ""


async def test_a_redraw_adds_a_picture_and_changes_no_word(
    library: Library, teller: Teller
) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    story = await told(storyteller)
    before = await storyteller.book(story, actor=ANN)
    seeds = []
    for _ in range(2):
        updates = await listen(storyteller.do("redraw", PageWish(story, 2), ANN))
        opened = updates[0]
        assert isinstance(opened, StoryOpened)
        assert (opened.kind, opened.page_id) == ("redraw", before.pages[1].id)
        assert isinstance(updates[1], PageText)
        assert updates[1].text == before.pages[1].text
        assert [u.page for u in updates if isinstance(u, PageDone)] == [2]
        known = engine.requests[-1].known_pages
        assert [page.painted for page in known] == [True, False]
        seeds.append(known[1].seed)
    after = await storyteller.book(story, actor=ANN)
    assert [page.text for page in after.pages] == [page.text for page in before.pages]
    assert [page.id for page in after.pages] == [page.id for page in before.pages]
    assert len({*seeds, before.pages[1].seed}) == 3
    details = await storyteller.views.details(story, ANN)
    assert [page.pictures for page in details.branch] == [1, 3, 1]
    assert await count(library, "pages") == 3


async def test_an_edited_page_is_what_the_writer_reads_and_only_its_picture_is_made(
    teller: Teller,
) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    story = await told(storyteller)
    opened = await storyteller.submit_edit(
        PageWish(story, 2, text="  The fox\nsang\u200b softly. "), ANN
    )
    details = await storyteller.views.details(story, ANN)
    edited = details.branch[-1]
    assert (edited.id, edited.text, edited.origin) == (
        opened.page_id,
        "The fox sang softly.",
        "edited",
    )
    assert edited.pictures == 0
    updates = await finish(storyteller, opened, ANN)
    assert [u.page for u in updates if isinstance(u, PageDone)] == [2]
    known = engine.requests[-1].known_pages
    assert [(p.painted, p.prompt) for p in known] == [
        (True, "prompt 1"),
        (False, "The fox sang softly."),
    ]
    await listen(storyteller.continue_story(story, "", actor=ANN))
    request = engine.requests[-1]
    assert [p.text for p in request.known_pages][1] == "The fox sang softly."
    assert request.pages == 3
    # The page as it was, and what came after it, are a step away.
    spot = await storyteller.acts.choose(story, ANN, page=2, step=-1)
    assert (spot.place, spot.count) == (1, 2)
    assert len((await storyteller.book(story, actor=ANN)).pages) == 3


async def test_branching_at_the_end_takes_another_turn_beside_the_last_page(
    teller: Teller,
) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    story = await told(storyteller)
    opened = await storyteller.submit_branch(PageWish(story, direction="Snow falls.", pages=2), ANN)
    assert (opened.kind, opened.first_page, opened.pages) == ("continue", 3, 4)
    await finish(storyteller, opened, ANN)
    details = await storyteller.views.details(story, ANN)
    old, new = details.children(details.branch[1].id)
    assert new == details.branch[2] != old
    single = await told(storyteller, pages=1)
    with pytest.raises(BadInputError, match="one page only"):
        await storyteller.submit_branch(PageWish(single), ANN)


async def test_a_page_in_the_middle_branches_by_itself(storyteller: Storyteller) -> None:
    story = await told(storyteller)
    page = (await storyteller.views.details(story, ANN)).branch[0]
    opened = await storyteller.submit_continuation(PageWish(story, page.id, "Elsewhere."), ANN)
    await finish(storyteller, opened, ANN)
    details = await storyteller.views.details(story, ANN)
    assert len(details.branch) == 2
    assert len(details.children(page.id)) == 2


async def test_the_same_press_twice_is_one_job(storyteller: Storyteller, library: Library) -> None:
    story = await told(storyteller)
    wish = StoryWish("a bear", pages=1, dedup_key="discord:9")
    for submit in (
        lambda: storyteller.submit_story(wish, ANN),
        lambda: storyteller.submit_retry(PageWish(story, 1, dedup_key="discord:10"), ANN),
        lambda: storyteller.submit_edit(
            PageWish(story, 1, text="Hm.", dedup_key="discord:11"), ANN
        ),
    ):
        first, again = await submit(), await submit()
        assert not first.duplicate
        assert again.duplicate
        assert (again.job_id, again.story_id) == (first.job_id, first.story_id)
    assert await count(library, "jobs") == 4
    assert await count(library, "pages") == 4


async def test_a_refused_wish_leaves_nothing_behind(
    storyteller: Storyteller, library: Library
) -> None:
    story = await told(storyteller)
    for _ in range(4):
        await storyteller.submit_retry(PageWish(story, 1), ANN)
    rows = {table: await count(library, table) for table in ("jobs", "pages", "stories")}
    with pytest.raises(BadInputError, match="your stories"):
        await storyteller.submit_edit(PageWish(story, 1, text="One more."), ANN)
    with pytest.raises(BadInputError, match="your stories"):
        await storyteller.submit_story(StoryWish("a bear"), ANN)
    assert rows == {table: await count(library, table) for table in rows}


async def test_the_end_of_a_story_is_nobodys_while_it_is_being_told(
    storyteller: Storyteller,
) -> None:
    story = await told(storyteller)
    await storyteller.submit_continuation(PageWish(story), ANN)
    with pytest.raises(BadInputError, match="being told at this moment"):
        await storyteller.submit_continuation(PageWish(story), ANN)
    assert (await storyteller.submit_continuation(PageWish(story, 2), ANN)).first_page == 3


@pytest.mark.parametrize(
    ("act", "asked", "message"),
    [
        ("edit", PageWish("", 1, text=" \u200b "), "text is empty"),
        ("edit", PageWish("", 1, text="x" * 2001), "2001 characters; the limit is 2000"),
        ("edit", PageWish("", 1, text="a \x07 fox"), r"control character U\+0007"),
        ("edit", PageWish("", 1, text="a \u202e fox"), r"control character U\+202E"),
        ("edit", PageWish("", 9, text="a fox"), "pages 1 to 3"),
        ("edit", PageWish("", "nonsense", text="a fox"), "no page of the story"),
        ("continuation", PageWish("", direction="x" * 501), "501 characters; the limit is 500"),
        ("continuation", PageWish("", pages=0), "ask for 1 to 8"),
        ("retry", PageWish("", 1, seed=-1), "no seed"),
        ("redraw", PageWish("", 0), "pages 1 to 3"),
    ],
)
async def test_impossible_asks_are_one_clear_line(
    storyteller: Storyteller, library: Library, act: str, asked: PageWish, message: str
) -> None:
    story = await told(storyteller)
    with pytest.raises(BadInputError, match=message):
        await getattr(storyteller, f"submit_{act}")(replace(asked, story_ref=story), ANN)
    assert await count(library, "jobs") == 1


async def test_a_page_that_says_the_same_is_not_written_twice(storyteller: Storyteller) -> None:
    story = await told(storyteller)
    page = (await storyteller.book(story, actor=ANN)).pages[1]
    with pytest.raises(BadInputError, match="says this already"):
        await storyteller.submit_edit(PageWish(story, 2, text=page.text), ANN)


async def test_open_mode_lets_anybody_go_on_and_nobody_else_edit(
    storyteller: Storyteller, library: Library
) -> None:
    story = await told(storyteller)
    for submit in ("continuation", "branch", "retry"):
        with pytest.raises(ForbiddenError, match="Only its author"):
            await getattr(storyteller, f"submit_{submit}")(PageWish(story, 2), BEN)
    await storyteller.acts.set_mode(story, "open", ANN)
    for submit in ("continuation", "branch", "retry"):
        opened = await getattr(storyteller, f"submit_{submit}")(PageWish(story, 2), BEN)
        assert await storyteller.cancel_job(opened.job_id, BEN)
    for submit in ("redraw", "edit"):
        with pytest.raises(ForbiddenError, match="author or a moderator"):
            await getattr(storyteller, f"submit_{submit}")(PageWish(story, 2, text="Mine."), BEN)
    async with library.database.read() as connection:
        people = await fetch_all(connection, "SELECT person_id FROM jobs ORDER BY serial")
    assert [row[0] for row in people] == [ANN.person, *[BEN.person] * 3]


async def test_a_press_on_a_deleted_story_once_more_makes_nothing_new(
    storyteller: Storyteller, library: Library
) -> None:
    wish = StoryWish("a bear", pages=1, dedup_key="discord:9")
    opened = await storyteller.submit_story(wish, ANN)
    await storyteller.acts.delete(opened.story_id, ANN)
    again = await storyteller.submit_story(wish, ANN)
    assert (again.duplicate, again.job_id) == (True, opened.job_id)
    assert await count(library, "stories") == 1


async def test_what_is_submitted_is_told_by_the_dispatcher_and_stopped_by_a_delete(
    library: Library,
) -> None:
    async def ensure_engine() -> None:
        return None

    engine, rules = ScriptedEngine(), Settings()
    async with Dispatcher(library, engine, rules, ensure_engine) as dispatcher:
        storyteller = Storyteller(
            library, engine, rules, ensure_engine=ensure_engine, dispatcher=dispatcher
        )
        opened = await storyteller.submit_story(StoryWish("a red fox", pages=2), ANN)
        story = opened.story_id
        assert isinstance((await listen(dispatcher.follow(opened.job_id)))[-1], StoryDone)
        for submit, asked in (
            (storyteller.submit_edit, PageWish(story, 1, text="The fox sang.")),
            (storyteller.submit_redraw, PageWish(story, 1)),
            (storyteller.submit_continuation, PageWish(story, direction="It rains.")),
            (storyteller.submit_retry, PageWish(story)),
        ):
            opened = await submit(asked, ANN)
            updates = await listen(dispatcher.follow(opened.job_id))
            assert isinstance(updates[-1], StoryDone), updates
        details = await storyteller.views.details(story, ANN)
        assert [page.pictures for page in details.branch] == [2, 1]
        assert details.branch[0].text == "The fox sang."

        engine.hang_at = 2
        engine.hanging.clear()
        opened = await storyteller.submit_continuation(PageWish(story), ANN)
        await engine.hanging.wait()
        assert [line.position for line in await storyteller.views.queue(ANN)] == [0]
        followed = asyncio.create_task(listen(dispatcher.follow(opened.job_id)))
        await storyteller.acts.delete(story, ANN)
        end = (await followed)[-1]
        assert isinstance(end, Failed)
        assert end.code == "deleted"
        await wait_until(lambda: not dispatcher.at_work)
