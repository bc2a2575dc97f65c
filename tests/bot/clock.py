"""A clock that tests turn by hand."""

from __future__ import annotations

import asyncio
import heapq
import itertools


class Clock:
    """A clock that stands still unless it is turned; sleepers wake in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._numbers), future))
        await future

    async def turn(self, seconds: float) -> None:
        end = self.now + seconds
        await _let_run()
        while self._sleepers and self._sleepers[0][0] <= end:
            self.now, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
            await _let_run()
        self.now = end


async def _let_run() -> None:
    for _ in range(12):
        await asyncio.sleep(0)
