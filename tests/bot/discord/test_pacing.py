"""The bot's requests all together: never more than Discord takes, the important ones first."""

from __future__ import annotations

import asyncio
import time

from bot.discord.pacing import Pace


async def test_turns_come_at_the_pace_and_no_faster() -> None:
    pace = Pace(per_s=100.0, burst=4.0)
    started = time.monotonic()
    await asyncio.gather(*(pace.turn(last=False) for _ in range(24)))
    assert time.monotonic() - started >= 0.19


async def test_last_views_go_before_first_ones_and_previews_take_what_is_left() -> None:
    pace = Pace(per_s=50.0, burst=1.0, spare=1.0)
    came: list[str] = []

    async def wait(name: str, *, last: bool) -> None:
        await pace.turn(last=last)
        came.append(name)

    assert pace.take_spare()
    waiting = [asyncio.create_task(wait(f"first {n}", last=False)) for n in range(3)]
    await asyncio.sleep(0)
    waiting.append(asyncio.create_task(wait("last", last=True)))
    await asyncio.sleep(0)
    assert not pace.take_spare()
    await asyncio.gather(*waiting)
    assert came == ["last", "first 0", "first 1", "first 2"]


async def test_who_gave_up_takes_no_turn() -> None:
    pace = Pace(per_s=20.0, burst=1.0)
    await pace.turn(last=True)
    impatient = asyncio.create_task(pace.turn(last=True))
    await asyncio.sleep(0)
    patient = asyncio.create_task(pace.turn(last=False))
    await asyncio.sleep(0)
    impatient.cancel()
    started = time.monotonic()
    await patient
    assert time.monotonic() - started < 0.09
