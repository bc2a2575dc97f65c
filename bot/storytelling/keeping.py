"""Keeps what a job makes: every page and picture is in the library before anybody sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.errors import PagewrightError
from bot.library import facts, jobs, pages, pictures, stories
from bot.library.database import Connection
from bot.library.ids import new_id, now_ms
from bot.library.library import Library
from bot.library.records import JobRecord, PageRecord, PictureRecord, StoryRecord
from bot.library.thumbnails import make_thumbnail
from bot.storytelling.moderation import decision_of
from bot.storytelling.nonsense import NonsenseError, check_event, sound_seconds
from bot.storytelling.wish import provisional_title
from engine.api.events import (
    KnownPage,
    Latents,
    PageDone,
    PageText,
    Preview,
    StoryDone,
    StoryEvent,
    TellRequest,
    TextDelta,
)

# Twice the longest silence that a client bears. A dead process of this host is noticed at once,
# so a lease only delays taking over from another host.
LEASE_MS = 120_000
# What the engine takes; the oldest facts count.
MAX_FACTS = 16
MAX_ALT = 1000


class JobTakenError(Exception):
    """The job is no longer this process's to work on: cancelled, or taken over."""


@dataclass
class Keeper:
    """One job at work: its branch as far as it is in the library.

    ``branch`` holds pages by number, ``painted`` the pictures by page id that need not be made.
    """

    library: Library
    story: StoryRecord
    job: JobRecord
    branch: dict[int, PageRecord] = field(default_factory=dict)
    painted: dict[str, PictureRecord] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    length: int = 0  # of the whole story that the job's pages belong to

    @classmethod
    async def load(cls, library: Library, story: StoryRecord, job: JobRecord) -> Keeper:
        """Read what exists of a job's branch: pages before it and those it made already."""
        async with library.database.read() as connection:
            found = await pages.branch(connection, job.base_page_id) if job.base_page_id else []
            found += await pages.of_job(connection, job.id)
            target = await pages.get(connection, job.target_page_id or "")
            found += [target] if target else []
            painted = await pictures.newest_of(connection, (page.id for page in found))
            told = await facts.of_story(connection, story.id)
            length = await jobs.length_around(connection, job)
        if target and target.id in painted and painted[target.id].job_id != job.id:
            del painted[target.id]
        branch = {page.number: page for page in found}
        known = tuple(fact.text for fact in told[:MAX_FACTS])
        return cls(library, story, job, branch, painted, known, length)

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
            facts=self.facts,
            story_pages=self.length if self.length > job.last_page else 0,
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

    async def keep(self, event: StoryEvent) -> bool:
        """Put an event's page, picture or end into the library; return whether to show it.

        Repeats of what is kept, and looks at pages that nobody asked for, are not to be shown.
        Raises ``JobTakenError``, and ``NonsenseError`` for what fits no story.
        """
        if isinstance(event, PageText):
            return await self._keep_text(event)
        if isinstance(event, PageDone):
            return await self._keep_picture(event)
        if isinstance(event, StoryDone):
            await self._keep_end(event)
        if isinstance(event, TextDelta):
            return self._asked(event.page) and event.page not in self.branch
        if isinstance(event, Preview):
            page = self.branch.get(event.page)
            return bool(event.image) and page is not None and page.id not in self.painted
        return True

    async def renew(self) -> None:
        """Keep the job for longer."""
        async with self._own():
            pass

    async def note_profile(self, profile: str) -> None:
        """Note which models tell the story, once."""
        async with self._own() as connection:
            await stories.set_profile(connection, self.story.id, profile)

    async def finish(self, state: jobs.Ending, *, error: str = "") -> None:
        """End the job; one that has ended, or that another process works on, stays as it is."""
        async with self.library.database.write() as connection:
            owner = self.library.owner
            if await jobs.finish(connection, self.job.id, state, error=error, owner=owner):
                await stories.touch(connection, self.story.id)

    @asynccontextmanager
    async def _own(self, *, progress: bool = False) -> AsyncIterator[Connection]:
        async with self.library.database.write() as connection:
            held = await jobs.renew(
                connection,
                self.job.id,
                owner=self.library.owner,
                lease_ms=LEASE_MS,
                progress=progress,
            )
            if not held:
                raise JobTakenError
            yield connection

    async def _keep_text(self, event: PageText) -> bool:
        if event.page in self.branch:
            return False
        check_event(event)
        page = self._page(event.page, event.text, event.prompt, event.seed)
        async with self._own(progress=True) as connection:
            await pages.insert(connection, page)
        self.branch[event.page] = page
        return True

    async def _keep_picture(self, event: PageDone) -> bool:
        known = self.branch.get(event.page)
        if known and known.id in self.painted:
            return False
        check_event(event)
        page = known or self._page(event.page, event.text, event.prompt, event.seed)
        picture = await _picture(event, page.id, self.job.id)
        async with self._own(progress=True) as connection:
            if known is None:
                await pages.insert(connection, page)
            await pictures.insert(connection, picture)
        self.branch[event.page] = page
        self.painted[page.id] = picture
        return True

    async def _keep_end(self, event: StoryDone) -> None:
        if self.next_page() <= self.job.last_page:
            raise NonsenseError(f"the story ended without page {self.next_page()}")
        title = " ".join(event.title.split())[:200] if self.job.kind == "tell" else ""
        spent = round(1000 * sound_seconds(event.seconds))
        async with self._own() as connection:
            named = await stories.get(connection, self.story.id)
            if named is None or named.title != provisional_title(named.idea):
                title = ""  # a person gave it another one meanwhile
            await stories.touch(connection, self.story.id, title=title)
            await jobs.finish(connection, self.job.id, "done", actual_ms=spent)

    def _asked(self, number: int) -> bool:
        return self.job.first_page <= number <= self.job.last_page

    def _page(self, number: int, text: str, prompt: str, seed: int) -> PageRecord:
        parent = self.branch.get(number - 1)
        if not self._asked(number) or (number > 1 and not parent):
            raise NonsenseError(f"it told page {number} out of turn")
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
        again = page.id == self.job.target_page_id
        return KnownPage(
            number=page.number,
            text=page.text,
            prompt=page.prompt,
            painted=picture is not None,
            latents=_latents(picture) if picture else None,
            layout_json=picture.layout_json if picture else "",
            # With its page's own seed a picture would become the same once more.
            seed=self.job.seed if again else page.seed,
        )


def _latents(picture: PictureRecord) -> Latents | None:
    if not picture.latents:  # a picture that was withheld left nothing behind
        return None
    codes = pictures.unpack_codes(picture.latents)
    return Latents(picture.latents_height, picture.latents_width, codes)


async def _picture(event: PageDone, page_id: str, job_id: str) -> PictureRecord:
    try:
        thumbnail = await asyncio.to_thread(make_thumbnail, event.image)
    except PagewrightError:
        raise NonsenseError(f"the picture of page {event.page} is damaged") from None
    return PictureRecord(
        page_id=page_id,
        job_id=job_id,
        image=event.image,
        alt=event.alt[:MAX_ALT],
        latents=pictures.pack_codes(event.latents.codes),
        latents_height=event.latents.height,
        latents_width=event.latents.width,
        layout_json=event.layout_json,
        seed=event.seed,
        steps=event.steps,
        clip_score=event.clip_score,
        seconds=sound_seconds(event.seconds),
        created_at=now_ms(),
        thumbnail=thumbnail,
        verdict=decision_of(event.verdict),
    )
