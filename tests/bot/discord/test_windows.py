from __future__ import annotations

import asyncio

from bot.discord.windows import SPARE, Window, Windows
from tests.bot.clock import Clock


async def test_no_span_of_time_holds_more_than_may_be() -> None:
    clock = Clock()
    window = Window(most=3, seconds=0.2, clock=lambda: clock.now, sleep=clock.sleep)
    came: list[float] = []

    async def ask() -> None:
        await window.turn()
        came.append(clock.now)

    asking = [asyncio.create_task(ask()) for _ in range(8)]
    await clock.turn(0.5)
    await asyncio.gather(*asking)
    assert all(later - sooner >= 0.19 for sooner, later in zip(came, came[3:], strict=False))


async def test_previews_leave_room_for_what_must_arrive() -> None:
    clock = Clock()
    window = Window(most=5, seconds=10.0, clock=lambda: clock.now, sleep=clock.sleep)
    assert [window.take_spare() for _ in range(5)] == [True] * (5 - SPARE) + [False] * SPARE
    for _ in range(SPARE):
        await window.turn()
    assert clock.now == 0.0
    assert not window.take_spare()


async def test_channels_that_rest_are_forgotten() -> None:
    windows = Windows()
    for name in range(2000):
        windows.of(str(name))
    busy = windows.of("busy")
    await busy.turn()
    for name in range(2000):
        windows.of(f"more {name}")
    assert windows.of("busy") is busy
    assert len(windows._windows) <= 513
