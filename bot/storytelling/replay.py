"""What the library knows of a job, told as the updates that a late follower has missed."""

from __future__ import annotations

from dataclasses import dataclass

from bot.library import pages, pictures, stories
from bot.library.database import Connection
from bot.library.records import JobRecord, PageRecord, PictureRecord, StoryRecord
from bot.storytelling.moderation import kept_ruling
from bot.storytelling.updates import StoryOpened, Update
from engine.api.events import Failed, Latents, PageDone, PageText, StoryDone


@dataclass(frozen=True)
class Replay:
    """A job's opening, its pages and pictures so far, and its end where it has come."""

    opened: StoryOpened
    texts: tuple[PageText, ...]
    pictures: tuple[PageDone, ...]
    end: StoryDone | Failed | None

    def updates(self) -> list[Update]:
        """Return all of it in the order in which it is to be told."""
        told: list[Update] = [self.opened, *self.texts, *self.pictures]
        return [*told, self.end] if self.end else told


async def read_replay(
    connection: Connection, job: JobRecord, *, but_pictures: frozenset[int] = frozenset()
) -> Replay:
    """Read a job's replay; pictures of the pages ``but_pictures`` are left out."""
    story = await stories.get(connection, job.story_id)
    made = await pages.of_job(connection, job.id)
    if job.target_page_id:
        target = await pages.get(connection, job.target_page_id)
        made = [target] if target else []
    wanted = [page for page in made if page.number not in but_pictures]
    painted = await pictures.newest_of(connection, (page.id for page in wanted))
    own = {key: found for key, found in painted.items() if found.job_id == job.id}
    return Replay(
        opened=_opened(story, job, made),
        texts=tuple(PageText(p.number, p.text, p.prompt, p.seed) for p in made),
        pictures=tuple(_page_done(p, own[p.id]) for p in wanted if p.id in own),
        end=_end(story, job, made, set(own) | {p.id for p in made if p.number in but_pictures}),
    )


def _opened(story: StoryRecord | None, job: JobRecord, made: list[PageRecord]) -> StoryOpened:
    shown = made[0].id if made and job.kind in ("edit", "redraw") else ""
    return StoryOpened(
        story_id=job.story_id,
        job_id=job.id,
        title=story.title if story else "",
        seed=job.seed,
        first_page=job.first_page,
        pages=job.last_page,
        style=story.style if story else "",
        kind=job.kind,
        page_id=shown,
    )


def _end(
    story: StoryRecord | None,
    job: JobRecord,
    made: list[PageRecord],
    painted: set[str],
) -> StoryDone | Failed | None:
    done = [page.number for page in made if job.text_only or page.id in painted]
    page = min(set(range(job.first_page, job.last_page + 1)) - set(done), default=job.last_page)
    if story is None:
        return Failed("deleted", "The story was deleted.", False, page)
    if job.state == "done":
        return StoryDone(story.title, job.last_page, job.charged_ms / 1000)
    if job.state == "cancelled":
        return Failed("cancelled", "The story was stopped.", False, page)
    return Failed("failed", job.error, True, page) if job.state == "failed" else None


def _page_done(page: PageRecord, picture: PictureRecord) -> PageDone:
    codes = pictures.unpack_codes(picture.latents)
    return PageDone(
        page=page.number,
        text=page.text,
        prompt=page.prompt,
        alt=picture.alt,
        image=picture.image,
        latents=Latents(picture.latents_height, picture.latents_width, codes),
        seed=picture.seed,
        steps=picture.steps,
        clip_score=picture.clip_score,
        seconds=picture.seconds,
        layout_json=picture.layout_json,
        verdict=kept_ruling(picture.verdict),
    )
