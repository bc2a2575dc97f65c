from __future__ import annotations

import asyncio
import time

from bot.discord.windows import SPARE, Window, Windows


async def test_no_span_of_time_holds_more_than_may_be() -> None:
    window = Window(most=3, seconds=0.2)
    came: list[float] = []

    async def ask() -> None:
        await window.turn()
        came.append(time.monotonic())

    await asyncio.gather(*(ask() for _ in range(8)))
    assert all(later - sooner >= 0.19 for sooner, later in zip(came, came[3:], strict=False))
    assert came[-1] - came[0] < 1.0


async def test_previews_leave_room_for_what_must_arrive() -> None:
    window = Window(most=5, seconds=10.0)
    assert [window.take_spare() for _ in range(5)] == [True] * (5 - SPARE) + [False] * SPARE
    async with asyncio.timeout(1):
        for _ in range(SPARE):
            await window.turn()
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
