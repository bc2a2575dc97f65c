"""The budgets hold whatever is asked for, by a clock that the tests turn."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Awaitable
from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from telegram.error import BadRequest, RetryAfter

from bot.telegram.limiter import (
    GROUP_MOST,
    GROUP_PREVIEWS,
    MOST_WAITING,
    PREVIEW,
    Budgets,
    ShedError,
)
from tests.bot.clock import Clock

ANN, BEN, GROUP = 11, 12, -100
LATENCY_S = 0.05


class Server:
    """Notes when requests arrive; answers with an error where one is due."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.arrived: dict[int, list[float]] = defaultdict(list)
        self.texts: list[str] = []
        self.errors: list[Exception] = []
        self.budgets = Budgets(interval_s=1.5, clock=lambda: clock.now, sleep=clock.sleep)

    def send(
        self, chat: int, text: str = "", *, preview: bool = False, endpoint: str = "sendMessage"
    ) -> asyncio.Task[Any]:
        async def call() -> bool:
            self.arrived[chat].append(self.clock.now)
            self.texts.append(text)
            await self.clock.sleep(LATENCY_S)
            if self.errors:
                raise self.errors.pop(0)
            return True

        made: Awaitable[Any] = self.budgets.process_request(
            call, (), {}, endpoint, {"chat_id": chat}, PREVIEW if preview else None
        )
        return asyncio.ensure_future(made)

    @property
    def all_arrived(self) -> list[float]:
        return sorted(moment for moments in self.arrived.values() for moment in moments)


def most_within(moments: list[float], seconds: float) -> int:
    """Return how many lie in the fullest window of that length."""
    return max(
        (sum(start <= moment < start + seconds for moment in moments) for start in moments),
        default=0,
    )


async def test_a_chat_hears_one_message_a_second_in_the_order_of_asking() -> None:
    clock = Clock()
    server = Server(clock)
    tasks = [server.send(ANN, str(number)) for number in range(5)]
    await clock.turn(20)
    assert all(task.done() for task in tasks)
    assert server.texts == ["0", "1", "2", "3", "4"]
    assert most_within(server.arrived[ANN], 1.0) == 1


async def test_edits_and_actions_share_the_chats_budget() -> None:
    clock = Clock()
    server = Server(clock)
    server.send(ANN, endpoint="editMessageMedia")
    await clock.turn(0.2)
    action = server.send(ANN, endpoint="sendChatAction")
    await clock.turn(0.2)
    assert isinstance(action.exception(), ShedError)
    assert len(server.arrived[ANN]) == 1


async def test_a_preview_without_room_is_shed_at_once_and_finals_wait() -> None:
    clock = Clock()
    server = Server(clock)
    assert not server.send(ANN, "first", preview=True).done()
    await clock.turn(0.1)
    shed, final = server.send(ANN, "shed", preview=True), server.send(ANN, "final")
    await clock.turn(0.0)
    assert isinstance(shed.exception(), ShedError)
    assert not final.done()
    await clock.turn(2)
    assert final.result() is True
    assert server.texts == ["first", "final"]


async def test_no_preview_overtakes_a_final_that_waits() -> None:
    clock = Clock()
    server = Server(clock)
    server.send(ANN, "a")
    server.send(ANN, "b")
    await clock.turn(1.08)  # "b" is about to go
    preview = server.send(ANN, "preview", preview=True)
    await clock.turn(3)
    assert isinstance(preview.exception(), ShedError)
    assert server.texts == ["a", "b"]


async def test_private_previews_keep_their_interval() -> None:
    clock = Clock()
    server = Server(clock)
    for _ in range(100):
        server.send(ANN, preview=True).add_done_callback(lambda task: task.exception())
        await clock.turn(0.1)
    moments = server.arrived[ANN]
    assert 6 <= len(moments) <= 7
    assert all(later - earlier >= 1.5 for earlier, later in itertools.pairwise(moments))


async def test_a_group_hears_twelve_previews_a_minute_and_finals_nevertheless() -> None:
    clock = Clock()
    server = Server(clock)
    for _ in range(600):
        server.send(GROUP, "preview", preview=True).add_done_callback(lambda t: t.exception())
        await clock.turn(0.1)
    assert server.texts.count("preview") == GROUP_PREVIEWS
    final = server.send(GROUP, "final")
    await clock.turn(2)
    assert final.done()


async def test_a_group_hears_twenty_messages_a_minute_at_most() -> None:
    clock = Clock()
    server = Server(clock)
    tasks = [server.send(GROUP) for _ in range(45)]
    await clock.turn(200)
    assert all(task.done() for task in tasks)
    assert most_within(server.arrived[GROUP], 60.0) == GROUP_MOST


