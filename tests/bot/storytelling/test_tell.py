from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from bot.errors import BadInputError, UnavailableError
from bot.library.database import fetch_all
from bot.library.library import Library
from bot.settings import Settings
from bot.storytelling.permissions import Actor
from bot.storytelling.tell import Storyteller
from bot.storytelling.updates import EngineLost, StoryOpened, Update
from bot.storytelling.wish import StoryWish
from engine.api.events import Failed, PageDone, PageText, StoryDone
from tests.bot.storytelling.conftest import Teller
from tests.bot.storytelling.scripted_engine import ScriptedEngine, events, tiny_png

FOX = StoryWish("a red fox", pages=3, seed=7)


async def listen(updates: AsyncIterator[Update]) -> list[Update]:
    return [update async for update in updates]


async def job_states(library: Library) -> list[str]:
    async with library.database.read() as connection:
        return [row[0] for row in await fetch_all(connection, "SELECT state FROM jobs")]


async def test_a_story_is_told_and_stands_in_the_library_as_a_book(
    library: Library, teller: Teller
) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    updates = await listen(storyteller.tell(FOX))

    opened = updates[0]
    assert isinstance(opened, StoryOpened)
    assert (opened.title, opened.seed, opened.first_page, opened.pages) == ("a red fox", 7, 1, 3)
    assert updates[1:] == list(events(engine.requests[0]))

    book = await storyteller.book(opened.story_id)
    assert (book.title, book.idea, book.seed) == ("The Tale of a red fox", "a red fox", 7)
    assert book.profile == "starter"
    assert [(p.number, p.image, p.alt, p.seed, p.steps) for p in book.pages] == [
        (n, tiny_png(n), f"alt {n}", 7 + n, 20) for n in (1, 2, 3)
    ]
    assert await job_states(library) == ["done"]


async def test_each_page_is_in_the_library_before_it_is_shown(teller: Teller) -> None:
    storyteller = teller(ScriptedEngine())
    async with aclosing(storyteller.tell(FOX)) as updates:
        async for update in updates:
            if isinstance(update, PageText):
                assert (await storyteller.book("last")).pages[-1].text == update.text
            if isinstance(update, PageDone):
                assert (await storyteller.book("last")).pages[update.page - 1].image == update.image
            if isinstance(update, StoryDone):
                assert not await storyteller.unfinished_kind("last")


@pytest.mark.parametrize("death", range(17))
async def test_a_dying_engine_at_any_event_neither_loses_nor_doubles_a_page(
    teller: Teller, death: int
) -> None:
    whole = await listen(teller(ScriptedEngine()).tell(FOX))
    engine = ScriptedEngine(death)
    storyteller = teller(engine)
    updates = await listen(storyteller.tell(FOX))
    for kind in (PageText, PageDone):
        told = [u for u in updates if isinstance(u, kind)]
        assert told == [u for u in whole if isinstance(u, kind)]
    assert isinstance(updates[-1], StoryDone)
    assert sum(isinstance(u, EngineLost) for u in updates) == 1
    assert engine.closed == 2
    assert {r.seed for r in engine.requests} == {7}
    told_before = {u.page for u in updates[: updates.index(_lost(updates))] if is_text(u)}
    assert {page.number for page in engine.requests[1].known_pages} == told_before


def is_text(update: Update) -> bool:
    return isinstance(update, PageText)


def _lost(updates: list[Update]) -> Update:
    return next(u for u in updates if isinstance(u, EngineLost))


async def test_after_three_attempts_without_a_page_the_story_waits_to_be_resumed(
    library: Library, teller: Teller
) -> None:
    engine = ScriptedEngine(3, 0, 0)
    storyteller = teller(engine)
    updates = await listen(storyteller.tell(FOX))
    end = updates[-1]
    assert isinstance(end, Failed)
    assert (end.code, end.retryable, end.resume_from_page) == ("engine_gone", True, 1)
    assert await job_states(library) == ["failed"]

    resumed = await listen(storyteller.resume("last"))
    assert isinstance(resumed[-1], StoryDone)
    assert [u.page for u in resumed if isinstance(u, PageText)] == [2, 3]
    known = engine.requests[-1].known_pages
    assert [(p.number, p.painted, p.seed) for p in known] == [(1, False, 8)]
    with pytest.raises(BadInputError, match="is finished"):
        await listen(storyteller.resume("last"))


async def test_attempts_start_anew_after_a_finished_page(teller: Teller) -> None:
    # Each attempt paints one page more: seven events of text, then three a picture.
    storyteller = teller(ScriptedEngine(10, 4, 4))
    updates = await listen(storyteller.tell(FOX))
    assert isinstance(updates[-1], StoryDone)
    assert [u.page for u in updates if isinstance(u, PageDone)] == [1, 2, 3]


