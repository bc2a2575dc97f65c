"""Paints one picture on its own wish."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence

from engine.api.events import IllustrateRequest, StoryDone, StoryEvent, WeightedPrompt
from engine.image.illustrator import Illustrator
from engine.image.picture import PictureRequest, Prompt
from engine.storytelling.looking import Look
from engine.storytelling.painting import Sitting, paint
from engine.text.page import PageText


def illustrate(
    request: IllustrateRequest,
    illustrator: Illustrator,
    should_stop: Callable[[], bool],
    *,
    look: Look | None = None,
) -> Generator[StoryEvent, None, None]:
    """Paint a checked request's picture as page 1 of a story without words."""
    started = time.monotonic()
    title = ", ".join(prompt.text.strip() for prompt in request.prompts)
    picture = PictureRequest(
        key=1,
        prompts=_prompts(request.prompts),
        exclude=_prompts(request.exclude),
        extra=_prompts(request.extra),
        seed=request.seed,
        style=request.style,
        width=request.width,
        height=request.height,
        steps=request.steps,
        cuts=request.cuts,
        init_image=request.picture,
    )
    sitting = Sitting(page=PageText(number=1, text="", prompt=title), request=picture)
    yield from paint(
        [sitting], illustrator, preview_seconds=request.preview_seconds,
        should_stop=should_stop, look=look,
    )  # fmt: skip
    if not should_stop():
        yield StoryDone(title=title, pages=1, seconds=time.monotonic() - started)


def _prompts(prompts: Sequence[WeightedPrompt]) -> tuple[Prompt, ...]:
    return tuple(Prompt(text=prompt.text, weight=prompt.weight) for prompt in prompts)
