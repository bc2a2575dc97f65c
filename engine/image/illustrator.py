"""The illustrator: turns picture requests into previews and finished pictures."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine.image.accents import with_accents
from engine.image.codec import load_vqgan, to_pixels, to_tensor
from engine.image.draft import DraftModel
from engine.image.enlarge import enlarge
from engine.image.layout import Figure, Layout
from engine.image.mentions import in_known_words
from engine.image.perceptor import Perceptor, load_perceptor
from engine.image.picture import (
    MIN_SIDE,
    PictureDone,
    PicturePreview,
    PictureRequest,
    Pixels,
    Prompt,
    check_request,
    decode_picture,
)
from engine.image.styles import find_style
from engine.image.vqgan_clip import Focus, Guidance, Painter, Painting, PaintParams
from engine.machine import bfloat16_is_fast
from engine.models.vqgan import VQGAN

SIDE = 256  # pixels of a picture's sides where the request leaves them open


@dataclass(eq=False)
class _Work:
    """A request at work with its layout and its painting."""

    request: PictureRequest
    layout: Layout
    painting: Painting
    started: float
    done: bool = False


class Illustrator:
    """Holds the resident models of a profile: draft, VQGAN and CLIP."""

    def __init__(
        self,
        vqgan: VQGAN,
        perceptor: Perceptor,
        draft: DraftModel,
        *,
        params: PaintParams | None = None,
        threads: int | None = None,
    ) -> None:
        self.vqgan = vqgan
        self.perceptor = perceptor
        self.drafts = draft
        self.params = params or PaintParams()
        workers = threads or os.cpu_count() or 1
        self.painter = Painter(vqgan, perceptor, workers=workers, reduced=bfloat16_is_fast())

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None) -> Illustrator:
        """Load ``clip.*``, ``vqgan.*`` and ``draft.*`` from a folder; ``ModelFileError`` if bad.

        ``threads`` is the number of pictures painted side by side, by default that of the cores;
        it has no influence on the pictures, which depend on the kind of CPU only.
        """
        return cls(
            load_vqgan(folder), load_perceptor(folder), DraftModel.load(folder), threads=threads
        )

    def lay_out(self, request: PictureRequest) -> Layout:
        """Return what will stand where in a request's picture (no painting yet)."""
        return self.painter.submit(self._lay_out, request).result()

    def _lay_out(self, request: PictureRequest) -> Layout:
        if request.layout is not None:
            return request.layout
        text = ", ".join(p.text for p in self._wanted(request))
        return self.drafts.lay_out(text, seed=request.seed, previous=request.previous)

    def paint(
        self,
        requests: Sequence[PictureRequest],
        *,
        preview_seconds: float,
        should_stop: Callable[[], bool],
    ) -> Iterator[PicturePreview | PictureDone]:
        """Paint all requests in one batch, each as if it were alone.

        First comes a preview of each draft (step 0), then previews of all every
        ``preview_seconds`` (0: none), then a ``PictureDone`` for each. When ``should_stop`` answers
        true the iterator ends within one step.
        """
        for request in requests:
            self._check(request)
        begun = [self.painter.submit(self._begin, request) for request in requests]
        works: list[_Work] = []
        for future in begun:
            if should_stop():
                for other in begun:
                    other.cancel()
                return
            works.append(future.result())
            yield from self.painter.map(self._preview, works[-1:])
        yield from self._run(works, preview_seconds, should_stop)

    def _run(
        self, works: list[_Work], preview_seconds: float, should_stop: Callable[[], bool]
    ) -> Iterator[PicturePreview | PictureDone]:
        shown = time.monotonic()
        while not all(work.done for work in works):
            if should_stop():
                return
            self.painter.step([work.painting for work in works])
            ready = [work for work in works if work.painting.finished and not work.done]
            yield from self.painter.map(self._finish, ready)
            if 0 < preview_seconds <= time.monotonic() - shown:
                going_on = [work for work in works if not work.done]
                yield from self.painter.map(self._preview, going_on)
                shown = time.monotonic()

    def _check(self, request: PictureRequest) -> None:
        check_request(request, factor=self.vqgan.params.factor)
        find_style(request.style)
        if request.init_image:
            # Before anything is painted, not in the middle of it.
            decode_picture(request.init_image, width=MIN_SIDE, height=MIN_SIDE)

    def _wanted(self, request: PictureRequest) -> list[Prompt]:
        """Return the prompts that are not blank, in the request's style."""
        style = find_style(request.style)
        prompts = [p for p in request.prompts if p.text.strip()]
        return [replace(p, text=style.apply(p.text)) for p in prompts]

    def _size(self, request: PictureRequest) -> tuple[int, int]:
        """Return the width and height in pixels."""
        return request.width or SIDE, request.height or SIDE

    def _begin(self, request: PictureRequest) -> _Work:
        started = time.monotonic()
        layout = self._lay_out(request)
        params = replace(
            self.params,
            steps=request.steps or self.params.steps,
            cuts=request.cuts or self.params.cuts,
        )
        painting = Painting(
            self._start(request, layout), self._guidance(request, layout), params, seed=request.seed
        )
        self.painter.judge(painting)
        return _Work(request, layout, painting, started)

    @torch.inference_mode()
    def _start(self, request: PictureRequest, layout: Layout) -> Tensor:
        """Return the first latents (1, C, h, w): of the given picture, else of a draft."""
        width, height = self._size(request)
        if request.init_image:
            codes = self._encode(decode_picture(request.init_image, width=width, height=height))
        else:
            codes = self._draft(layout, request.seed, width, height)
        return self.vqgan.codes_to_latents(codes.long()).float()

    def _draft(self, layout: Layout, seed: int, width: int, height: int) -> Tensor:
        """Return the codes (1, h, w) of a draft, drawn at the model's own scale.

        Its shorter side is what the model was trained at; from there it is enlarged, its figures
        drawn anew, or reduced.
        """
        layout = with_accents(layout, seed=seed)
        factor, usual = self.vqgan.params.factor, self.vqgan.params.resolution
        scale = usual / min(width, height)
        rows, columns = (2 * round(side * scale / factor / 2) for side in (height, width))
        codes = torch.from_numpy(self.drafts.draw([layout], [seed], (rows, columns))[0])[None]
        wanted = (height // factor, width // factor)
        if (rows, columns) == wanted:
            return codes
        if scale > 1:
            return self._encode(self._resized(codes, width, height))
        even = (wanted[0] + wanted[0] % 2, wanted[1] + wanted[1] % 2)
        large = enlarge(self.vqgan, self.drafts, layout, codes, size=even, seed=seed)
        return large[:, : wanted[0], : wanted[1]]

    def _resized(self, codes: Tensor, width: int, height: int) -> Pixels:
        """Decode codes (1, h, w) to pixels (height, width, 3)."""
        pixels = to_pixels(self.vqgan.decode(self.vqgan.codes_to_latents(codes)))[0]
        image = Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS)
        return np.asarray(image)

    def _encode(self, pixels: Pixels) -> Tensor:
        """Return the codes (1, h, w) of pixels (H, W, 3)."""
        return self.vqgan.nearest(self.vqgan.encode(to_tensor(pixels[None])))

    def _guidance(self, request: PictureRequest, layout: Layout) -> Guidance:
        """Encode all prompts of a request, with the weights of their kinds, and its figures."""
        p = self.params
        weighted = [
            *((prompt, p.alpha * prompt.weight) for prompt in self._wanted(request)),
            *((prompt, p.gamma * prompt.weight) for prompt in request.extra),
            *((prompt, -p.beta * prompt.weight) for prompt in request.exclude),
        ]
        kept = [(prompt, weight) for prompt, weight in weighted if prompt.text.strip()]
        return Guidance(
            torch.stack([self._encode_text(prompt.text) for prompt, _ in kept]),
            torch.tensor([weight for _, weight in kept]),
            torch.tensor([prompt.stop for prompt, _ in kept]),
            # In a given picture nobody knows where the figures are.
            () if request.init_image else tuple(self._focus(figure) for figure in layout.figures),
        )

    def _encode_text(self, text: str) -> Tensor:
        """Encode a prompt in words that the perceptor was taught."""
        return self.perceptor.encode_text(in_known_words(text))

    def _focus(self, figure: Figure) -> Focus:
        """Return the part of a picture that one figure of its layout takes, and its words."""
        words = " ".join(word for word in (figure.colour, figure.subject) if word)
        article = "an" if words[0] in "aeiou" else "a"
        box = (figure.x, figure.y, figure.width, figure.height)
        return Focus(box, self.perceptor.encode_text(f"{article} {words}"))

    def _preview(self, work: _Work) -> PicturePreview:
        painting = work.painting
        latents = self.painter.latents(painting, painting.average)
        return PicturePreview(
            work.request.key, painting.step, painting.params.steps,
            self.painter.score(painting, latents), self.painter.pixels(painting, latents),
        )  # fmt: skip

    def _finish(self, work: _Work) -> PictureDone:
        work.done = True
        painting = work.painting
        codes = self.vqgan.nearest(painting.best_latents)[0]
        return PictureDone(
            key=work.request.key,
            pixels=self.painter.pixels(painting, painting.best_latents),
            codes=codes.cpu().numpy().astype(np.int32),
            steps=painting.params.steps,
            score=painting.best_score,
            layout=work.layout,
            seconds=time.monotonic() - work.started,
        )
