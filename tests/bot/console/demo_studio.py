"""A real engine process around a studio without models, at a person's pace: pictures sharpen.

``python -m tests.bot.console.demo_studio ADDRESS [--pace SECONDS]``
"""

from __future__ import annotations

import argparse
import io
import math
import time
from collections.abc import Callable, Generator

from PIL import Image, ImageDraw, ImageFilter

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

STEPS = 10
WORDS = (
    "Once upon a time there was a little hero of whom page {n} has a lot to tell. The morning was"
    " clear, and beyond the hill somebody was singing. So the hero packed a piece of bread, took"
    " the old lantern, and went to see who it was. In the evening everybody was home again."
)

Events = Generator[StoryEvent, None, None]


class DemoStudio:
    """Writes plain pages and paints a hill under a sun; ``pace`` is the pause between events."""

    at_once = 1
    device = "none"

    def __init__(self, pace: float) -> None:
        self.pace = pace

    def listen(self, wake: Callable[[], None]) -> None:
        pass  # nothing waits here

    def tell(self, request: TellRequest, should_stop: Callable[[], bool]) -> Events:
        known = {page.number: page for page in request.known_pages}
        todo = [n for n in range(1, request.pages + 1) if n not in known or not known[n].painted]
        for number in todo:
            if number not in known:
                yield from self.write(number, should_stop)
        if not request.text_only:
            yield from self.paint(todo, request, should_stop)
        if not should_stop():
            yield StoryDone(title=request.idea.title(), pages=request.pages, seconds=1.0)

    def write(self, number: int, should_stop: Callable[[], bool]) -> Events:
        text = WORDS.format(n=number)
        for index, word in enumerate(text.split()):
            if should_stop():
                return
            time.sleep(self.pace / 10)
            yield TextDelta(page=number, text=f" {word}" if index else word)
        yield PageText(page=number, text=text, prompt=f"a hill, page {number}", seed=number)

    def paint(
        self, numbers: list[int], request: TellRequest, should_stop: Callable[[], bool]
    ) -> Events:
        for step in range(STEPS + 1):
            for number in numbers:
                time.sleep(self.pace / 4)
                if should_stop():
                    return
                image = picture(number, blur=12 * (1 - step / STEPS), form="WEBP")
                yield Preview(number, step, STEPS, 0.2 + 0.01 * step, image)
                if step == STEPS:
                    yield page_done(number, request.seed)

    def illustrate(self, request: IllustrateRequest, should_stop: Callable[[], bool]) -> Events:
        yield from self.paint([1], TellRequest("", "", seed=request.seed), should_stop)
        yield StoryDone(title="", pages=1, seconds=0.1)


def page_done(number: int, seed: int) -> PageDone:
    return PageDone(
        page=number,
        text=WORDS.format(n=number),
        prompt=f"a hill, page {number}",
        alt=f"A hill, page {number}.",
        image=picture(number, blur=0, form="PNG"),
        latents=Latents(height=1, width=2, codes=(3, 4)),
        seed=seed + number,
        steps=STEPS,
        clip_score=0.31,
        seconds=0.5,
    )


def picture(number: int, *, blur: float, form: str) -> bytes:
    image = Image.new("RGB", (128, 128))
    draw = ImageDraw.Draw(image)
    for y in range(128):
        draw.line((0, y, 128, y), fill=(80 + y, 120 + y // 2, 220 - y // 3))
    hill = [(x, 88 + 14 * math.sin(x / 21 + number)) for x in range(129)]
    draw.polygon([(0, 128), *hill, (128, 128)], fill=(60, 110 + 20 * number, 60))
    sun = 20 + 22 * number
    draw.ellipse((sun - 12, 18, sun + 12, 42), fill=(255, 220, 90))
    draw.ellipse((52, 70, 74, 98), fill=(200, 80, 40))
    if blur > 0:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--pace", type=float, default=0.0)
    arguments = parser.parse_args()
    options = ServeOptions(
        address=parse_address(arguments.address),
        profile="starter",
        styles=("storybook", "watercolour"),
        idle_exit=0.0,
    )
    return serve(options, lambda: DemoStudio(arguments.pace))


if __name__ == "__main__":
    raise SystemExit(main())
