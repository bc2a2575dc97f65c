"""Jobs in a queue, for tests of what works on them."""

from __future__ import annotations

from collections.abc import Callable

from bot.library import jobs, stories
from bot.library.database import fetch_all
from bot.library.library import Library
from bot.library.records import JobRecord, StoryRecord
from bot.storytelling.admission import Limits, admit
from tests.bot.library import rows

FREE = Limits(running_per_person=1, queued_per_person=10_000, queued_per_community=100_000)


def story_record(person: str = "ann", community: str = "c", idea: str = "a fox") -> StoryRecord:
    return rows.story_record(person_id=person, community_id=community, title=idea, idea=idea)


def job_record(story: StoryRecord, *, pages: int = 2, **more: object) -> JobRecord:
    return rows.job_record(story, **{"last_page": pages, **more})


async def submit(
    library: Library,
    *,
    person: str = "ann",
    community: str = "c",
    idea: str = "a fox",
    pages: int = 2,
    limits: Limits = FREE,
    **more: object,
) -> JobRecord:
    """Put a new story's job into the queue, as the use cases do."""
    story = story_record(person, community, idea)
    async with library.database.write() as connection:
        await stories.insert(connection, story)
        return await admit(connection, job_record(story, pages=pages, **more), limits=limits)


async def submit_for(library: Library, story_id: str, **more: object) -> JobRecord:
    """Put a further job of a story into the queue."""
    async with library.database.write() as connection:
        story = await stories.get(connection, story_id)
        assert story is not None
        return await admit(connection, job_record(story, **more), limits=FREE)  # type: ignore[arg-type]


async def job_of(library: Library, job_id: str) -> JobRecord:
    async with library.database.read() as connection:
        job = await jobs.get(connection, job_id)
    assert job is not None
    return job


async def count(library: Library, table: str) -> int:
    async with library.database.read() as connection:
        return int((await fetch_all(connection, f"SELECT count(*) FROM {table}"))[0][0])  # noqa: S608


async def budgets_fit(library: Library) -> bool:
    """Tell whether each day's budget is what its jobs were charged."""
    async with library.database.read() as connection:
        rows = await fetch_all(
            connection,
            "SELECT 1 FROM budgets b WHERE used_ms <> (SELECT coalesce(sum(charged_ms), 0)"
            " FROM jobs j WHERE j.person_id = b.person_id AND j.charged_day = b.day)",
        )
    return not rows


async def until(condition: Callable[[], bool], *, seconds: float = 60.0) -> None:
    import asyncio

    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
