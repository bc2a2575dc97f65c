from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import aclosing

from engine.api.events import (
    Failed,
    Heartbeat,
    IllustrateRequest,
    KnownPage,
    PageDone,
    PageText,
    Preview,
    Queued,
    StoryDone,
    TellRequest,
    TextDelta,
    WeightedPrompt,
)
from tests.engine.serving.paced import (
    Events,
    PacedStudio,
    collect,
    collecting,
    gateway_of,
    pages_done,
    until,
    wish,
)


async def test_a_story_streams_all_its_events_in_order_and_numbered() -> None:
    async with gateway_of(PacedStudio(previews=0)) as gateway:
        stream = await collect(gateway, wish("a"))
    page = [TextDelta, PageText, PageDone]
    assert [type(n.event) for n in stream] == [Queued, *page, *page, StoryDone]
    assert [n.seq for n in stream] == list(range(1, len(stream) + 1))
    assert stream[0].event == Queued(position=1, seconds_left=0.0)


async def test_an_illustration_is_a_job_like_others() -> None:
    async with gateway_of(PacedStudio(previews=1)) as gateway:
        request = IllustrateRequest(job_id="i", prompts=(WeightedPrompt("a fox"),))
        stream = await collect(gateway, request)
    kinds = [type(n.event) for n in stream]
    assert kinds[0] is Queued
    assert kinds[-2:] == [PageDone, StoryDone]


async def test_waiting_jobs_learn_their_position_and_then_a_measured_estimate() -> None:
    studio = PacedStudio(pages=0)
    async with gateway_of(studio) as gateway:
        first = asyncio.create_task(collect(gateway, wish("first")))
        await until(lambda: gateway.running == 1)
        second = asyncio.create_task(collect(gateway, wish("second")))
        third = asyncio.create_task(collect(gateway, wish("third")))
        await until(lambda: gateway.queued == 2)
        await asyncio.sleep(0.1)
        studio.pages.release(6)
        await first
        waits = [n.event for n in await third if isinstance(n.event, Queued)]
        await second
    assert [w.position for w in waits] == [2, 1]
    assert waits[0].seconds_left == -1.0
    assert waits[1].seconds_left > 0.05


async def test_communities_take_turns_and_so_do_people_in_them() -> None:
    studio = PacedStudio(pages=0)
    async with gateway_of(studio) as gateway:
        wishes = [
            wish("busy", community="x", person="p"),
            wish("x1", community="x", person="ann"),
            wish("x2", community="x", person="ann"),
            wish("x3", community="x", person="bob"),
            wish("y1", community="y", person="cy"),
            wish("y2", community="y", person="cy"),
        ]
        tasks = []
        for number, request in enumerate(wishes):
            tasks.append(asyncio.create_task(collect(gateway, request)))
            await until(lambda n=number: (gateway.running, gateway.queued) == (1, n))  # type: ignore[misc]
        studio.pages.release(100)
        await asyncio.gather(*tasks)
    assert studio.order == ["busy", "x1", "y1", "x3", "y2", "x2"]


async def test_several_jobs_run_at_once_and_take_turns() -> None:
    studio = PacedStudio(pages=0, at_once=2)
    async with gateway_of(studio) as gateway:
        wishes = [wish(name, community=name, pages=3) for name in ("a", "b", "c")]
        tasks = [asyncio.create_task(collect(gateway, request)) for request in wishes]
        await until(lambda: (gateway.running, gateway.queued) == (2, 1))
        for allowed in range(1, 5):
            studio.pages.release()
            await until(lambda n=allowed: len(studio.made) == n)  # type: ignore[misc]
        assert set(studio.made) == {"a", "b"}
        studio.pages.release(5)
        streams = await asyncio.gather(*tasks)
    assert all(isinstance(stream[-1].event, StoryDone) for stream in streams)
    assert studio.order == ["a", "b", "c"]


async def test_the_setting_wins_over_what_the_machine_would_choose() -> None:
    studio = PacedStudio(pages=0, at_once=4)
    async with gateway_of(studio, at_once=1) as gateway:
        tasks = [asyncio.create_task(collect(gateway, wish(name))) for name in ("a", "b")]
        await until(lambda: gateway.running == 1 and gateway.queued == 1)
        studio.pages.release(4)
        await asyncio.gather(*tasks)


