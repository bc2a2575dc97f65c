"""The bot's requests all together: never more than Discord takes, the important ones first."""

from __future__ import annotations

import asyncio

from bot.discord.pacing import Pace
from tests.bot.clock import Clock


def pace_of(clock: Clock, **options: float) -> Pace:
    return Pace(**options, clock=lambda: clock.now, sleep=clock.sleep)


class Asking:
    """Those who ask for turns, and the moments at which each had one."""

    def __init__(self, clock: Clock, pace: Pace) -> None:
        self.clock, self.pace = clock, pace
        self.came: list[tuple[str, float]] = []

    def ask(self, name: str, *, last: bool = False) -> asyncio.Task[None]:
        async def wait() -> None:
            await self.pace.turn(last=last)
            self.came.append((name, self.clock.now))

        return asyncio.create_task(wait())

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.came]


async def test_turns_come_at_the_pace_and_no_faster() -> None:
    clock = Clock()
    asking = Asking(clock, pace_of(clock, per_s=100.0, burst=4.0))
    tasks = [asking.ask(str(number)) for number in range(24)]
    await clock.turn(0.19)
    assert not all(task.done() for task in tasks)
    await clock.turn(0.02)
    assert all(task.done() for task in tasks)
    moments = [moment for _, moment in asking.came]
    assert sum(moment < 0.1 - 1e-9 for moment in moments) <= 4 + 10


async def test_last_views_go_before_first_ones_and_previews_take_what_is_left() -> None:
    clock = Clock()
    pace = pace_of(clock, per_s=50.0, burst=1.0, spare=1.0)
    asking = Asking(clock, pace)
    assert pace.take_spare()
    waiting = [asking.ask(f"first {number}") for number in range(3)]
    await clock.turn(0)
    waiting.append(asking.ask("last", last=True))
    await clock.turn(0)
    assert not pace.take_spare()
    await clock.turn(1)
    await asyncio.gather(*waiting)
    assert asking.names == ["last", "first 0", "first 1", "first 2"]


async def test_who_gave_up_takes_no_turn() -> None:
    clock = Clock()
    asking = Asking(clock, pace_of(clock, per_s=20.0, burst=1.0))
    asking.ask("at once", last=True)
    await clock.turn(0)
    impatient = asking.ask("impatient", last=True)
    await clock.turn(0)
    asking.ask("patient")
    await clock.turn(0)
    impatient.cancel()
    await clock.turn(0.06)  # a turn takes 0.05 s
    assert asking.names == ["at once", "patient"]
