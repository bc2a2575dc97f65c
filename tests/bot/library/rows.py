"""Rows for tests: real records, put in through the library's own functions."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from bot.library import jobs, pages, pictures, stories
from bot.library.database import Connection, fetch_all
from bot.library.ids import new_id, now_ms
from bot.library.migrations import migrate
from bot.library.records import JobRecord, PageRecord, PictureRecord, StoryRecord, columns


@cache
def new_library() -> bytes:
    """Return an empty library's file: migrating one for each example would take long."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.db"
        migrate(path)
        return path.read_bytes()


def story_record(**changes: Any) -> StoryRecord:
    story = StoryRecord(
        id=new_id(),
        community_id="console",
        person_id="console",
        title="a fox",
        idea="a fox",
        style="",
        avoid="",
        seed=7,
        profile="starter",
        mode="solo",
        picture=None,
        created_at=now_ms(),
        updated_at=now_ms(),
    )
    return replace(story, **changes)


def job_record(story: StoryRecord, base: PageRecord | None = None, **changes: Any) -> JobRecord:
    """Return a waiting job of the story's author for one page behind ``base``."""
    number = base.number + 1 if base else 1
    job = JobRecord(
        id=new_id(),
        story_id=story.id,
        person_id=story.person_id,
        community_id=story.community_id,
        kind="continue" if base else "tell",
        state="queued",
        dedup_key=None,
        base_page_id=base.id if base else None,
        first_page=number,
        last_page=number,
        direction="",
        seed=story.seed,
        text_only=0,
        attempt=0,
        lease_owner=None,
        lease_until=None,
        error="",
    )
    return replace(job, **changes)


def page_record(job: JobRecord, parent: PageRecord | None = None, **changes: Any) -> PageRecord:
    page = PageRecord(
        id=new_id(),
        story_id=job.story_id,
        parent_id=parent.id if parent else None,
        job_id=job.id,
        number=parent.number + 1 if parent else 1,
        chosen=1,
        text="Once.",
        prompt="a fox",
        seed=7,
        created_at=now_ms(),
    )
    return replace(page, **changes)


def picture_record(page: PageRecord, **changes: Any) -> PictureRecord:
    picture = PictureRecord(
        page_id=page.id,
        job_id=page.job_id,
        image=b"png",
        alt="a fox",
        latents=pictures.pack_codes((0, 1, 65535, 2)),
        latents_height=2,
        latents_width=2,
        layout_json="",
        seed=7,
        steps=20,
        clip_score=0.3,
        seconds=1.5,
        created_at=now_ms(),
    )
    return replace(picture, **changes)


async def add_story(
    connection: Connection, idea: str = "a fox", *, community: str = "console"
) -> StoryRecord:
    story = story_record(title=idea, idea=idea, community_id=community)
    await stories.insert(connection, story)
    return story


async def add_job(
    connection: Connection,
    story: StoryRecord,
    base: PageRecord | None = None,
    count: int = 1,
    dedup_key: str | None = None,
) -> JobRecord:
    job = job_record(story, base, dedup_key=dedup_key)
    job = replace(job, last_page=job.first_page + count - 1)
    await jobs.insert(connection, job)
    return job


async def add_page(
    connection: Connection, job: JobRecord, parent: PageRecord | None = None, text: str = "Once."
) -> PageRecord:
    page = page_record(job, parent, text=text)
    await pages.insert(connection, page)
    return page


async def add_picture(
    connection: Connection, page: PageRecord, *, image: bytes = b"png"
) -> PictureRecord:
    picture = picture_record(page, image=image)
    await pictures.insert(connection, picture)
    return picture


async def pictures_of(connection: Connection, page_id: str) -> list[PictureRecord]:
    """Return all pictures a page ever had, the newest first."""
    rows = await fetch_all(
        connection,
        f"SELECT {columns(PictureRecord)} FROM pictures WHERE page_id = ?"  # noqa: S608
        " ORDER BY serial DESC",
        (page_id,),
    )
    return [PictureRecord(*row) for row in rows]


async def set_verdict(connection: Connection, page_id: str, job_id: str, verdict: str) -> None:
    await connection.execute(
        "UPDATE pictures SET verdict = ? WHERE page_id = ? AND job_id = ?",
        (verdict, page_id, job_id),
    )
