"""Engines that die, fail, refuse or stay away: what counts, what does not, what is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.library.library import Library
from bot.storytelling.updates import EngineLost
from engine.api.events import Failed, StoryDone
from tests.bot.storytelling.dispatching import (
    Away,
    dispatcher_of,
    follow,
    kinds,
    lost_in,
    pages_told,
)
from tests.bot.storytelling.dispatching import library as library
from tests.bot.storytelling.dispatching import short_pauses as short_pauses
from tests.bot.storytelling.queued import job_of, submit, until
from tests.bot.storytelling.scripted_engine import ScriptedEngine


@pytest.mark.parametrize("death", range(12))
async def test_an_engine_that_dies_at_any_event_loses_and_doubles_nothing(
    library: Library, death: int
) -> None:
    engine = ScriptedEngine(death)
    job = await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        updates = await follow(dispatcher, job)
    assert isinstance(updates[-1], StoryDone)
    assert pages_told(updates) == ([1, 2], [1, 2])
    assert len(engine.requests) == 2
    # Only what broke while being worked on is an attempt that failed.
    assert [u.message for u in lost_in(updates)] == ["The engine does not answer."]
    done = await job_of(library, job.id)
    assert (done.state, done.attempt) == ("done", 2 if death == 11 else 1)


async def test_three_failures_without_a_page_end_a_job_and_give_its_budget_back(
    library: Library,
) -> None:
    engine = ScriptedEngine(2, Failed("internal", "Something broke.", True), 2)
    job = await submit(library)
    async with dispatcher_of(library, engine) as dispatcher:
        updates = await follow(dispatcher, job)
        assert [(u.attempt, u.attempts) for u in lost_in(updates)] == [(1, 3), (2, 3)]
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
