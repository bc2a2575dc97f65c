"""A picture at work: the paintings that it may become, and what there is to show of them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from engine.image.codec import to_pixels
from engine.image.cutouts import take_views
from engine.image.layout import Layout
from engine.image.painter import Painter
from engine.image.painting import Painting
from engine.image.perceptor import Perceptor
from engine.image.picture import (
    PictureDone,
    PictureEvent,
    PictureFrame,
    PicturePreview,
    PictureRequest,
    PictureState,
    Pixels,
)
from engine.image.saving import pack

CROP_SIDE = 128  # pixels of a crop on the sheet at most
_SHOWN_AT = (0.0, 0.5, 1.0)  # shares of the steps whose crops are shown


@dataclass(frozen=True, eq=False)
class Candidate:
    """One of the pictures that a request may become, by its ``place`` among them from 0."""

    place: int
    painting: Painting
    layout: Layout


@dataclass(eq=False)
class Work:
    """A request at work. Of several ``candidates`` the best goes on after a trial."""

    request: PictureRequest
    candidates: list[Candidate]
    started: float = field(default_factory=time.monotonic)
    notes: list[str] = field(default_factory=list)
    done: bool = False
    shown_step: int = -1
    shown_at: float = 0.0

    @property
    def best(self) -> Candidate:
        """Return the candidate that is best so far."""
        return max(self.candidates, key=lambda candidate: candidate.painting.best_score)

    @property
    def paintings(self) -> list[Painting]:
        """Return those that are to take the next step."""
        return [] if self.over else [candidate.painting for candidate in self.candidates]

    @property
    def step(self) -> int:
        """Return the steps that are done."""
        return self.candidates[0].painting.step

    @property
    def stopped(self) -> bool:
        """Say whether it is to stop before its end, with its state kept."""
        return 0 < self.request.stop_at <= self.step and not self.best.painting.finished

    @property
    def over(self) -> bool:
        """Say whether no step is left."""
        return self.done or self.stopped or self.best.painting.finished

    def state(self) -> bytes:
        """Return what it takes to go on, for ``PictureRequest.state``."""
        return pack({candidate.place: candidate.painting for candidate in self.candidates})

    def choose(self, painter: Painter) -> None:
        """After the trial keep the best candidate."""
        params = self.candidates[0].painting.params
        if len(self.candidates) == 1 or self.step < params.trial * params.steps:
            return
        for candidate in self.candidates:
            painter.judge(candidate.painting)
        self.candidates = [self.best]


def candidate_seed(seed: int, place: int) -> int:
    """Derive the seed of a request's candidate; the first one's is the request's own."""
    if place == 0:
        return seed
    key = f"pagewright candidate\0{seed}\0{place}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:6], "big")


class Showing:
    """Makes events of works; ``judge`` is a perceptor that never guides, where there is one."""

    def __init__(self, painter: Painter, judge: Perceptor | None = None) -> None:
        self._painter = painter
        self._judge = judge

    def events(self, work: Work, *, preview_seconds: float) -> Iterator[PictureEvent]:
        """Yield what there is to show of a work after a step of its paintings.

        First comes a preview of its start, then previews ``preview_seconds`` apart (0: none) and
        at the steps asked for, at last the picture.
        """
        if work.done:
            return
        work.choose(self._painter)
        if work.request.time_lapse:
            yield PictureFrame(work.request.key, work.step, self._pixels(work))
        if work.over:
            yield from self._last(work)
        elif self._is_due(work, preview_seconds):
            work.shown_step, work.shown_at = work.step, time.monotonic()
            yield self._preview(work)

    def _is_due(self, work: Work, seconds: float) -> bool:
        if work.shown_step < 0:
            return True
        every = work.request.preview_steps
        at_step = every > 0 and work.step % every == 0 and work.step > work.shown_step
        return at_step or 0 < seconds <= time.monotonic() - work.shown_at

    def _last(self, work: Work) -> Iterator[PictureEvent]:
        work.done = True
        if work.shown_step < 0:
            yield self._preview(work)
        yield self._finished(work)
        if work.request.keep_state:
            yield PictureState(work.request.key, work.step, work.state())

    def _preview(self, work: Work) -> PicturePreview:
        painting = work.best.painting
        latents = self._painter.latents(painting, painting.average)
        return PicturePreview(
            work.request.key, painting.step, painting.params.steps,
            self._painter.score(painting, latents), self._painter.pixels(painting, latents),
        )  # fmt: skip

    def _pixels(self, work: Work) -> Pixels:
        painting = work.best.painting
        latents = self._painter.latents(painting, painting.average)
        return self._painter.pixels(painting, latents)

    def _finished(self, work: Work) -> PictureDone:
        painting = work.best.painting
        if work.stopped:
            self._painter.judge(painting)
        codes = self._painter.vqgan.nearest(painting.best_latents)[0]
        pixels = self._painter.pixels(painting, painting.best_latents)
        return PictureDone(
            key=work.request.key,
            pixels=pixels,
            codes=codes.cpu().numpy().astype(np.int32),
            steps=painting.step,
            score=painting.best_score,
            layout=work.best.layout,
            seconds=time.monotonic() - work.started,
            held_out=self._held_out(work, pixels),
            crops=crops_sheet(painting, self._painter) if work.request.show_crops else None,
            notes=tuple(work.notes),
        )

    @torch.no_grad()
    def _held_out(self, work: Work, pixels: Pixels) -> float | None:
        """Return the judge's cosine of the whole picture with its prompts, weighed."""
        prompts = [p for p in work.request.prompts if p.text.strip() and p.weight > 0]
        if self._judge is None or not prompts:
            return None
        picture = rearrange(torch.tensor(pixels).float() / 255, "h w c -> 1 c h w")
        size = (self._judge.image_size, self._judge.image_size)
        small = torch.nn.functional.interpolate(picture, size, mode="area")
        seen = self._judge.encode_views(small.to(_device(self._judge)))[0]
        cosines = [p.weight * float(seen @ self._judge.encode_text(p.text)) for p in prompts]
        return sum(cosines) / sum(p.weight for p in prompts)


def _device(perceptor: Perceptor) -> torch.device:
    return next(perceptor.model.parameters()).device


@torch.no_grad()
def crops_sheet(painting: Painting, painter: Painter) -> Pixels:
    """Return the crops of the first, the middle and the last step, a row each, as drawn here.

    They are taken of the picture as it stands, with the painting's seed.
    """
    picture = painter.show(painting, painter.latents(painting, painting.average))
    height, width = picture.shape[-2:]
    generator = torch.Generator().manual_seed(painting.seed)
    size = painter.perceptor.image_size
    rows = []
    for share in _SHOWN_AT:
        views = painting.views_at(generator, share, height, width)
        rows.append(take_views(picture, [views], size=size).clamp(0, 1))
    sheet = [_row(row) for row in rows]
    pixels: Pixels = to_pixels(torch.cat(sheet, dim=1)[None] * 2 - 1)[0]
    return pixels


def _row(crops: Tensor) -> Tensor:
    """Join crops (K, 3, S, S) to a row (3, side, K * side), reduced where they are large."""
    side = min(CROP_SIDE, crops.shape[-1])
    small = torch.nn.functional.interpolate(crops, (side, side), mode="area")
    framed = torch.nn.functional.pad(small, (1, 1, 1, 1), value=1.0)
    return rearrange(framed, "k c h w -> c h (k w)")
