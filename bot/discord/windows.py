"""Keeps the requests to one channel within what Discord takes, so that none is refused.

Observed: five posts, and five edits, in five seconds a channel. discord.py waits as its answers'
headers say, but is a moment too early now and then, and shares nothing fairly: here previews leave
room for what must arrive.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

MOST, SECONDS = 5, 5.0
# What Discord's clock and the way there may differ by.
MARGIN_S = 0.4
# Places that previews leave free.
SPARE = 2
# The shortest wait, whatever rounding leaves of it.
LEAST_S = 0.001
# So many channels are remembered before those that rest are forgotten.
_MOST_CHANNELS = 512


class Window:
    """At most ``most`` requests in any ``seconds``; ``clock`` and ``sleep`` are a test's."""

    def __init__(
        self,
        *,
        most: int = MOST,
        seconds: float = SECONDS + MARGIN_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._most, self._seconds = most, seconds
        self._clock, self._sleep = clock, sleep
        self._times: deque[float] = deque()
        self._turn = asyncio.Lock()

    @property
    def rests(self) -> bool:
        """Tell whether nothing was asked for long."""
        self._forget()
        return not self._times and not self._turn.locked()

    def take_spare(self) -> bool:
        """Take a place for a preview; False where the rest is for others."""
        self._forget()
        if self._turn.locked() or len(self._times) + SPARE >= self._most:
            return False
        self._times.append(self._clock())
        return True

    async def turn(self) -> None:
        """Wait for a place, in the order in which they were asked for."""
        async with self._turn:
            self._forget()
            while len(self._times) >= self._most:
                left = self._times[0] + self._seconds - self._clock()
                await self._sleep(max(left, LEAST_S))
                self._forget()
            self._times.append(self._clock())

    def _forget(self) -> None:
        begin = self._clock() - self._seconds
        while self._times and self._times[0] <= begin:
            self._times.popleft()


class Windows:
    """A window for each channel."""

    def __init__(self) -> None:
        self._windows: dict[str, Window] = {}

    def of(self, channel: str) -> Window:
        """Return a channel's window."""
        if channel not in self._windows and len(self._windows) >= _MOST_CHANNELS:
            at_work = {name: window for name, window in self._windows.items() if not window.rests}
            self._windows = at_work
        return self._windows.setdefault(channel, Window())
