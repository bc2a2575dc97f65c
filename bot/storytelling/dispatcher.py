"""Works on the library's queue in the background of a bot, and lets anyone follow a job.

The queue is the ``jobs`` table, shared by all processes of a library. A job at work here is told
live; of one at work in another process the library's word is passed on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType

from bot.errors import BadInputError, PagewrightError
from bot.library import jobs, stories, turns
from bot.library.database import Connection
from bot.library.ids import now_ms
from bot.library.library import Library, is_dead
from bot.library.records import JobRecord
from bot.settings import Settings
from bot.storytelling.following import Channel, tell_place
from bot.storytelling.keeping import LEASE_MS
from bot.storytelling.queueing import at_once_of, forecast, seconds_ahead
from bot.storytelling.replay import Replay, read_replay
from bot.storytelling.running import StoryEngine
from bot.storytelling.updates import Update
from bot.storytelling.watching import WatchedEngine
from bot.storytelling.working import Work, is_end
from engine.api.events import Failed, PageDone, PageText, Preview, Queued, TextDelta

log = logging.getLogger(__name__)

# How often other processes' doings are looked for; own ones are known at once.
LOOK_SECONDS = 1.0
RENEW_SECONDS = LEASE_MS / 1000 / 4
# Between two looks on behalf of followers, so that a crowd of them leaves the loop to others.
REST_PER_FOLLOWER_S = 0.002
STOP_SECONDS = 5.0
# The longest wait between two tries while the database cannot be had.
LONGEST_PAUSE_S = 15.0


@dataclass
class _AtWork:
    work: Work
    task: asyncio.Task[None]


class Dispatcher:
    """Claims jobs in their fair order, up to ``limits.running`` at a time, and works on them.

    Use it as ``async with Dispatcher(…) as dispatcher``, or call ``run`` and ``stop``.
    ``ensure_engine`` returns once an engine answers. ``communities`` is a GLOB pattern of those
    served: a process for one platform alone takes "discord:*".
    """

    def __init__(
        self,
        library: Library,
        engine: StoryEngine,
        settings: Settings,
        ensure_engine: Callable[[], Awaitable[None]],
        *,
        communities: str = "*",
    ) -> None:
        self._library = library
        self._engine = WatchedEngine(engine, library, settings)
        self._settings = settings
        self._at_once = at_once_of(settings)
        self._ensure_engine = ensure_engine
        self._communities = communities
        self._ensuring = asyncio.Lock()
        self._at_work: dict[str, _AtWork] = {}
        self._channels: dict[str, Channel] = {}
        self._woken = asyncio.Event()
        self._look = asyncio.Event()
        self._renewing = asyncio.Event()
        self._stopping = False
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Dispatcher:
        """Begin to work in the background."""
        self._running = asyncio.create_task(self.run(), name="dispatcher")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop in good order."""
        await self.stop()

    async def run(self) -> None:
        """Work on jobs until ``stop`` is called; no fault of engine, disk or database ends it."""
        self._running = self._running or asyncio.current_task()
        steps = (
            (self._claim_all, self._woken, LOOK_SECONDS),
            (self._tell_followers, self._look, LOOK_SECONDS),
            (self._renew_leases, self._renewing, RENEW_SECONDS),
        )
        loops = [asyncio.create_task(self._repeat(*step)) for step in steps]
        try:
            await asyncio.gather(*loops)
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    def wake(self) -> None:
        """Look for work at once: call it when a job was submitted."""
        self._woken.set()
        self._look.set()

    @property
    def at_work(self) -> tuple[str, ...]:
        """Return the ids of the jobs that are at work in this process."""
        return tuple(self._at_work)

    async def follow(self, job_id: str) -> AsyncGenerator[Update, None]:
        """Yield what a job has made so far, then what it makes, ``StoryDone`` or ``Failed`` last.

        Begins with ``StoryOpened``. Ends without an end where the dispatcher stops: the job goes
        on in another process. Closing it early leaves the job as it is. Raises ``BadInputError``
        where there is no such job.
        """
        channel = self._channel(job_id)
        mailbox = channel.subscribe()
        if self._stopping:
            mailbox.close()
        self._look.set()
        try:
            known = _Known()
            for update in (await self._replay(job_id)).updates():
                known.is_news(update)
                yield update
                if is_end(update):
                    return
            while (told := await mailbox.get()) is not None:
                if known.is_news(told):
                    yield told
                if is_end(told):
                    return
        finally:
            channel.mailboxes.discard(mailbox)
            self._drop(job_id)

    async def cancel(self, job_id: str) -> bool:
        """Cancel a job, waiting or at work; finished pages stay. False where it had ended."""
        async with self._library.database.write() as connection:
            job = await jobs.get(connection, job_id)
            if job is None or not await jobs.finish(connection, job_id, "cancelled"):
                return False
            await stories.touch(connection, job.story_id)
        await self.forget(job_id)
        return True

    async def forget(self, job_id: str) -> None:
        """Stop working on a job that was ended in the library, and tell its followers."""
        mine = self._at_work.get(job_id)
        if mine is not None:
            mine.task.cancel()
        channel = self._channels.get(job_id)
        with suppress(BadInputError):
            end = (await self._replay(job_id)).end if channel else None
            if channel and end and not channel.ended:
                channel.publish(end)
        self.wake()

    async def stop(self, deadline_s: float = STOP_SECONDS) -> None:
        """Put the jobs at work back into the queue, uncounted, and end all followers' streams.

        What is not put back within ``deadline_s`` goes on when this process has ended.
        """
        self._stopping = True
        self.wake()
        self._renewing.set()
        waiting = {mine.task for mine in self._at_work.values()}
        for task in waiting:
            task.cancel()
        if self._running is not None:
            waiting.add(self._running)
        if waiting := waiting - {asyncio.current_task()}:
            _, late = await asyncio.wait(waiting, timeout=deadline_s)
            for task in late:
                task.cancel()
        for channel in self._channels.values():
            channel.close()

    async def _repeat(
        self, step: Callable[[], Awaitable[None]], woken: asyncio.Event, seconds: float
    ) -> None:
        """Do a step again and again: when woken, and now and then; log what goes wrong."""
        pause, said = LOOK_SECONDS, ""
        while not self._stopping:
            woken.clear()
            try:
                await step()
                pause, said = LOOK_SECONDS, ""
            except PagewrightError as error:
                if error.message != said:
                    log.warning("%s", error.message)
                pause, said = min(2 * pause, LONGEST_PAUSE_S), error.message
            except Exception:
                log.exception("the dispatcher met a mistake in the program")
                pause, said = LONGEST_PAUSE_S, "mistake"
            await _sleep(pause if said else seconds, woken)

    async def _claim_all(self) -> None:
        while not self._stopping and len(self._at_work) < self._settings.limits.running:
            job = await self._claim()
            if job is None:
                return
            if self._stopping:
                await _release(self._work_on(job))
                return
            self._begin(self._work_on(job))
            self._look.set()

    async def _claim(self) -> JobRecord | None:
        database, now = self._library.database, now_ms()
        async with database.read() as connection:
            dead = {owner for owner in await turns.owners(connection) if is_dead(owner)}
            if not await turns.is_any(connection, dead=dead, now=now):
                return None
        async with database.write() as connection:
            return await turns.claim_next(
                connection,
                owner=self._library.owner,
                lease_ms=LEASE_MS,
                dead=dead,
                running_per_person=self._settings.limits.running_per_person,
                communities=self._communities,
                but=self._at_work,
                now=now,
            )

    def _work_on(self, job: JobRecord) -> Work:
        return Work(
            self._library,
            job,
            self._engine,
            ensure_engine=self._ensure,
            publish=lambda update: self._publish(job.id, update),
            preview_seconds=self._settings.engine.preview_seconds,
        )

    def _begin(self, work: Work) -> None:
        task = asyncio.create_task(self._work(work), name=f"job {work.job.id}")
        self._at_work[work.job.id] = _AtWork(work, task)

    async def _work(self, work: Work) -> None:
        try:
            await work.run()
        except asyncio.CancelledError:
            if self._stopping:
                await asyncio.shield(_release(work))
            raise
        finally:
            self._at_work.pop(work.job.id, None)
            self._drop(work.job.id)
            self.wake()

    async def _ensure(self) -> None:
        # One look at a time: two must not start two engines.
        async with self._ensuring:
            await self._ensure_engine()

    async def _publish(self, job_id: str, update: Update) -> None:
        if isinstance(update, Queued):
            update = await self._estimated(job_id, update)
        self._channel(job_id).publish(update)

    async def _estimated(self, job_id: str, queued: Queued) -> Queued:
        """Return an engine's place in its own queue with an estimate where it has none yet."""
        if queued.seconds_left >= 0 or not self._channels.get(job_id):
            return queued
        before = [other for other in self._at_work if other != job_id]
        before = before[: self._at_once + queued.position - 1]
        with suppress(PagewrightError):
            async with self._library.database.read() as connection:
                seconds = await seconds_ahead(connection, before, at_once=self._at_once)
                return replace(queued, seconds_left=seconds)
        return queued

    async def _replay(self, job_id: str, *, but: frozenset[int] = frozenset()) -> Replay:
        async with self._library.database.read() as connection:
            job = await jobs.get(connection, job_id)
            if job is None:
                raise BadInputError(f'There is no job "{job_id[:40]}" (any more).')
            return await read_replay(connection, job, but_pictures=but)

    async def _tell_followers(self) -> None:
        """Tell places in the queue, and what other processes have done."""
        followed = {
            job_id: channel
            for job_id, channel in self._channels.items()
            if channel.mailboxes and job_id not in self._at_work and not channel.ended
        }
        if not followed:
            return
        async with self._library.database.read() as connection:
            found = await jobs.states(connection, followed)
            waiting = any(job.state == "queued" for job in found.values())
            places = await self._places(connection) if waiting else {}
        for job_id, channel in followed.items():
            job = found.get(job_id)
            if job is None:
                channel.publish(Failed("deleted", "The story was deleted."))
            elif job.state == "queued":
                tell_place(channel, places.get(job_id))
            elif job_id not in self._at_work:
                await self._tell_made(job_id, channel)
        # Every wish wakes this, and it costs the more the more people follow.
        await asyncio.sleep(min(LOOK_SECONDS, len(followed) * REST_PER_FOLLOWER_S))

    async def _places(self, connection: Connection) -> dict[str, Queued]:
        per_person = self._settings.limits.running_per_person
        return await forecast(connection, at_once=self._at_once, per_person=per_person)

    async def _tell_made(self, job_id: str, channel: Channel) -> None:
        """Tell what the library knows that this process did not make."""
        replay = await self._replay(job_id, but=frozenset(channel.pictures))
        made: list[PageText | PageDone] = [*replay.texts, *replay.pictures]
        for update in made:
            seen = channel.texts if isinstance(update, PageText) else channel.pictures
            if update.page not in seen:
                seen.add(update.page)
                channel.publish(update)
        if replay.end is not None and not channel.ended:
            channel.publish(replay.end)

    async def _renew_leases(self) -> None:
        """Keep the jobs at work; let go of those that are not this process's any more."""
        owner = self._library.owner
        if not self._at_work:
            return
        async with self._library.database.write() as connection:
            lost = [
                job_id
                for job_id in list(self._at_work)
                if not await jobs.renew(connection, job_id, owner=owner, lease_ms=LEASE_MS)
            ]
        for job_id in lost:
            if (mine := self._at_work.get(job_id)) is not None:
                mine.task.cancel()

    def _channel(self, job_id: str) -> Channel:
        """Return a job's channel; one that has ended was of an earlier telling."""
        channel = self._channels.get(job_id)
        if channel is None or channel.ended:
            channel = self._channels[job_id] = Channel()
        return channel

    def _drop(self, job_id: str) -> None:
        """Forget a channel that nobody follows, unless its job is at work."""
        channel = self._channels.get(job_id)
        if channel and not channel.mailboxes and job_id not in self._at_work:
            del self._channels[job_id]


class _Known:
    """What one follower was told, so that nothing is told twice."""

    def __init__(self) -> None:
        self._texts: set[int] = set()
        self._pictures: set[int] = set()

    def is_news(self, update: Update) -> bool:
        """Tell whether an update is new to the follower, and note it."""
        if isinstance(update, TextDelta):
            return update.page not in self._texts
        if isinstance(update, Preview):
            return update.page not in self._pictures
        if isinstance(update, PageText | PageDone):
            told = self._texts if isinstance(update, PageText) else self._pictures
            news = update.page not in told
            told.add(update.page)
            return news
        return True


async def _release(work: Work) -> None:
    try:
        await work.release()
    except PagewrightError as error:
        # Its lease belongs to a process that is about to end: the next one sees that.
        log.warning("job %s could not be put back: %s", work.job.id, error.message)


async def _sleep(seconds: float, woken: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
