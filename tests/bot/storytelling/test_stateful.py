"""Any sequence of use cases: the tree and the counters stay consistent, permissions hold."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.errors import BadInputError
from bot.library.check import check_database
from bot.library.database import fetch_all, fetch_one
from bot.library.library import Library, open_library
from bot.settings import LimitSettings, Settings
from bot.storytelling import running
from bot.storytelling.orders import PageAct, PageWish
from bot.storytelling.permissions import Actor, ForbiddenError
from bot.storytelling.tell import Storyteller
from bot.storytelling.updates import StoryOpened
from bot.storytelling.wish import StoryWish
from engine.api.events import Failed, StoryDone
from tests.bot.storytelling.scripted_engine import ScriptedEngine

HOME, ELSEWHERE = "discord:1", "discord:2"
ANN, BEN = Actor("discord:ann", HOME), Actor("discord:ben", HOME)
MOD = Actor("discord:mod", HOME, moderator=True)
ANN_AWAY = replace(ANN, community=ELSEWHERE)
MOD_AWAY = replace(MOD, community=ELSEWHERE)
ACTORS = [ANN, BEN, MOD, ANN_AWAY, MOD_AWAY]
WORDS = ["It rains.", "The fox sings.", "Snow falls on the hill.", "A door opens."]
T = TypeVar("T")


@dataclass
class Told:
    """What must be true of a story."""

    author: str
    home: str
    mode: str = "solo"
    title: str = ""
    deleted: bool = False
    by_moderator: bool = False
    lovers: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    pages: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """What must be true of a job."""

    story: str
    asker: str
    kind: str
    open: bool = True


ANYBODY = st.sampled_from(ACTORS)


def alive(machine: Stories) -> bool:
    return any(not story.deleted for story in machine.stories.values())


class Stories(RuleBasedStateMachine):
    """Acts as several people would, beside a model of what must come of it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.stories: dict[str, Told] = {}
        self.jobs: dict[str, Job] = {}
        self.presses = 0

    @initialize()
    def open(self) -> None:
        # Every act waits for the disk twice or so: memory, where there is some for files.
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(dir=memory))
        self.path = Path(folder) / "library.db"
        self.engine = ScriptedEngine()
        self.run(self.open_library())
        self.tell(ANN, 2, "open", at_once=True)

    async def open_library(self) -> None:
        self.library: Library = await self.stack.enter_async_context(open_library(self.path))
        many = LimitSettings(queued_per_person=1000, queued_per_community=1000)
        self.teller = Storyteller(
            self.library, self.engine, Settings(limits=many), ensure_engine=self.engine_is_there
        )

    async def engine_is_there(self) -> None:
        return None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        try:
            if hasattr(self, "path"):
                assert check_database(self.path) == ()
        finally:
            self.run(self.stack.aclose())
            self.loop.close()

    # What may be done, in other words than the table's.

    def finds(self, actor: Actor, story: Told) -> bool:
        return not story.deleted and (actor.community == story.home or actor.person == story.author)

    def keeps(self, actor: Actor, story: Told) -> bool:
        return actor.community == story.home and (actor.person == story.author or actor.moderator)

    def owns(self, actor: Actor, story: Told) -> bool:
        return self.keeps(actor, story) or actor.person == story.author

    def may(self, act: str, actor: Actor, story: Told) -> bool:
        if act in ("continue", "branch", "retry") and story.mode == "open":
            return actor.community == story.home
        return self.keeps(actor, story)

    def expect(
        self, allowed: bool, work: Callable[[], Awaitable[T]], *, found: bool = True
    ) -> T | None:
        """Do something; a refusal must be the one that is due."""
        done: T | None = None
        refusal: BadInputError | None = None
        try:
            done = self.run(self.await_it(work))
        except BadInputError as error:
            refusal = error
        if isinstance(refusal, ForbiddenError):
            assert found
            assert not allowed
        elif refusal is not None:
            assert ("no story" in refusal.message) == (not found), refusal.message
        else:
            assert found
            assert allowed
        return done

    async def await_it(self, work: Callable[[], Awaitable[T]]) -> T:
        return await work()

    def any_story(self, data: st.DataObject, *, deleted: bool = False) -> str:
        ids = [key for key, story in self.stories.items() if story.deleted == deleted]
        return data.draw(st.sampled_from(ids), label="story")

    @rule(
        actor=ANYBODY,
        pages=st.integers(1, 3),
        mode=st.sampled_from(["solo", "open"]),
        at_once=st.booleans(),
    )
    def tell(self, actor: Actor, pages: int, mode: str, at_once: bool) -> None:
        wish = StoryWish("a fox", pages=pages, mode=mode)  # type: ignore[arg-type]
        opened = self.run(self.teller.submit_story(wish, actor))
        self.stories[opened.story_id] = Told(actor.person, actor.community, mode)
        self.jobs[opened.job_id] = Job(opened.story_id, actor.person, "tell")
        if at_once:
            self.finish(opened.job_id)

    @rule(data=st.data(), actor=ANYBODY, act=st.sampled_from(["continue", "branch", "retry"]))
    @precondition(alive)
    def ask_for_pages(self, data: st.DataObject, actor: Actor, act: PageAct) -> None:
        self.ask(data, actor, act)

    @rule(data=st.data(), actor=ANYBODY, act=st.sampled_from(["redraw", "edit"]))
    @precondition(alive)
    def ask_for_changes(self, data: st.DataObject, actor: Actor, act: PageAct) -> None:
        self.ask(data, actor, act)

    def ask(self, data: st.DataObject, actor: Actor, act: PageAct) -> None:
        text = data.draw(st.sampled_from(WORDS), label="text")
        story_id = self.any_story(data)
        story = self.stories[story_id]
        pages = [None, 1, *story.pages]
        page = data.draw(st.sampled_from(pages), label="page")
        self.presses += 1
        asked = PageWish(story_id, page, text, text=text, dedup_key=f"press:{self.presses}")
        submit = (
            self.teller.submit_continuation
            if act == "continue"
            else getattr(self.teller, f"submit_{act}")
        )
        opened = self.expect(
            self.may(act, actor, story),
            lambda: submit(asked, actor),
            found=self.finds(actor, story),
        )
        if opened is None:
            return
        assert not opened.duplicate
        self.jobs[opened.job_id] = Job(story_id, actor.person, opened.kind)
        if data.draw(st.booleans(), label="twice"):
            again = self.run(submit(asked, actor))
            assert again.duplicate
            assert again.job_id == opened.job_id
        if data.draw(st.booleans(), label="at once"):
            self.finish(opened.job_id)

    def finish(self, job_id: str) -> None:
        job = self.jobs[job_id]
        asker = Actor(job.asker, self.stories[job.story].home)
        self.engine.ends = []
        self.run(self.follow(job, job_id, asker, "done", 0))

    @rule(data=st.data(), end=st.sampled_from(["done", "dies", "fails", "stopped", "left"]))
    @precondition(lambda self: any(job.open for job in self.jobs.values()))
    def work(self, data: st.DataObject, end: str) -> None:
        ids = [key for key, job in self.jobs.items() if job.open]
        job_id = data.draw(st.sampled_from(ids), label="job")
        job = self.jobs[job_id]
        story = self.stories[job.story]
        after = data.draw(st.integers(0, 8), label="after")
        self.engine.ends = {
            "dies": [after, None],
            "fails": [Failed("bad_input", "No.")],
        }.get(end, [])
        asker = Actor(job.asker, story.home)
        self.run(self.follow(job, job_id, asker, end, after))

    async def follow(self, job: Job, job_id: str, asker: Actor, end: str, after: int) -> None:
        seen = []
        stream = self.teller.resume(job.story, actor=asker, job_id=job_id)
        try:
            async for update in stream:
                seen.append(update)
                if end == "left" and len(seen) > after:
                    break
                if end == "stopped" and len(seen) == after + 1:
                    await self.teller.cancel_job(job_id, asker)
        finally:
            await stream.aclose()
        assert isinstance(seen[0], StoryOpened)
        if end == "dies":
            assert isinstance(seen[-1], StoryDone)
        job.open = not isinstance(seen[-1], StoryDone)

    @rule(data=st.data(), actor=ANYBODY)
    @precondition(lambda self: any(job.open for job in self.jobs.values()))
    def cancel(self, data: st.DataObject, actor: Actor) -> None:
        ids = [key for key, job in self.jobs.items() if job.open]
        job_id = data.draw(st.sampled_from(ids), label="job")
        job = self.jobs[job_id]
        allowed = self.owns(actor, self.stories[job.story]) or actor.person == job.asker
        self.expect(allowed, lambda: self.teller.cancel_job(job_id, actor))

    @rule(data=st.data(), actor=ANYBODY, step=st.integers(-1, 1))
    @precondition(alive)
    def choose(self, data: st.DataObject, actor: Actor, step: int) -> None:
        story_id = self.any_story(data)
        story = self.stories[story_id]
        page = data.draw(st.sampled_from([1, *story.pages]), label="page")
        self.expect(
            self.keeps(actor, story),
            lambda: self.teller.acts.choose(story_id, actor, page=page, step=step),
            found=self.finds(actor, story),
        )

    @rule(
        data=st.data(),
        actor=ANYBODY,
        act=st.sampled_from(["love", "unlove", "remember", "forget", "solo", "open"]),
    )
    @precondition(alive)
    def do_something_small(self, data: st.DataObject, actor: Actor, act: str) -> None:
        story_id = self.any_story(data)
        story, found = self.stories[story_id], self.finds(actor, self.stories[story_id])
        if act in ("love", "unlove"):
            self.love(story_id, story, actor, found, act == "love")
        elif act == "remember":
            text = data.draw(st.sampled_from(WORDS), label="fact")
            keeps = self.keeps(actor, story)
            remember = self.teller.acts.remember
            if self.expect(keeps, lambda: remember(story_id, text, actor), found=found):
                story.facts.add(text)
        elif act == "forget":
            self.forget(story_id, story, actor, found)
        else:
            keeps, set_mode = self.keeps(actor, story), self.teller.acts.set_mode
            self.expect(keeps, lambda: set_mode(story_id, act, actor), found=found)  # type: ignore[arg-type]
            story.mode = act if keeps and found else story.mode

    def love(self, story_id: str, story: Told, actor: Actor, found: bool, loved: bool) -> None:
        here, love = actor.community == story.home, self.teller.acts.love
        felt = self.expect(here, lambda: love(story_id, actor, loved=loved), found=found)
        if felt is not None:
            (story.lovers.add if loved else story.lovers.discard)(actor.person)
            assert felt.loves == len(story.lovers)

    def forget(self, story_id: str, story: Told, actor: Actor, found: bool) -> None:
        facts = self.run(self.teller.acts.facts(story_id, Actor("discord:eve", story.home)))
        if not facts:
            return
        allowed, forget = self.owns(actor, story), self.teller.acts.forget
        self.expect(allowed, lambda: forget(story_id, "1", actor), found=found)
        if allowed and found:
            story.facts.discard(facts[0].text)

    @rule(data=st.data(), actor=ANYBODY)
    @precondition(lambda self: sum(not s.deleted for s in self.stories.values()) > 1)
    def delete(self, data: st.DataObject, actor: Actor) -> None:
        story_id = self.any_story(data)
        story = self.stories[story_id]
        allowed, found = self.owns(actor, story), self.finds(actor, story)
        self.expect(allowed, lambda: self.teller.acts.delete(story_id, actor), found=found)
        if allowed and found:
            story.deleted, story.by_moderator = True, actor.person != story.author
            for job in self.jobs.values():
                job.open = job.open and job.story != story_id

    @rule(data=st.data(), actor=ANYBODY)
    @precondition(lambda self: any(s.deleted for s in self.stories.values()))
    def restore(self, data: st.DataObject, actor: Actor) -> None:
        story_id = self.any_story(data, deleted=True)
        story = self.stories[story_id]
        allowed = self.owns(actor, story) and (
            not story.by_moderator or (actor.moderator and actor.community == story.home)
        )
        try:
            self.run(self.teller.acts.restore(story_id, actor))
        except BadInputError:
            assert not allowed
            return
        assert allowed
        story.deleted = False

    @invariant()
    def trees_and_counters_are_consistent(self) -> None:
        for story_id, story in self.stories.items():
            if not story.deleted:
                self.run(self.look(story_id, story))

    async def look(self, story_id: str, story: Told) -> None:
        details = await self.teller.views.details(story_id, Actor("discord:eve", story.home))
        assert details.loves == len(story.lovers)
        assert set(details.facts) == story.facts
        assert details.mode == story.mode
        texts = {page.id: page.text for page in details.pages}
        # Nothing is overwritten, nothing is lost.
        assert story.pages.items() <= texts.items()
        story.pages = texts
        numbers = {page.id: page.number for page in details.pages}
        for page in details.pages:
            assert page.number == (numbers[page.parent_id] + 1 if page.parent_id else 1)
            assert sum(other.chosen for other in details.children(page.parent_id)) == 1
        assert [page.number for page in details.branch] == list(range(1, len(details.branch) + 1))
        assert bool(details.pages) == bool(details.branch)

    @invariant()
    def nobody_is_charged_for_what_was_not_made(self) -> None:
        if hasattr(self, "library"):
            self.run(self.look_at_charges())

    async def look_at_charges(self) -> None:
        async with self.library.database.read() as connection:
            unpaid = "SELECT 1 FROM jobs WHERE state IN ('failed', 'cancelled') AND charged_ms > 0"
            assert await fetch_one(connection, unpaid) is None
            sums = """SELECT person_id, sum(charged_ms) AS charged,
                (SELECT sum(used_ms) FROM budgets b WHERE b.person_id = j.person_id) AS used
                FROM jobs j GROUP BY person_id"""
            for row in await fetch_all(connection, sums):
                assert row["charged"] == (row["used"] or 0)


def test_any_sequence_of_use_cases_keeps_every_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PAUSE_SECONDS", 0.0)
    # Seeded by hypothesis's own derandomisation, so that a run is the same everywhere.
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Stories,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
