"""Keeps what a job makes: every page and picture is in the library before anybody sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.library import jobs, pages, pictures, stories
from bot.library.database import Connection
from bot.library.ids import new_id, now_ms
from bot.library.library import Library
from bot.library.records import JobRecord, PageRecord, PictureRecord, StoryRecord
from engine.api.events import (
    KnownPage,
    Latents,
    PageDone,
    PageText,
    StoryDone,
    StoryEvent,
    TellRequest,
)

# Twice the longest silence that a client bears. A dead process of this host is noticed at once,
# so a lease only delays taking over from another host.
LEASE_MS = 120_000


class JobTakenError(Exception):
    """The job is no longer this process's to work on: cancelled, or taken over."""


class NonsenseError(Exception):
    """The engine said something that fits no story: one line, what."""


@dataclass
class Keeper:
    """One job at work: its branch as far as it is in the library."""

    library: Library
    story: StoryRecord
    job: JobRecord
    branch: dict[int, PageRecord] = field(default_factory=dict)
    painted: dict[str, PictureRecord] = field(default_factory=dict)

    @classmethod
    async def load(cls, library: Library, story: StoryRecord, job: JobRecord) -> Keeper:
        """Read what exists of a job's branch: pages before it and those it made already."""
        async with library.database.read() as connection:
            found = await pages.branch(connection, job.base_page_id) if job.base_page_id else []
            found += await pages.of_job(connection, job.id)
            painted = await pictures.newest_of(connection, (page.id for page in found))
        return cls(library, story, job, {page.number: page for page in found}, painted)

    def request(self, *, preview_seconds: float) -> TellRequest:
        """Return what the engine is asked for: the pages that are missing, with the same seed."""
        story, job = self.story, self.job
        return TellRequest(
            job_id=job.id,
            idea=story.idea,
            pages=job.last_page,
            style=story.style,
            avoid=story.avoid,
            seed=job.seed,
            known_pages=tuple(self._known(page) for _, page in sorted(self.branch.items())),
            direction=job.direction,
            direction_page=job.first_page if job.direction else 0,
            community=job.community_id,
            person=job.person_id,
            picture=story.picture or b"",
            preview_seconds=preview_seconds,
            text_only=bool(job.text_only),
            # A continuation may be told by other models than the story's first pages.
            profile=story.profile if job.kind == "tell" else "",
        )

    def next_page(self) -> int:
        """Return the first page that is not finished."""
        for number in range(1, self.job.last_page + 1):
            page = self.branch.get(number)
            if page is None or not (self.job.text_only or page.id in self.painted):
                return number
        return self.job.last_page + 1

    async def keep(self, event: StoryEvent) -> None:
        """Put an event's page, picture or end into the library; raise ``JobTakenError``."""
        if isinstance(event, PageText):
            await self._keep_text(event)
        elif isinstance(event, PageDone):
            await self._keep_picture(event)
        elif isinstance(event, StoryDone):
            await self._keep_end(event)

    async def renew(self) -> None:
        """Keep the job for longer."""
        async with self._own():
            pass

    async def note_profile(self, profile: str) -> None:
        """Note which models tell the story, once."""
        async with self._own() as connection:
            await stories.set_profile(connection, self.story.id, profile)

    async def finish(self, state: jobs.Ending, *, error: str = "") -> None:
        """End the job; one that has ended stays as it is."""
        async with self.library.database.write() as connection:
            if await jobs.finish(connection, self.job.id, state, error=error):
                await stories.touch(connection, self.story.id)

    @asynccontextmanager
    async def _own(self) -> AsyncIterator[Connection]:
        async with self.library.database.write() as connection:
            owner = self.library.owner
            if not await jobs.renew(connection, self.job.id, owner=owner, lease_ms=LEASE_MS):
                raise JobTakenError
            yield connection

    async def _keep_text(self, event: PageText) -> None:
        if event.page in self.branch:
            return
        page = self._page(event.page, event.text, event.prompt, event.seed)
        async with self._own() as connection:
            await pages.insert(connection, page)
        self.branch[event.page] = page

    async def _keep_picture(self, event: PageDone) -> None:
        known = self.branch.get(event.page)
        page = known or self._page(event.page, event.text, event.prompt, event.seed)
        if not event.image:
            raise NonsenseError(f"page {event.page} came without its picture")
        picture = _picture(event, page.id, self.job.id)
        async with self._own() as connection:
            if known is None:
                await pages.insert(connection, page)
            await pictures.insert(connection, picture)
        self.branch[event.page] = page
        self.painted[page.id] = picture

    async def _keep_end(self, event: StoryDone) -> None:
        if self.next_page() <= self.job.last_page:
            raise NonsenseError(f"the story ended without page {self.next_page()}")
        title = event.title.strip()[:200] if self.job.kind == "tell" else ""
        async with self._own() as connection:
            await stories.touch(connection, self.story.id, title=title)
            await jobs.finish(connection, self.job.id, "done")

    def _page(self, number: int, text: str, prompt: str, seed: int) -> PageRecord:
        parent = self.branch.get(number - 1)
        if not self.job.first_page <= number <= self.job.last_page or (number > 1 and not parent):
            raise NonsenseError(f"it told page {number} out of turn")
        if not text.strip():
            raise NonsenseError(f"page {number} is empty")
        return PageRecord(
            id=new_id(),
            story_id=self.story.id,
            parent_id=parent.id if parent else None,
            job_id=self.job.id,
            number=number,
            chosen=1,
            text=text,
            prompt=prompt,
            seed=seed,
            created_at=now_ms(),
        )

    def _known(self, page: PageRecord) -> KnownPage:
        picture = self.painted.get(page.id)
        return KnownPage(
            number=page.number,
            text=page.text,
            prompt=page.prompt,
            painted=picture is not None,
            latents=_latents(picture) if picture else None,
            layout_json=picture.layout_json if picture else "",
            seed=page.seed,
        )


def _latents(picture: PictureRecord) -> Latents:
    codes = pictures.unpack_codes(picture.latents)
    return Latents(picture.latents_height, picture.latents_width, codes)


def _picture(event: PageDone, page_id: str, job_id: str) -> PictureRecord:
    return PictureRecord(
        page_id=page_id,
        job_id=job_id,
        image=event.image,
        alt=event.alt,
        latents=pictures.pack_codes(event.latents.codes),
        latents_height=event.latents.height,
        latents_width=event.latents.width,
        layout_json=event.layout_json,
        seed=event.seed,
        steps=event.steps,
        clip_score=event.clip_score,
        seconds=event.seconds,
        created_at=now_ms(),
    )