async def test_one_of_several_is_cancelled_or_fails_without_harm_to_the_others() -> None:
    studio = PacedStudio(pages=0, at_once=3)
    async with gateway_of(studio) as gateway:
        names = {"good": "a fox", "gone": "a fox", "broken": "broken"}
        tasks = {
            name: asyncio.create_task(collect(gateway, wish(name, idea=idea, community=name)))
            for name, idea in names.items()
        }
        await until(lambda: gateway.running == 3)
        assert gateway.cancel("gone")
        gone = await tasks["gone"]
        studio.pages.release(4)
        good, broken = await asyncio.gather(tasks["good"], tasks["broken"])
    ends = [stream[-1].event for stream in (gone, broken)]
    assert [end.code for end in ends if isinstance(end, Failed)] == ["cancelled", "internal"]
    assert isinstance(good[-1].event, StoryDone)


async def test_a_free_place_goes_to_the_community_with_the_fewest_jobs_at_work() -> None:
    studio = PacedStudio(pages=0, at_once=2)
    async with gateway_of(studio) as gateway:
        tasks = []
        for number, name in enumerate(("x1", "x2", "x3", "y1"), start=1):
            request = wish(name, community=name[0], person=name, pages=1)
            tasks.append(asyncio.create_task(collect(gateway, request)))
            placed = min(number, 2), max(0, number - 2)
            await until(lambda p=placed: (len(studio.order), gateway.queued) == p)  # type: ignore[misc]
        assert studio.order == ["x1", "x2"]
        studio.pages.release()
        await until(lambda: len(studio.order) == 3)
        studio.pages.release(10)
        await asyncio.gather(*tasks)
    assert studio.order == ["x1", "x2", "y1", "x3"]


async def test_a_job_beside_others_counts_its_share_of_the_time() -> None:
    studio = PacedStudio(pages=0, at_once=2)
    async with gateway_of(studio) as gateway:
        began = time.monotonic()
        tasks = [
            asyncio.create_task(collect(gateway, wish(name, community=name, pages=1)))
            for name in ("a", "b")
        ]
        await until(lambda: gateway.running == 2)
        await asyncio.sleep(0.3)
        studio.pages.release(2)
        await asyncio.gather(*tasks)
        assert gateway._page_seconds is not None
        # Half of the time that they had together, however long that was on a busy machine.
        assert 0.1 < gateway._page_seconds < 0.75 * (time.monotonic() - began)


async def test_cancelling_a_queued_job_ends_it_at_once_and_never_runs_it() -> None:
    studio = PacedStudio(pages=0)
    async with gateway_of(studio) as gateway:
        first = asyncio.create_task(collect(gateway, wish("first")))
        await until(lambda: gateway.running == 1)
        second = asyncio.create_task(collect(gateway, wish("second")))
        await until(lambda: gateway.queued == 1)
        assert gateway.cancel("second")
        stream = await second
        studio.pages.release(2)
        await first
    assert [n.event for n in stream][-1] == Failed("cancelled", "Cancelled.")
    assert studio.order == ["first"]


async def test_cancelling_a_running_job_keeps_its_finished_pages() -> None:
    studio = PacedStudio(pages=1)
    async with gateway_of(studio) as gateway:
        task, events = collecting(gateway, wish("a", pages=4))
        await until(lambda: pages_done(events) == 1)
        assert gateway.cancel("a")
        assert not gateway.cancel("a")
        await task
        assert not gateway.cancel("nobody")
    assert pages_done(events) == 1
    end = events[-1]
    assert isinstance(end, Failed)
    assert (end.code, end.retryable, end.resume_from_page) == ("cancelled", False, 2)


async def test_leaving_a_stream_cancels_its_job_and_frees_its_id() -> None:
    studio = PacedStudio(pages=1)
    async with gateway_of(studio) as gateway:
        async with aclosing(gateway.stream(wish("a", pages=4))) as stream:
            async for numbered in stream:
                if isinstance(numbered.event, PageDone):
                    break
        studio.pages.release(10)
        again = await collect(gateway, wish("a"))
    assert isinstance(again[-1].event, StoryDone)


async def test_a_second_job_of_the_same_id_is_refused_and_leaves_the_first_alone() -> None:
    studio = PacedStudio(pages=0)
    async with gateway_of(studio) as gateway:
        first = asyncio.create_task(collect(gateway, wish("a")))
        await until(lambda: gateway.running == 1)
        (refusal,) = await collect(gateway, wish("a"))
        studio.pages.release(2)
        stream = await first
    assert isinstance(refusal.event, Failed)
    assert refusal.event.code == "duplicate"
    assert isinstance(stream[-1].event, StoryDone)