async def test_all_chats_together_keep_below_thirty_a_second() -> None:
    clock = Clock()
    server = Server(clock)
    tasks = [server.send(chat) for chat in range(1, 151)]
    await clock.turn(30)
    assert all(task.done() for task in tasks)
    assert most_within(server.all_arrived, 1.0) <= 30
    assert server.all_arrived[-1] < 8  # and does not idle, either


async def test_a_flood_wait_halts_its_chat_alone_and_the_message_arrives_after_it() -> None:
    clock = Clock()
    server = Server(clock)
    server.errors = [RetryAfter(30)]
    ann = server.send(ANN, "ann")
    await clock.turn(1)
    ben = server.send(BEN, "ben")
    preview = server.send(ANN, "preview", preview=True)
    await clock.turn(1)
    assert ben.result() is True
    assert isinstance(preview.exception(), ShedError)
    assert not ann.done()
    await clock.turn(30)
    assert ann.result() is True
    assert server.arrived[ANN][1] - server.arrived[ANN][0] >= 30


async def test_a_preview_that_meets_a_flood_wait_is_given_up() -> None:
    clock = Clock()
    server = Server(clock)
    server.errors = [RetryAfter(5)]
    preview = server.send(ANN, "preview", preview=True)
    await clock.turn(1)
    assert isinstance(preview.exception(), ShedError)
    final = server.send(ANN, "final")
    await clock.turn(10)
    assert final.result() is True
    assert server.texts == ["preview", "final"]


async def test_other_errors_are_the_callers() -> None:
    clock = Clock()
    server = Server(clock)
    server.errors = [BadRequest("message to edit not found")]
    failed, after = server.send(ANN), server.send(ANN)
    await clock.turn(5)
    assert isinstance(failed.exception(), BadRequest)
    assert after.result() is True


async def test_who_stops_waiting_does_not_block_the_chat() -> None:
    clock = Clock()
    server = Server(clock)
    server.send(ANN, "a")
    waiting, last = server.send(ANN, "b"), server.send(ANN, "c")
    await clock.turn(0.1)
    waiting.cancel()
    await clock.turn(5)
    assert last.result() is True
    assert server.texts == ["a", "c"]


async def test_a_chat_that_somebody_floods_is_known_as_crowded_and_others_are_not() -> None:
    clock = Clock()
    server = Server(clock)
    for _ in range(MOST_WAITING + 5):
        server.send(GROUP)
    await clock.turn(0.1)
    assert server.budgets.is_crowded(GROUP)
    assert not server.budgets.is_crowded(ANN)
    ann = server.send(ANN)
    await clock.turn(1)
    assert ann.done()
    await clock.turn(300)
    assert not server.budgets.is_crowded(GROUP)


async def test_after_a_start_no_chat_hears_anything_for_a_second() -> None:
    clock = Clock()
    budgets = Budgets(rest_first=True, clock=lambda: clock.now, sleep=clock.sleep)
    assert not budgets.has_room(ANN)
    await clock.turn(1.1)
    assert budgets.has_room(ANN)


async def test_what_has_no_chat_is_not_counted() -> None:
    clock = Clock()
    server = Server(clock)

    async def call() -> bool:
        return True

    for _ in range(100):
        answer = server.budgets.process_request(
            call, (), {}, "answerCallbackQuery", {"callback_query_id": "1"}, None
        )
        assert await answer is True
    assert clock.now == 0.0


Steps = st.lists(
    st.tuples(
        st.sampled_from([ANN, BEN, GROUP, -7, 13]),
        st.booleans(),
        st.floats(0, 2),
        st.sampled_from([0, 0, 0, 0, 3]),
    ),
    max_size=60,
)


@hypothesis_settings(max_examples=25, deadline=None)
@given(Steps)
def test_whatever_is_asked_for_the_limits_hold_and_each_final_arrives_once(
    steps: list[tuple[int, bool, float, int]],
) -> None:
    asyncio.run(_hold(steps))


async def _hold(steps: list[tuple[int, bool, float, int]]) -> None:
    clock = Clock()
    server = Server(clock)
    finals: list[asyncio.Task[Any]] = []
    floods = 0
    for number, (chat, preview, pause, flood) in enumerate(steps):
        if flood:
            server.errors.append(RetryAfter(flood))
            floods += 1
        task = server.send(chat, f"{number}", preview=preview)
        task.add_done_callback(lambda done: done.exception())
        if not preview:
            finals.append(task)
        await clock.turn(pause)
    await clock.turn(600)
    assert all(task.result() is True for task in finals)
    for chat, moments in server.arrived.items():
        assert most_within(moments, 1.0) <= 1
        assert chat > 0 or most_within(moments, 60.0) <= GROUP_MOST
    asked = {str(number) for number, step in enumerate(steps) if not step[1]}
    repeats = sum(server.texts.count(text) - 1 for text in asked)
    assert 0 <= repeats <= floods
