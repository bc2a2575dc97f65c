"""Pictures of pages as events: previews, then finished pages."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.api.events import Latents, PageDone, PictureVerdict, Preview, StoryEvent
from engine.image.illustrator import Illustrator
from engine.image.picture import (
    PictureDone,
    PicturePreview,
    PictureRequest,
    encode_png,
    encode_webp,
)
from engine.storytelling.layouts import layout_to_json
from engine.storytelling.looking import Look
from engine.text.page import PageText

PREVIEW_SECONDS = 1.0
MAX_ALT = 300


@dataclass(frozen=True)
class Sitting:
    """A page whose picture is to be painted, and how."""

    page: PageText
    request: PictureRequest


def paint(
    sittings: Sequence[Sitting],
    illustrator: Illustrator,
    *,
    preview_seconds: float,
    should_stop: Callable[[], bool],
    look: Look | None = None,
) -> Iterator[StoryEvent]:
    """Paint all sittings in one batch; ``preview_seconds`` 0 means the engine's own choice.

    With a ``look`` each picture has a verdict, and one that is flagged is painted once more where
    that is wanted.
    """
    if not sittings:
        return
    again: list[Sitting] = []
    by_number = {sitting.page.number: sitting for sitting in sittings}
    for picture in illustrator.paint(
        [sitting.request for sitting in sittings],
        preview_seconds=preview_seconds or PREVIEW_SECONDS,
        should_stop=should_stop,
    ):
        verdict = look.verdict(picture.pixels) if look else None
        if isinstance(picture, PicturePreview):
            yield _preview(picture, verdict)
        elif look and verdict and verdict.flagged and look.wanted.redraw:
            sitting = by_number[picture.key]
            instead = look.instead(sitting.request, verdict.concept)
            again.append(replace(sitting, request=instead))
        else:
            yield _page_done(by_number[picture.key], picture, verdict)
    if look and again and not should_stop():
        yield from paint(
            again, illustrator, preview_seconds=preview_seconds, should_stop=should_stop,
            look=look.once_more(),
        )  # fmt: skip


def first_look(
    sitting: Sitting,
    illustrator: Illustrator,
    *,
    should_stop: Callable[[], bool],
    look: Look | None = None,
) -> Iterator[StoryEvent]:
    """Show a picture's draft before the other pages are written; painting draws it once more."""
    pictures = illustrator.paint([sitting.request], preview_seconds=0, should_stop=should_stop)
    draft = next(pictures, None)
    if isinstance(draft, PicturePreview):
        yield _preview(draft, look.verdict(draft.pixels) if look else None)


def _preview(picture: PicturePreview, verdict: PictureVerdict | None) -> Preview:
    return Preview(
        page=picture.key,
        step=picture.step,
        steps=picture.steps,
        score=_number(picture.score),
        image=encode_webp(picture.pixels),
        verdict=verdict,
    )


def _page_done(sitting: Sitting, picture: PictureDone, verdict: PictureVerdict | None) -> PageDone:
    return PageDone(
        page=picture.key,
        text=sitting.page.text,
        prompt=sitting.page.prompt,
        alt=alt_text(sitting.page),
        image=encode_png(picture.pixels),
        latents=_latents(picture.codes),
        seed=sitting.request.seed,
        steps=picture.steps,
        clip_score=_number(picture.score),
        seconds=picture.seconds,
        layout_json=layout_to_json(picture.layout),
        verdict=verdict,
    )


def alt_text(page: PageText) -> str:
    """Describe a page's picture: what it was painted from, then the page's first sentence."""
    shown = page.prompt.strip().rstrip(".")
    shown = shown[:1].upper() + shown[1:] + "." if shown else ""
    first = re.split(r"(?<=[.!?])\s", page.text.strip(), maxsplit=1)[0]
    alt = " ".join(part for part in (shown, first) if part)
    return alt if len(alt) <= MAX_ALT else alt[: MAX_ALT - 1].rsplit(" ", 1)[0] + "…"


def _latents(codes: NDArray[np.int32]) -> Latents:
    height, width = codes.shape
    return Latents(height=height, width=width, codes=tuple(codes.ravel().tolist()))


def _number(score: float) -> float:
    # A draft has no score yet; NaN is no JSON.
    return score if math.isfinite(score) else 0.0
