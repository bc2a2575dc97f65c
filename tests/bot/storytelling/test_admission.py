from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import BadInputError
from bot.library import budgets, jobs, stories
from bot.library.database import fetch_all
from bot.library.ids import now_ms
from bot.library.library import Library, open_library
from bot.library.records import JobRecord
from bot.settings import LimitSettings
from bot.storytelling.admission import Limits, RefusedError, admit, readmit
from bot.storytelling.estimates import PRIOR_PAGE_S, PRIOR_TEXT_S, measure
from bot.storytelling.queueing import forecast, queue_of
from tests.bot.storytelling.queued import (
    FREE,
    budgets_fit,
    count,
    job_of,
    job_record,
    story_record,
    submit,
)

# Noon of 2026-11-20 in UTC.
NOON = 1_795_176_000_000
DAY = "2026-11-20"


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with open_library(tmp_path / "library.db") as library:
        yield library
        assert await budgets_fit(library)


async def ask(library: Library, limits: Limits, *, now: int = NOON, **more: object) -> JobRecord:
    story = story_record()
    async with library.database.write() as connection:
        await stories.insert(connection, story)
        return await admit(connection, job_record(story, **more), limits=limits, now_ms=now)  # type: ignore[arg-type]


async def refusal(library: Library, limits: Limits, **more: object) -> RefusedError:
    stories_before, jobs_before = await count(library, "stories"), await count(library, "jobs")
    with pytest.raises(RefusedError) as caught:
        await ask(library, limits, **more)  # type: ignore[arg-type]
    assert await count(library, "stories") == stories_before
    assert await count(library, "jobs") == jobs_before
    assert "\n" not in caught.value.message
    return caught.value


async def end(library: Library, job: JobRecord, state: jobs.Ending) -> None:
    async with library.database.write() as connection:
        await jobs.finish(connection, job.id, state)


async def test_an_admitted_job_waits_and_is_charged_its_estimate(library: Library) -> None:
    job = await ask(library, Limits(), pages=3)
    kept = await job_of(library, job.id)
    assert kept == job
    assert (kept.state, kept.charged_ms, kept.charged_day) == (
        "queued", round(3000 * PRIOR_PAGE_S), DAY
    )  # fmt: skip
    async with library.database.read() as connection:
        assert await budgets.used_ms(connection, "ann", DAY) == kept.charged_ms


async def test_one_at_work_and_three_waiting_are_enough_for_one_person(library: Library) -> None:
    told = [await ask(library, Limits()) for _ in range(4)]
    refused = await refusal(library, Limits())
    assert refused.kind == "person_queue"
    assert refused.message.startswith("4 of your stories are being told or waiting already")
    await end(library, told[1], "cancelled")
    assert await ask(library, Limits())
    assert (await submit(library, person="bob")).state == "queued"


@pytest.fixture
def dead_owner() -> str:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"{socket.gethostname()}/{process.pid}"


async def test_what_a_dead_process_left_keeps_nobody_from_a_new_story(
    library: Library, dead_owner: str
) -> None:
    limits = Limits(queued_per_person=0)
    job = await ask(library, limits)
    async with library.database.write() as connection:
        await jobs.claim(connection, job.id, owner=dead_owner, lease_ms=60_000)
    assert await ask(library, limits)


async def test_ten_waiting_stories_are_enough_for_a_community(library: Library) -> None:
    for number in range(10):
        await submit(library, person=f"person {number}")
    refused = await refusal(library, Limits())
    assert refused.kind == "community_queue"
    assert refused.message.startswith("10 stories wait here already")
    assert await submit(library, community="elsewhere")


async def test_a_cooldown_says_how_long_it_lasts_and_follows_the_last_wish(
    library: Library,
) -> None:
    limits = replace(FREE, cooldown_s=90)
    first = await ask(library, limits)
    refused = await refusal(library, limits, now=NOON + 30_000)
    assert (refused.kind, refused.seconds) == ("cooldown", 60)
    assert "in 60 s" in refused.message
    assert await ask(library, limits, now=NOON + 90_000)
    assert (await refusal(library, limits, now=NOON + 100_000)).seconds == 80
    await end(library, first, "done")


@pytest.mark.parametrize("state", ["failed", "cancelled"])
async def test_a_story_that_came_to_nothing_starts_no_cooldown(
    library: Library, state: jobs.Ending
) -> None:
    limits = replace(FREE, cooldown_s=90)
    await end(library, await ask(library, limits), state)
    assert await ask(library, limits)


async def test_a_budget_that_is_used_up_says_when_a_new_day_begins(library: Library) -> None:
    limits = replace(FREE, daily_budget_s=6.5 * PRIOR_PAGE_S)
    first = await ask(library, limits, pages=4)
    refused = await refusal(library, limits, pages=3, now=NOON)
    assert (refused.kind, refused.seconds) == ("budget", 43_200)
    assert "13 s of your 33 s a day are left: a new day begins in 12 h" in refused.message
    assert await ask(library, limits, pages=2)
    await end(library, first, "cancelled")
    assert await ask(library, limits, pages=4)
    assert await ask(library, limits, pages=4, now=NOON + 43_200_000)
    assert await ask(library, replace(limits, daily_budget_s=0), pages=8)


