"""Paint captions for measuring: each as a draft alone and after VQGAN+CLIP, with times."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.image.illustrator import Illustrator
from engine.image.layout import Layout
from engine.image.picture import (
    PictureDone,
    PicturePreview,
    PictureRequest,
    Pixels,
    Prompt,
    encode_png,
)

PAGES = 4  # pictures of a book, which are painted side by side


@dataclass(frozen=True, eq=False)
class Painted:
    """One caption's picture: as drafted, as optimised, its layout."""

    caption: str
    draft: Pixels
    final: Pixels
    layout: Layout


@dataclass(frozen=True)
class Times:
    """Seconds a draft, a picture (its draft counted in) and a book of four pictures."""

    draft: float
    picture: float
    book: float


Progress = Callable[[int], None]


def paint_captions(
    illustrator: Illustrator,
    captions: Sequence[str],
    *,
    seed: int,
    steps: int = 0,
    progress: Progress = lambda _: None,
) -> tuple[list[Painted], Times]:
    """Paint captions, four at a time as in a book; ``steps`` 0 means the illustrator's own."""
    requests = [
        PictureRequest(n, (Prompt(text),), seed=seed * 1000 + n, steps=steps)
        for n, text in enumerate(captions)
    ]
    return paint(illustrator, requests, progress=progress)


def paint(
    illustrator: Illustrator,
    requests: Sequence[PictureRequest],
    *,
    progress: Progress = lambda _: None,
) -> tuple[list[Painted], Times]:
    """Paint requests, four at a time."""
    painted: list[Painted] = []
    drafting = whole = longest = 0.0
    for first in range(0, len(requests), PAGES):
        part = requests[first : first + PAGES]
        pictures, drafted, done = _paint_book(illustrator, part)
        painted += pictures
        drafting, whole = drafting + drafted, whole + done
        longest = max(longest, done * PAGES / len(part))
        progress(len(painted))
    count = max(1, len(requests))
    return painted, Times(drafting / count, whole / count, longest)


def _paint_book(
    illustrator: Illustrator, requests: Sequence[PictureRequest]
) -> tuple[list[Painted], float, float]:
    """Paint some requests side by side: (pictures, seconds of the drafts, seconds in all)."""
    begun = drafted = time.perf_counter()
    drafts: dict[int, Pixels] = {}
    done: dict[int, PictureDone] = {}
    for event in illustrator.paint(requests, preview_seconds=0, should_stop=lambda: False):
        if isinstance(event, PicturePreview) and event.key not in drafts:
            drafts[event.key], drafted = event.pixels, time.perf_counter()
        elif isinstance(event, PictureDone):
            done[event.key] = event
    pictures = [
        Painted(r.prompts[0].text, drafts[r.key], done[r.key].pixels, done[r.key].layout)
        for r in requests
    ]
    return pictures, drafted - begun, time.perf_counter() - begun


def repaint(
    illustrator: Illustrator,
    painted: Sequence[Painted],
    damaged: Sequence[Pixels],
    *,
    seed: int,
    steps: int = 0,
    progress: Progress = lambda _: None,
) -> list[Painted]:
    """Optimise pictures from damaged ones: ``draft`` is then the damaged picture as coded."""
    requests = [
        PictureRequest(
            n, (Prompt(picture.caption),), seed=seed * 1000 + n, steps=steps,
            init_image=encode_png(pixels), layout=picture.layout,
            width=pixels.shape[1], height=pixels.shape[0],
        )
        for n, (picture, pixels) in enumerate(zip(painted, damaged, strict=True))
    ]  # fmt: skip
    return paint(illustrator, requests, progress=progress)[0]
