"""An engine client for failure injection: tells plain pages, and dies or fails where told to."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator

from PIL import Image

from engine.api.errors import EngineGoneError
from engine.api.events import (
    EngineStatus,
    Failed,
    Heartbeat,
    Latents,
    PageDone,
    PageText,
    Preview,
    Queued,
    StoryDone,
    StoryEvent,
    TellRequest,
    TextDelta,
)


class ScriptedEngine:
    """Tells each request's missing pages, all texts before all pictures, as the real one does.

    ``ends`` holds one entry an attempt: after how many events it goes away (None: never), or the
    ``Failed`` it answers with.
    """

    def __init__(self, *ends: int | Failed | None) -> None:
        self.ends = list(ends)
        self.requests: list[TellRequest] = []
        self.cancelled: list[str] = []
        self.closed = 0
        self.hang_at: int | None = None
        self.hanging = asyncio.Event()

    async def tell(self, request: TellRequest) -> AsyncIterator[StoryEvent]:
        self.requests.append(request)
        end = self.ends.pop(0) if self.ends else None
        try:
            if isinstance(end, Failed):
                yield end
                return
            for count, event in enumerate(events(request)):
                if count == end:
                    raise EngineGoneError("The engine does not answer.")
                if count == self.hang_at:
                    self.hanging.set()
                    await asyncio.sleep(60)
                yield event
        finally:
            self.closed += 1

    async def cancel(self, job_id: str) -> bool:
        self.cancelled.append(job_id)
        return True

    async def status(self) -> EngineStatus:
        return EngineStatus("1", "starter", 0, 0, 1.0, "cpu", ("storybook", "ink"))


def events(request: TellRequest) -> Iterator[StoryEvent]:
    yield Queued(1)
    texts = {page.number: page.text for page in request.known_pages}
    for number in range(len(texts) + 1, request.pages + 1):
        texts[number] = f"Page {number} of {request.idea}, {request.direction}{request.seed}."
        yield TextDelta(number, texts[number][:4])
        yield PageText(number, texts[number], f"prompt {number}", request.seed + number)
    painted = {page.number for page in request.known_pages if page.painted}
    for number in sorted(set(texts) - painted) if not request.text_only else ():
        yield Preview(number, 1, 2, 0.2, b"webp")
        yield Heartbeat()
        yield picture(request, number, texts[number])
    yield StoryDone(f"The Tale of {request.idea}", request.pages, 1.0)


def picture(request: TellRequest, number: int, text: str) -> PageDone:
    return PageDone(
        page=number,
        text=text,
        prompt=f"prompt {number}",
        alt=f"alt {number}",
        image=tiny_png(number),
        latents=Latents(2, 2, (1, 2, 3, 1023)),
        seed=request.seed + number,
        steps=20,
        clip_score=0.3,
        seconds=1.0,
        layout_json=f'{{"page":{number}}}',
    )


def tiny_png(number: int) -> bytes:
    """Return a real picture of 8 x 8 pixels in a colour of its own."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (number * 37 % 256, number * 91 % 256, 120)).save(out, "PNG")
    return out.getvalue()
