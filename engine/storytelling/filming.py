"""Films through pictures that exist: the frames between their latents."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from engine.api.events import FilmFrame, FilmRequest, Latents, StoryDone, StoryEvent
from engine.errors import EngineError
from engine.image.film import film_frames
from engine.image.picture import encode_jpeg
from engine.image.requests import MAX_SIDE
from engine.models.vqgan import VQGAN

MAX_PICTURES = 64
# Frames wait in memory for a slow client, 20 kB each.
MAX_FRAMES = 4000


def check_film(request: FilmRequest, *, profile: str, codes: int, factor: int) -> None:
    """Raise ``EngineError("bad_input")`` where a film cannot be made; ``codes`` are known ones.

    ``factor`` is the number of pixels a code is wide. Another profile's latents mean nothing here.
    """
    if request.profile not in ("", profile):
        _refuse(f'This engine runs the profile "{profile}", not "{request.profile[:40]}".')
    if not 2 <= len(request.pages) <= MAX_PICTURES:
        _refuse(f"{len(request.pages)} pictures make no film: use 2 to {MAX_PICTURES}.")
    most = MAX_FRAMES // len(request.pages)
    if not 1 <= request.frames <= most:
        _refuse(f"{request.frames} frames a transition cannot be made: use 1 to {most}.")
    for number, latents in enumerate(request.pages, start=1):
        _check_shape(number, latents, request.pages[0], MAX_SIDE // factor)
        _check_codes(number, latents, codes)


def film(
    request: FilmRequest, vqgan: VQGAN, should_stop: Callable[[], bool]
) -> Generator[StoryEvent, None, None]:
    """Decode a checked request's frames in order."""
    started = time.monotonic()
    pictures = [grid(latents) for latents in request.pages]
    frames = film_frames(
        vqgan, pictures, frames=request.frames, loop=request.loop, should_stop=should_stop
    )
    for index, pixels in enumerate(frames):
        yield FilmFrame(index=index, image=encode_jpeg(pixels))
    if not should_stop():
        yield StoryDone(title="", pages=len(pictures), seconds=time.monotonic() - started)


def _check_shape(number: int, latents: Latents, first: Latents, most: int) -> None:
    height, width = latents.height, latents.width
    if not (1 <= height <= most and 1 <= width <= most):
        _refuse(f"Picture {number} is {width} x {height} codes: use 1 to {most} a side.")
    if len(latents.codes) != height * width:
        _refuse(f"Picture {number} has {len(latents.codes)} codes, not {width} x {height}.")
    if (height, width) != (first.height, first.width):
        _refuse(
            f"Picture {number} is {width} x {height} codes, the first one"
            f" {first.width} x {first.height}: a film needs pictures of one size."
        )


def _check_codes(number: int, latents: Latents, codes: int) -> None:
    if not 0 <= min(latents.codes) <= max(latents.codes) < codes:
        worst = max(latents.codes, key=abs)
        _refuse(
            f"Picture {number} has the code {worst}, the codebook ends at {codes - 1}:"
            " another model has painted it."
        )


def _refuse(message: str) -> NoReturn:
    raise EngineError("bad_input", message)


def grid(latents: Latents) -> NDArray[np.int64]:
    """Return a picture's codes (height, width)."""
    return np.array(latents.codes, dtype=np.int64).reshape(latents.height, latents.width)