class TidyingStudio(PacedStudio):
    """One that puts its brushes away after a story's last event, until it is told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.tidy = threading.Event()

    def tell(self, request: TellRequest, should_stop: Callable[[], bool]) -> Events:
        try:
            yield from super().tell(request, should_stop)
        finally:
            self.tidy.wait(60)


async def test_an_id_is_free_again_when_its_last_event_is_read() -> None:
    studio = TidyingStudio()
    async with gateway_of(studio) as gateway, aclosing(gateway.stream(wish("a"))) as first:
        while not isinstance((await anext(first)).event, StoryDone):
            pass
        again = asyncio.create_task(collect(gateway, wish("a")))
        await until(lambda: gateway.queued == 1 or again.done())
        studio.tidy.set()
        assert isinstance((await again)[-1].event, StoryDone)


async def test_a_full_queue_says_so() -> None:
    studio = PacedStudio(pages=0)
    async with gateway_of(studio, queue_limit=1) as gateway:
        first = asyncio.create_task(collect(gateway, wish("a")))
        await until(lambda: gateway.running == 1)
        second = asyncio.create_task(collect(gateway, wish("b")))
        await until(lambda: gateway.queued == 1)
        (refusal,) = await collect(gateway, wish("c"))
        studio.pages.release(4)
        await asyncio.gather(first, second)
    assert isinstance(refusal.event, Failed)
    assert (refusal.event.code, refusal.event.retryable) == ("queue_full", True)


async def test_a_slow_reader_loses_previews_but_nothing_else() -> None:
    studio = PacedStudio(previews=50)
    async with gateway_of(studio) as gateway, aclosing(gateway.stream(wish("a"))) as stream:
        numbered = [await anext(stream)]
        await until(lambda: gateway.running == 0 and not gateway._jobs)
        numbered += [n async for n in stream]
    events = [n.event for n in numbered]
    assert [e.step for e in events if isinstance(e, Preview)] == [49, 49]
    assert sum(isinstance(e, PageDone) for e in events) == 2
    assert isinstance(events[-1], StoryDone)
    gaps = numbered[-1].seq - len(numbered)
    assert gaps == 2 * 49
    assert [n.seq for n in numbered] == sorted({n.seq for n in numbered})


async def test_heartbeats_fill_a_silence() -> None:
    studio = PacedStudio(pages=0)
    async with gateway_of(studio, heartbeat_seconds=0.05) as gateway:
        task, events = collecting(gateway, wish("a"))
        await until(lambda: sum(isinstance(event, Heartbeat) for event in events) >= 3)
        studio.pages.release(2)
        await task
    assert isinstance(events[-1], StoryDone)


async def test_failures_in_a_job_are_events_and_the_next_job_runs() -> None:
    async with gateway_of(PacedStudio()) as gateway:
        ends = {
            idea: (await collect(gateway, wish(idea, idea=idea)))[-1].event
            for idea in ("refused", "memory", "broken", "a fox")
        }
    assert ends["refused"] == Failed("bad_input", "No such thing.")
    assert isinstance(ends["memory"], Failed)
    assert ends["memory"].code == "out_of_memory"
    broken = ends["broken"]
    assert isinstance(broken, Failed)
    assert (broken.code, broken.retryable, broken.resume_from_page) == ("internal", True, 2)
    assert "not foreseen" not in broken.message
    assert isinstance(ends["a fox"], StoryDone)


async def test_stopping_ends_every_job_so_that_it_can_be_taken_up_again() -> None:
    studio = PacedStudio(pages=1)
    known = (KnownPage(number=1, text="Once.", prompt="a fox"),)
    async with gateway_of(studio) as gateway:
        running, made = collecting(gateway, wish("a", pages=3))
        await until(lambda: pages_done(made) == 1)
        waiting, kept = collecting(gateway, wish("b", known_pages=known))
        await until(lambda: gateway.queued == 1)
        await gateway.stop(seconds=30)
        await asyncio.gather(running, waiting)
        ends = [events[-1] for events in (made, kept)]
        late = (await collect(gateway, wish("c")))[-1].event
    for end in (*ends, late):
        assert isinstance(end, Failed)
        assert (end.code, end.retryable) == ("engine_stopping", True)
    assert [end.resume_from_page for end in ends] == [2, 2]  # type: ignore[union-attr]