async def test_a_refusal_by_the_engine_ends_the_story_with_its_words(
    library: Library, teller: Teller
) -> None:
    engine = ScriptedEngine(Failed("bad_input", "The picture is no picture."))
    updates = await listen(teller(engine).tell(FOX))
    assert updates[1:] == [Failed("bad_input", "The picture is no picture.", False, 1)]
    assert await job_states(library) == ["failed"]


async def test_an_engine_that_ends_too_early_is_not_believed(
    library: Library, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ScriptedEngine()

    async def nonsense(request: object) -> AsyncIterator[object]:
        yield StoryDone("The End", 3, 1.0)

    monkeypatch.setattr(engine, "tell", nonsense)
    updates = await listen(teller(engine).tell(FOX))
    assert isinstance(updates[-1], Failed)
    assert updates[-1].message == "The engine talks nonsense: the story ended without page 1."
    assert await job_states(library) == ["failed"]


async def test_whoever_stops_listening_cancels_and_keeps_the_pages(
    library: Library, teller: Teller
) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    async with aclosing(storyteller.tell(FOX)) as updates:
        async for update in updates:
            if isinstance(update, PageDone):
                break
    assert await job_states(library) == ["cancelled"]
    assert engine.closed == 1
    book = await storyteller.book("last")
    assert [bool(page.image) for page in book.pages] == [True, False, False]


async def test_a_cancelled_task_ends_as_a_cancelled_job(library: Library, teller: Teller) -> None:
    engine = ScriptedEngine()
    engine.hang_at = 5
    storyteller = teller(engine)
    task = asyncio.create_task(listen(storyteller.tell(FOX)))
    await engine.hanging.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await job_states(library) == ["cancelled"]
    assert engine.closed == 1


async def test_a_story_can_be_cancelled_from_elsewhere(library: Library, teller: Teller) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    seen: list[Update] = []
    async for update in storyteller.tell(FOX):
        seen.append(update)
        if isinstance(update, PageText) and update.page == 1:
            assert await storyteller.cancel("last")
    assert isinstance(seen[-1], Failed)
    assert seen[-1].code == "cancelled"
    assert engine.cancelled == [engine.requests[0].job_id]
    assert await job_states(library) == ["cancelled"]
    assert len((await storyteller.book("last")).pages) == 1
    assert not await storyteller.cancel("last")


async def test_a_repeated_wish_is_told_once(library: Library, teller: Teller) -> None:
    storyteller = teller(ScriptedEngine())
    wish = StoryWish("a red fox", pages=1, dedup_key="chat:1")
    first = await listen(storyteller.tell(wish))
    again = await listen(storyteller.tell(wish))
    assert len(again) == 1
    assert isinstance(again[0], StoryOpened)
    assert isinstance(first[0], StoryOpened)
    assert again[0].duplicate
    assert again[0].story_id == first[0].story_id
    assert len(await job_states(library)) == 1


async def test_going_on_sends_the_branch_and_adds_a_page(teller: Teller) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    await listen(storyteller.tell(FOX))
    updates = await listen(storyteller.continue_story("last", "It rains."))
    opened = updates[0]
    assert isinstance(opened, StoryOpened)
    assert (opened.first_page, opened.pages, opened.seed) == (4, 4, 7)
    request = engine.requests[-1]
    assert (request.direction, request.pages) == ("It rains.", 4)
    assert [(p.number, p.painted, p.layout_json) for p in request.known_pages] == [
        (n, True, f'{{"page":{n}}}') for n in (1, 2, 3)
    ]
    assert request.known_pages[0].latents is not None
    assert request.known_pages[0].latents.codes == (1, 2, 3, 1023)
    book = await storyteller.book("last")
    assert len(book.pages) == 4
    assert book.title == "The Tale of a red fox"


async def test_going_on_from_an_older_page_branches_and_overwrites_nothing(
    library: Library, teller: Teller
) -> None:
    storyteller = teller(ScriptedEngine())
    await listen(storyteller.tell(FOX))
    async with library.database.read() as connection:
        sql = "SELECT id FROM pages WHERE number = 3"
        (old_leaf,) = [row[0] for row in await fetch_all(connection, sql)]
    before = await storyteller.book("last")
    updates = await listen(storyteller.continue_story("last", "", from_page=2, pages=2))
    assert [u.page for u in updates if isinstance(u, PageDone)] == [3, 4]
    new = await storyteller.book("last")
    assert new.pages[:2] == before.pages[:2]
    assert new.pages[2].text != before.pages[2].text
    assert await storyteller.book("last", leaf=old_leaf) == before


async def test_a_blank_continuation_from_one_page_twice_gives_two_tales(teller: Teller) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    await listen(storyteller.tell(FOX))
    for _ in range(3):
        await listen(storyteller.continue_story("last", from_page=3))
    assert len({request.seed for request in engine.requests[1:]}) == 3


async def test_a_story_of_words_only_can_be_painted_by_going_on(teller: Teller) -> None:
    storyteller = teller(ScriptedEngine())
    await listen(storyteller.tell(StoryWish("a red fox", pages=2, text_only=True)))
    assert [page.image for page in (await storyteller.book("last")).pages] == [b"", b""]
    await listen(storyteller.continue_story("last"))
    assert all(page.image for page in (await storyteller.book("last")).pages)


@pytest.mark.parametrize(
    ("from_page", "pages", "message"),
    [(0, 1, "pages 1 to 3"), (4, 1, "pages 1 to 3"), (None, 9, "1 to 8"), (None, 0, "1 to 8")],
)
async def test_impossible_continuations_are_refused(
    teller: Teller, from_page: int | None, pages: int, message: str
) -> None:
    storyteller = teller(ScriptedEngine())
    await listen(storyteller.tell(FOX))
    with pytest.raises(BadInputError, match=message):
        await listen(storyteller.continue_story("last", from_page=from_page, pages=pages))


async def test_only_the_author_goes_on_with_a_solo_story(teller: Teller) -> None:
    storyteller = teller(ScriptedEngine())
    await listen(storyteller.tell(FOX))
    with pytest.raises(BadInputError, match="Only its author"):
        await listen(storyteller.continue_story("last", actor=Actor("somebody", "console")))


async def test_an_unknown_style_is_refused_with_the_names_of_the_others(
    library: Library, teller: Teller
) -> None:
    with pytest.raises(BadInputError, match='no style "cubist": choose storybook or ink'):
        await listen(teller(ScriptedEngine()).tell(StoryWish("a fox", style="Cubist")))
    assert await job_states(library) == []


async def test_stories_are_found_by_id_beginning_last_and_book_folder(
    teller: Teller, tmp_path: Path
) -> None:
    storyteller = teller(ScriptedEngine())
    await listen(storyteller.tell(StoryWish("a fox", pages=1)))
    await listen(storyteller.tell(StoryWish("a bear", pages=1)))
    bear = await storyteller.book("last")
    (tmp_path / "book.json").write_text(json.dumps({"id": bear.id}))
    for reference in (bear.id, bear.id.upper(), bear.id[:7], str(tmp_path)):
        assert (await storyteller.book(reference)).idea == "a bear"
    for reference in ("zzzzzzzz", "", "nowhere/book", "ünïcode", "x" * 5000, "\0", "."):
        with pytest.raises(BadInputError, match="There is no story"):
            await storyteller.book(reference)
    with pytest.raises(BadInputError, match="There is no story"):
        await storyteller.book(bear.id, actor=Actor("console2", "elsewhere"))


async def test_lists_show_the_newest_first_and_search_finds_pages_and_titles(
    teller: Teller,
) -> None:
    storyteller = teller(ScriptedEngine())
    await listen(storyteller.tell(StoryWish("a brave fox", pages=2)))
    await listen(storyteller.tell(StoryWish("a sleepy bear", pages=1)))
    await listen(storyteller.continue_story((await storyteller.search("fox"))[0].id, "Thunder!"))
    lines = await storyteller.list_stories()
    assert [(s.idea, s.pages, s.painted, s.state) for s in lines] == [
        ("a brave fox", 3, 3, "done"),
        ("a sleepy bear", 1, 1, "done"),
    ]
    assert [s.idea for s in await storyteller.search("thund")] == ["a brave fox"]
    assert [s.idea for s in await storyteller.search("tale BEAR")] == ["a sleepy bear"]
    for words in ("", '"', "AND OR (", "fox NEAR/2 *", "dragon", "'; --"):
        assert await storyteller.search(words) == ()
    assert await storyteller.list_stories(community="elsewhere") == ()


async def test_one_person_cannot_fill_the_queue(teller: Teller, library: Library) -> None:
    storyteller = teller(ScriptedEngine())
    limits = Settings().limits
    most = limits.running_per_person + limits.queued_per_person
    under_way = [storyteller.tell(StoryWish("a fox", pages=1)) for _ in range(most)]
    for updates in under_way:
        await anext(updates)
    with pytest.raises(BadInputError, match="4 of your stories"):
        await listen(storyteller.tell(StoryWish("a fox", pages=1)))
    with pytest.raises(UnavailableError, match="being told at this moment"):
        await listen(storyteller.resume("last"))
    for updates in under_way:
        await updates.aclose()
    assert await job_states(library) == ["cancelled"] * most
    assert isinstance((await listen(storyteller.tell(StoryWish("a fox"))))[-1], StoryDone)


async def test_an_engine_that_cannot_be_started_is_one_line_and_the_wish_is_kept(
    library: Library,
) -> None:
    async def ensure_engine() -> None:
        raise UnavailableError("No engine answers.")

    storyteller = Storyteller(library, ScriptedEngine(), Settings(), ensure_engine=ensure_engine)
    with pytest.raises(UnavailableError, match="No engine answers"):
        await listen(storyteller.tell(FOX))
    assert await job_states(library) == ["failed"]
    assert await storyteller.unfinished_kind("last")
