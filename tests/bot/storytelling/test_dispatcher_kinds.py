"""Retries, redraws and edits: what each adds to the story's tree."""

from __future__ import annotations

from dataclasses import replace

from bot.library import pages, pictures
from bot.library.library import Library
from bot.storytelling.updates import StoryOpened
from engine.api.events import (
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
from tests.bot.storytelling.queued import (
    count,
    submit,
    submit_for,
)
from tests.bot.storytelling.scripted_engine import ScriptedEngine


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
