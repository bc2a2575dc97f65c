"""What becomes of pictures as events of the wire."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.api.events import (
    FilmFrame,
    Latents,
    PageDone,
    PaintState,
    PictureVerdict,
    Preview,
    StoryEvent,
)
from engine.image.picture import (
    PictureDone,
    PictureEvent,
    PictureFrame,
    PicturePreview,
    PictureRequest,
    encode_jpeg,
    encode_png,
    encode_webp,
)
from engine.storytelling.layouts import layout_to_json
from engine.text.page import PageText

MAX_ALT = 300


@dataclass(frozen=True)
class Sitting:
    """A page whose picture is to be painted, and how."""

    page: PageText
    request: PictureRequest


def as_event(
    sitting: Sitting, picture: PictureEvent, verdict: PictureVerdict | None = None
) -> StoryEvent:
    """Turn what there is to show of a sitting's picture into an event, its bytes encoded."""
    if isinstance(picture, PicturePreview):
        return _preview(picture, verdict)
    if isinstance(picture, PictureDone):
        return _page_done(sitting, picture, verdict)
    if isinstance(picture, PictureFrame):
        return FilmFrame(index=picture.step, image=encode_jpeg(picture.pixels))
    return PaintState(step=picture.step, data=picture.data)


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
        crops=b"" if picture.crops is None else encode_webp(picture.crops, quality=90),
        held_out=picture.held_out,
        notes=picture.notes,
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
