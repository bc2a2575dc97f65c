"""A scripted engine that goes on only when it is allowed to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from engine.api.events import Failed, StoryEvent, TellRequest
from tests.bot.storytelling.scripted_engine import ScriptedEngine


class PacedEngine(ScriptedEngine):
    """Waits for a permit before each event of a job but the first; notes who is told at a time."""

    def __init__(self, *ends: int | Failed | None, permits: int = 0) -> None:
        super().__init__(*ends)
        self.permits = asyncio.Semaphore(permits)
        self.now: set[str] = set()
        self.most = 0

    async def tell(self, request: TellRequest) -> AsyncIterator[StoryEvent]:
        self.now.add(request.job_id)
        self.most = max(self.most, len(self.now))
        try:
            async with aclosing(super().tell(request)) as told:  # type: ignore[type-var]
                async for event in told:
                    yield event
                    await self.permits.acquire()
        finally:
            self.now.discard(request.job_id)

    def allow(self, number: int = 1) -> None:
        for _ in range(number):
            self.permits.release()
