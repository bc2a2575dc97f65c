"""An engine that stands in for the models: the real server, stories out of paper, at a set pace.

``python -m benchmarks.paper_engine ADDRESS SECONDS`` serves until it is told to stop; a page takes
so many seconds, of which nothing is computed.
"""

from __future__ import annotations

import io
import random
import sys
import time
from collections.abc import Callable, Generator
from functools import cache

from PIL import Image, ImageFilter

from engine.api.address import parse_address
from engine.api.events import (
    FilmRequest,
    IllustrateRequest,
    Latents,
    PageDone,
    PageText,
    Preview,
    StoryDone,
    StoryEvent,
    TellRequest,
    TextDelta,
)
from engine.serving.server import ServeOptions, serve

PROSE = "Once upon a time there was a fox who was afraid of the dark, so he went to see the owl. "
STEPS, SIDE = 4, 256


class PaperStudio:
    """Tells pages of the usual size: 500 letters, a picture of 256 px, previews as WebP."""

    at_once = 1
    device = "none"

    def __init__(self, page_seconds: float) -> None:
        self._pause = page_seconds / (STEPS + 2)

    def listen(self, wake: Callable[[], None]) -> None:
        """Do nothing: no story waits for another."""

    def tell(
        self, request: TellRequest, should_stop: Callable[[], bool]
    ) -> Generator[StoryEvent | None, None, None]:
        """Tell a story page by page, then paint all pictures."""
        started = time.monotonic()
        texts = {page.number: page.text for page in request.known_pages}
        for number in range(len(texts) + 1, request.pages + 1):
            texts[number] = PROSE * 6
            yield TextDelta(number, texts[number])
            time.sleep(self._pause)
            yield PageText(number, texts[number], "a fox", request.seed)
        painted = {page.number for page in request.known_pages if page.painted}
        for number in sorted(set(texts) - painted):
            for step in range(1, STEPS + 1):
                if should_stop():
                    return
                time.sleep(self._pause)
                yield Preview(number, step, STEPS, 0.2, picture("WEBP"))
            yield _page(request, number, texts[number])
        yield StoryDone("The Paper Fox", request.pages, time.monotonic() - started)

    def illustrate(
        self, request: IllustrateRequest, should_stop: Callable[[], bool]
    ) -> Generator[StoryEvent | None, None, None]:
        """Refuse: only stories are measured."""
        raise NotImplementedError

    def film(
        self, request: FilmRequest, should_stop: Callable[[], bool]
    ) -> Generator[StoryEvent | None, None, None]:
        """Refuse: only stories are measured."""
        raise NotImplementedError


def _page(request: TellRequest, number: int, text: str) -> PageDone:
    return PageDone(
        page=number,
        text=text,
        prompt="a fox",
        alt="A fox looks at the moon.",
        image=picture("PNG"),
        latents=Latents(16, 16, tuple(range(256))),
        seed=request.seed,
        steps=STEPS,
        clip_score=0.3,
        seconds=0.1,
        layout_json="{}",
    )


@cache
def picture(kind: str) -> bytes:
    """Return a soft picture that takes about as many bytes as a painted one."""
    noise = Image.frombytes("RGB", (SIDE, SIDE), random.Random(1).randbytes(3 * SIDE * SIDE))
    out = io.BytesIO()
    noise.filter(ImageFilter.GaussianBlur(2)).save(out, kind)
    return out.getvalue()


def main() -> int:
    """Serve at the address and pace of the command line."""
    address, page_seconds = sys.argv[1], float(sys.argv[2])
    options = ServeOptions(parse_address(address), "paper", ("storybook", "ink"))
    return serve(options, lambda: PaperStudio(page_seconds))


if __name__ == "__main__":
    sys.exit(main())