async def test_a_story_larger_than_a_whole_day_is_told_so(library: Library) -> None:
    refused = await refusal(library, replace(FREE, daily_budget_s=7 * PRIOR_PAGE_S), pages=8)
    assert (refused.kind, refused.seconds) == ("budget", None)
    assert refused.message.endswith("ask for fewer pages.")


async def test_a_repeat_gives_the_job_that_there_is(library: Library) -> None:
    first = await ask(library, Limits(), dedup_key="chat:1")
    assert await ask(library, Limits(), dedup_key="chat:1") == first
    assert await count(library, "jobs") == 1


async def test_a_failed_job_is_asked_for_again_and_charged_again(library: Library) -> None:
    job = await ask(library, Limits())
    await end(library, job, "failed")
    limits = replace(FREE, cooldown_s=90, daily_budget_s=1000)
    async with library.database.write() as connection:
        again = await readmit(connection, await job_of(library, job.id), limits=limits)
        assert (again.state, again.charged_ms, again.attempt) == ("queued", job.charged_ms, 0)
        assert await readmit(connection, again, limits=limits) == again
    await end(library, job, "done")
    async with library.database.write() as connection:
        done = await job_of(library, job.id)
        with pytest.raises(BadInputError, match="is finished"):
            await readmit(connection, done, limits=limits)


async def test_a_community_sets_limits_of_its_own(library: Library) -> None:
    settings = LimitSettings(cooldown_s=5, daily_budget_s=70)
    assert Limits.from_settings(settings) == Limits(cooldown_s=5, daily_budget_s=70)
    own = Limits.from_settings(settings, cooldown_s=0, queued_per_community=2)
    assert own == Limits(queued_per_community=2, cooldown_s=0, daily_budget_s=70)


async def test_estimates_are_medians_of_what_jobs_took(library: Library) -> None:
    async with library.database.read() as connection:
        assert (await measure(connection)).page_s == PRIOR_PAGE_S
    for seconds in (2, 4, 60):
        job = await submit(library, pages=2)
        async with library.database.write() as connection:
            await jobs.finish(connection, job.id, "done", actual_ms=seconds * 2000)
    async with library.database.read() as connection:
        times = await measure(connection)
    assert (times.page_s, times.text_s) == (4, PRIOR_TEXT_S)
    assert (await submit(library, pages=3)).charged_ms == 12_000


async def test_places_in_the_queue_tell_how_long_they_take(library: Library) -> None:
    first = await submit(library, pages=2)
    second = await submit(library, pages=1)
    other = await submit(library, person="bob", pages=1, text_only=1)
    async with library.database.write() as connection:
        places = await forecast(connection, at_once=1)
        in_turn = [places[job.id] for job in (first, other, second)]
        assert [(place.position, place.seconds_left) for place in in_turn] == [
            (1, 0), (2, 2 * PRIOR_PAGE_S), (3, 2 * PRIOR_PAGE_S + PRIOR_TEXT_S)
        ]  # fmt: skip
        await jobs.claim(connection, first.id, owner="me", lease_ms=60_000)
        places = await forecast(connection, at_once=1)
        assert places[other.id].position == 1
        assert places[other.id].seconds_left == pytest.approx(2 * PRIOR_PAGE_S, abs=2)
        places = await forecast(connection, at_once=2, per_person=2)
        # There is room for one beside the first; the next begins when the shorter one has ended.
        assert (places[other.id].position, places[other.id].seconds_left) == (1, 0)
        assert (places[second.id].position, places[second.id].seconds_left) == (2, 2 * PRIOR_TEXT_S)
        places = await forecast(connection, at_once=2)
        # It is ann's as the first is: it waits until that has ended.
        together = 2 * PRIOR_PAGE_S + PRIOR_TEXT_S
        assert places[second.id].seconds_left == pytest.approx(together, abs=2)
        mine = await queue_of(connection, "ann")
    assert [(q.job.id, q.place.position if q.place else 0) for q in mine] == [
        (first.id, 0), (second.id, 2)
    ]  # fmt: skip
    left = [queued.seconds_left for queued in mine]
    assert left == pytest.approx([together, together + PRIOR_PAGE_S], abs=2)
    async with library.database.read() as connection:
        rows = await fetch_all(connection, "SELECT used_ms FROM budgets WHERE person_id = 'bob'")
    assert rows[0][0] == 1000 * PRIOR_TEXT_S


async def test_a_page_at_work_has_the_less_left_the_longer_it_takes(library: Library) -> None:
    job = await submit(library, pages=2)
    async with library.database.write() as connection:
        await jobs.claim(connection, job.id, owner="me", lease_ms=60_000)
        for spent, left in ((0, 2.0), (2, 1.6), (4, 1.2), (100, 1.2)):
            begun = now_ms() - int(spent * 1000 * PRIOR_PAGE_S / 5)
            await connection.execute("UPDATE jobs SET started_at = ?", (begun,))
            queued = (await queue_of(connection, "ann"))[0]
            assert queued.seconds_left == pytest.approx(left * PRIOR_PAGE_S, abs=0.5)
