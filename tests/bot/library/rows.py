"""Rows for tests: real records, put in through the library's own functions."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from bot.library import jobs, pages, pictures, stories
from bot.library.database import Connection
from bot.library.ids import new_id, now_ms
from bot.library.migrations import migrate
from bot.library.records import JobRecord, PageRecord, PictureRecord, StoryRecord


@cache
def new_library() -> bytes:
    """Return an empty library's file: migrating one for each example would take long."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.db"
        migrate(path)
        return path.read_bytes()


async def add_story(connection: Connection, idea: str = "a fox", **more: str) -> StoryRecord:
    story = StoryRecord(
        id=new_id(),
        community_id=more.get("community", "console"),
        person_id="console",
        title=idea,
        idea=idea,
        style="",
        avoid="",
        seed=7,
        profile="starter",
        mode="solo",
        picture=None,
        created_at=now_ms(),
        updated_at=now_ms(),
    )
    await stories.insert(connection, story)
    return story


async def add_job(
    connection: Connection,
    story: StoryRecord,
    base: PageRecord | None = None,
    count: int = 1,
    dedup_key: str | None = None,
) -> JobRecord:
    first = base.number + 1 if base else 1
    job = JobRecord(
        id=new_id(),
        story_id=story.id,
        person_id="console",
        community_id=story.community_id,
        kind="continue" if base else "tell",
        state="queued",
        dedup_key=dedup_key,
        base_page_id=base.id if base else None,
        first_page=first,
        last_page=first + count - 1,
        direction="",
        seed=7,
        text_only=0,
        attempt=0,
        lease_owner=None,
        lease_until=None,
        error="",
    )
    await jobs.insert(connection, job)
    return job


async def add_page(
    connection: Connection, job: JobRecord, parent: PageRecord | None = None, text: str = "Once."
) -> PageRecord:
    page = PageRecord(
        id=new_id(),
        story_id=job.story_id,
        parent_id=parent.id if parent else None,
        job_id=job.id,
        number=parent.number + 1 if parent else 1,
        chosen=1,
        text=text,
        prompt="a fox",
        seed=7,
        created_at=now_ms(),
    )
    await pages.insert(connection, page)
    return page


async def add_picture(
    connection: Connection, page: PageRecord, *, image: bytes = b"png"
) -> PictureRecord:
    picture = PictureRecord(
        page_id=page.id,
        job_id=page.job_id,
        image=image,
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
    await pictures.insert(connection, picture)
    return picture
