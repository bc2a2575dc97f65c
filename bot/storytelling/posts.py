"""Which chat message shows which page, so that a reply, a button or a restart finds its story."""

from __future__ import annotations

from dataclasses import dataclass

from bot.library import jobs, messages, stories
from bot.library.database import Connection
from bot.library.ids import now_ms
from bot.library.library import Library
from bot.library.records import MessageRecord


@dataclass(frozen=True)
class Post:
    """A message of ours: it shows page ``number`` of a story, made by a job or being made.

    ``page_id`` is "" until the page's text is in the library; ``live``: more is to come in it.
    """

    platform: str
    channel: str
    message: str
    story_id: str
    page_id: str = ""
    job_id: str = ""
    number: int = 0
    live: bool = False


@dataclass(frozen=True)
class Commission:
    """Who asked for a job, where, and in which story."""

    job_id: str
    story_id: str
    person: str
    community: str


class Posts:
    """Keeps the messages that show pages."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def note(self, post: Post, *, instead: str = "") -> None:
        """Note what a message shows from now on; ``instead`` is the id it was noted under."""
        record = MessageRecord(
            platform=post.platform,
            channel_id=post.channel,
            message_id=post.message,
            story_id=post.story_id,
            page_id=post.page_id or None,
            job_id=post.job_id or None,
            created_at=now_ms(),
            number=post.number,
            live=int(post.live),
        )
        async with self._library.database.write() as connection:
            # A story may have been purged while its message was drawn.
            if await _is_there(connection, post.story_id):
                await messages.put(connection, record)
            if instead and instead != post.message:
                await messages.remove(connection, post.platform, post.channel, instead)

    async def at(self, platform: str, channel: str, message: str) -> Post | None:
        """Return what a message shows; None where it is none of ours."""
        async with self._library.database.read() as connection:
            found = await messages.find(connection, platform, channel, message)
        return _post(found) if found else None

    async def of_page(self, page_id: str) -> tuple[Post, ...]:
        """Return the messages that show a page, the newest first."""
        async with self._library.database.read() as connection:
            return tuple(map(_post, await messages.of_page(connection, page_id)))

    async def of_job(self, job_id: str) -> tuple[Post, ...]:
        """Return the messages that show what a job makes or made, the newest first."""
        async with self._library.database.read() as connection:
            return tuple(map(_post, await messages.of_job(connection, job_id)))

    async def live(self, platform: str, *, channel: str = "") -> tuple[Post, ...]:
        """Return the messages in which more is to come, the oldest first."""
        async with self._library.database.read() as connection:
            return tuple(map(_post, await messages.live(connection, platform, channel)))

    async def newest(self, platform: str, channel: str) -> Post | None:
        """Return the newest message of ours in a channel; None where there is none."""
        async with self._library.database.read() as connection:
            found = await messages.newest_in(connection, platform, channel)
        return _post(found) if found else None

    async def remove(self, platform: str, channel: str, message: str) -> None:
        """Forget a message that is gone."""
        async with self._library.database.write() as connection:
            await messages.remove(connection, platform, channel, message)

    async def commission(self, job_id: str) -> Commission | None:
        """Return who asked for a job; None where it is gone."""
        async with self._library.database.read() as connection:
            job = await jobs.get(connection, job_id)
        return Commission(job.id, job.story_id, job.person_id, job.community_id) if job else None


async def _is_there(connection: Connection, story_id: str) -> bool:
    """Tell whether a story's row is there, deleted or not."""
    there = await stories.get(connection, story_id)
    return (there or await stories.get_deleted(connection, story_id)) is not None


def _post(record: MessageRecord) -> Post:
    return Post(
        platform=record.platform,
        channel=record.channel_id,
        message=record.message_id,
        story_id=record.story_id,
        page_id=record.page_id or "",
        job_id=record.job_id or "",
        number=record.number,
        live=bool(record.live),
    )
