"""Keeps all messages of the bot together within what Discord takes from it, before it says no.

Discord takes 50 requests a second from a bot (answers to interactions aside) and shuts out who
asks too often nevertheless. discord.py heeds that limit only once it was met.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable

# With the burst at most 46 requests in any second: a few are left for whatever else is asked.
PER_S, BURST = 38.0, 8.0
# Previews are drawn from what is left over: as long as the bucket is at least so full.
SPARE = 4.0
# The shortest wait: what rounding leaves of a turn is nothing to wait for again and again.
LEAST_S = 0.001


class Pace:
    """A bucket of turns: what must arrive waits for one, previews take only spare ones.

    Among those who wait, last views come before first ones, so that a rush of new wishes holds no
    finished story up; a page that is done before its message was posted needs one turn only.
    ``clock`` and ``sleep`` are a test's, so that it need not wait.
    """

    def __init__(
        self,
        *,
        per_s: float = PER_S,
        burst: float = BURST,
        spare: float = SPARE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_s, self._burst, self._spare = per_s, burst, spare
        self._clock, self._sleep = clock, sleep
        self._turns = burst
        self._filled = clock()
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._count = itertools.count()
        self._handing_out: asyncio.Task[None] | None = None

    def take_spare(self) -> bool:
        """Take a turn for a preview; False where others need what is left."""
        self._fill()
        if self._waiting or self._turns < self._spare:
            return False
        self._turns -= 1
        return True

    async def turn(self, *, last: bool) -> None:
        """Wait for a turn; ``last``: for a last view, which goes before all first ones."""
        self._fill()
        if not self._waiting and self._turns >= 1:
            self._turns -= 1
            return
        mine = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (not last, next(self._count), mine))
        if self._handing_out is None or self._handing_out.done():
            self._handing_out = asyncio.create_task(self._hand_out(), name="turns at Discord")
        await mine

    async def _hand_out(self) -> None:
        while self._waiting:
            self._fill()
            if self._turns < 1:
                await self._sleep(max((1 - self._turns) / self._per_s, LEAST_S))
                continue
            *_, mine = heapq.heappop(self._waiting)
            if not mine.done():  # who was cancelled needs no turn
                mine.set_result(None)
                self._turns -= 1

    def _fill(self) -> None:
        now = self._clock()
        self._turns = min(self._burst, self._turns + (now - self._filled) * self._per_s)
        self._filled = now
