"""Paints one picture on its own wish."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing

from engine.api.events import IllustrateRequest, StoryDone, StoryEvent
from engine.image.illustrator import Illustrator
from engine.storytelling.looking import Look
from engine.storytelling.painting import Pictures, Sitting
from engine.storytelling.picture_wishes import picture_request, title_of
from engine.text.page import PageText


def illustrate(
    request: IllustrateRequest,
    illustrator: Illustrator,
    should_stop: Callable[[], bool],
    *,
    look: Look | None = None,
) -> Generator[StoryEvent | None, None, None]:
    """Paint a checked request's picture as page 1 of a story without words.

    It yields None whenever it has to wait for the easel.
    """
    started = time.monotonic()
    title = title_of(request)
    picture = picture_request(request)
    sitting = Sitting(page=PageText(number=1, text="", prompt=title), request=picture)
    pictures = Pictures(
        illustrator, owner=(request.community, request.person),
        preview_seconds=request.preview_seconds, look=look,
    )  # fmt: skip
    with closing(pictures):
        pictures.add(sitting)
        yield from pictures.finish(should_stop)
    if not should_stop():
        yield StoryDone(title=title, pages=1, seconds=time.monotonic() - started)
