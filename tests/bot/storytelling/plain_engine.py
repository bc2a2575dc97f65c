"""A real engine process around a studio without models, for tests that kill it.

All it makes is a function of the request, as with the real models: words and pixels come from the
page's seed and the pages before. Delays are seeded; where told to, it kills itself in the middle.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator

from PIL import Image

from engine.api.address import parse_address
from engine.api.events import (
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

WORDS = ("the fox", "an owl", "went home", "into the wood", "found", "a lamp", "old", "warm", "red")
Events = Generator[StoryEvent, None, None]


class PlainStudio:
    """Tells as the real studio does: all missing texts, then all missing pictures."""

    at_once = 1
    device = "none"

    def __init__(self, *, delay_s: float = 0.0, seed: int = 0, die_after: int = 0) -> None:
        self._delay_s = delay_s
        self._random = random.Random(seed)
        self._die_after = die_after
        self._count = 0

    def listen(self, wake: Callable[[], None]) -> None:
        pass  # nothing waits here

    def tell(self, request: TellRequest, should_stop: Callable[[], bool]) -> Events:
        started = time.monotonic()
        for event in told(request):
            if should_stop():
                return
            yield event
            self._pass()
        yield StoryDone(f"The Tale of {request.idea}", request.pages, time.monotonic() - started)
        self._pass()

    def illustrate(self, request: IllustrateRequest, should_stop: Callable[[], bool]) -> Events:
        raise NotImplementedError

    def _pass(self) -> None:
        time.sleep(self._delay_s * self._random.random())
        self._count += 1
        if self._count == self._die_after:
            os.kill(os.getpid(), signal.SIGKILL)


def told(request: TellRequest) -> Iterator[StoryEvent]:
    """Yield all but the end of a request's story."""
    known = {page.number: page for page in request.known_pages}
    texts = {number: page.text for number, page in known.items()}
    seeds = {number: page.seed for number, page in known.items() if page.seed}
    prompts = {number: page.prompt for number, page in known.items()}
    for number in range(1, request.pages + 1):
        seeds.setdefault(number, _number(request.seed, number, request.direction) % 2**31)
        if number not in texts:
            before = texts.get(number - 1, request.idea)
            texts[number] = _words(seeds[number], before)
            prompts[number] = texts[number].split(",")[0]
            for half in (texts[number][:20], texts[number][20:]):
                yield TextDelta(number, half)
            yield PageText(number, texts[number], prompts[number], seeds[number])
    for number in sorted(texts):
        if request.text_only or (number in known and known[number].painted):
            continue
        image = _picture(seeds[number], prompts[number] + texts[number])
        for step in (1, 2):
            yield Preview(number, step, 2, 0.1, image)
        codes = tuple(_number(seeds[number], place) % 1024 for place in range(16))
        yield PageDone(
            page=number,
            text=texts[number],
            prompt=prompts[number],
            alt=f"{prompts[number]}.",
            image=image,
            latents=Latents(4, 4, codes),
            seed=seeds[number],
            steps=2,
            clip_score=0.25,
            seconds=0.01,
            layout_json=f'{{"seed":{seeds[number]}}}',
        )


def run(address: str, delay_s: float, seed: int, die_after: int) -> None:
    """Serve at an address until killed."""
    end_with_parent()
    options = ServeOptions(parse_address(address), "plain", ("storybook",))
    raise SystemExit(
        serve(options, lambda: PlainStudio(delay_s=delay_s, seed=seed, die_after=die_after))
    )


def end_with_parent() -> None:
    """Leave nothing behind where the test's own process was killed."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _number(*parts: object) -> int:
    key = "\0".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:6], "big")


def _words(seed: int, before: str) -> str:
    chance = random.Random(_number(seed, before))
    return " ".join(chance.choice(WORDS) for _ in range(12)).capitalize() + ", and so on."


def _picture(seed: int, text: str) -> bytes:
    pixels = random.Random(_number(seed, text)).randbytes(3 * 24 * 24)
    out = io.BytesIO()
    Image.frombytes("RGB", (24, 24), pixels).save(out, "PNG")
    return out.getvalue()
