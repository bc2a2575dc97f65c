"""An engine client that says what a test tells it to say, however little sense it makes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable

from engine.api.events import StoryEvent, TellRequest
from tests.bot.storytelling.scripted_engine import ScriptedEngine, events

Twist = Callable[[list[StoryEvent]], Iterable[StoryEvent]]


class RawEngine(ScriptedEngine):
    """Twists the events of its first answers, one twist an attempt; after that it talks sense."""

    def __init__(self, *twists: Twist) -> None:
        super().__init__()
        self.twists = list(twists)

    async def tell(self, request: TellRequest) -> AsyncIterator[StoryEvent]:
        self.requests.append(request)
        told = list(events(request))
        for event in self.twists.pop(0)(told) if self.twists else told:
            yield event
        self.closed += 1
