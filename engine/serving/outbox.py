"""Events on their way to one client, numbered; under a slow one only previews are dropped."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from engine.api.events import Failed, Heartbeat, Preview, StoryDone, StoryEvent


@dataclass(frozen=True)
class Numbered:
    """An event with its place in the stream, from 1."""

    seq: int
    event: StoryEvent


class Outbox:
    """A stream of events, filled on the event loop and read by one client.

    A preview takes the place of an unread one of the same page (latest wins); all else is kept.
    It closes itself behind ``StoryDone`` or ``Failed``.
    """

    def __init__(self) -> None:
        self._waiting: deque[Numbered] = deque()
        self._arrived = asyncio.Event()
        self._seq = 0
        self.closed = False

    def put(self, event: StoryEvent) -> None:
        """Add an event; one after the last is ignored."""
        if self.closed:
            return
        if isinstance(event, Preview):
            self._drop_preview(event.page)
        self._seq += 1
        self._waiting.append(Numbered(seq=self._seq, event=event))
        self.closed = isinstance(event, StoryDone | Failed)
        self._arrived.set()

    async def read(self, *, heartbeat_seconds: float) -> AsyncGenerator[Numbered, None]:
        """Yield events as they come, and a heartbeat whenever none came for so long."""
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self.closed:
                return
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), heartbeat_seconds)
            except TimeoutError:
                self.put(Heartbeat())

    def _drop_preview(self, page: int) -> None:
        for numbered in self._waiting:
            if isinstance(numbered.event, Preview) and numbered.event.page == page:
                self._waiting.remove(numbered)
                return
