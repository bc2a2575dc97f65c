"""A page with its picture as it is shown in a chat, a book's folder, or a gallery."""

from __future__ import annotations

from dataclasses import dataclass

from bot.library import jobs, lookups, pages, pictures, stories
from bot.library.database import Connection
from bot.library.library import Library
from bot.library.records import PageRecord, StoryRecord
from bot.storytelling.accounts import with_link
from bot.storytelling.permissions import Actor, check
from bot.storytelling.shelf import PageRef, find_page, find_story


@dataclass(frozen=True)
class ShownPage:
    """One page and all that is shown with it.

    ``pages`` is the number of the last page that follows it along the chosen siblings, ``seed`` the
    story's, with which it can be told again. ``picture`` is PNG, b"" where there is none; a
    ``spoiler`` is to be hidden until somebody asks for it.
    """

    story_id: str
    page_id: str
    number: int
    pages: int
    title: str
    text: str
    style: str
    seed: int
    mode: str
    person: str
    author: str
    loves: int
    place: int
    count: int
    picture: bytes
    alt: str
    spoiler: bool
    job_id: str


class Showing:
    """Takes single pages off the shelf."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def page(self, story_ref: str, actor: Actor, *, page: PageRef = None) -> ShownPage:
        """Return a page that an actor may see; by default the last one of the chosen branch."""
        async with self._library.database.read() as connection:
            actor = await with_link(connection, actor)
            story = await find_story(connection, story_ref, actor)
            check(actor, "see", story)
            return await _shown(connection, story, await find_page(connection, story, page))

    async def of_id(self, page_id: str) -> ShownPage | None:
        """Return a page for a message of ours that shows it; None where it is gone."""
        async with self._library.database.read() as connection:
            page = await pages.get(connection, page_id)
            story = await stories.get(connection, page.story_id) if page else None
            if page is None or story is None:
                return None
            return await _shown(connection, story, page)

    async def made_by(self, job_id: str) -> dict[int, str]:
        """Return the ids of the pages that a job made or paints again, by their numbers."""
        async with self._library.database.read() as connection:
            job = await jobs.get(connection, job_id)
            made = await pages.of_job(connection, job_id)
            target = await pages.get(connection, job.target_page_id or "") if job else None
        return {page.number: page.id for page in [*made, *([target] if target else [])]}

    async def behind(self, job_id: str) -> dict[int, str]:
        """Return the ids of the pages that a job goes on from, by their numbers."""
        async with self._library.database.read() as connection:
            job = await jobs.get(connection, job_id)
            base = job.base_page_id if job else None
            found = await pages.branch(connection, base) if base else []
        return {page.number: page.id for page in found}

    async def painted_by(self, job_id: str) -> frozenset[int]:
        """Return the numbers of the pages whose pictures a job has painted."""
        made = await self.made_by(job_id)
        async with self._library.database.read() as connection:
            painted = [
                number
                for number, page_id in made.items()
                if await pictures.get(connection, page_id, job_id) is not None
            ]
        return frozenset(painted)


async def _shown(connection: Connection, story: StoryRecord, page: PageRecord) -> ShownPage:
    found = await pages.siblings(connection, page)
    leaf = await pages.leaf_below(connection, page.id)
    picture = (await pictures.newest_of(connection, [page.id])).get(page.id)
    return ShownPage(
        story_id=story.id,
        page_id=page.id,
        number=page.number,
        pages=leaf.number if leaf else page.number,
        title=story.title,
        text=page.text,
        style=story.style,
        seed=story.seed,
        mode=story.mode,
        person=story.person_id,
        author=await lookups.name_of(connection, story.person_id),
        loves=story.loves,
        place=found.position,
        count=found.count,
        picture=picture.image if picture else b"",
        alt=picture.alt if picture else "",
        spoiler=picture is not None and picture.verdict == "spoiler",
        job_id=page.job_id,
    )
