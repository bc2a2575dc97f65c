"""Where a picture begins: a draft, a given picture, another one's latents, or next to nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from engine.image.accents import with_accents
from engine.image.codec import to_pixels, to_tensor
from engine.image.draft import DraftModel
from engine.image.enlarge import enlarge
from engine.image.filling import fill_in
from engine.image.layout import Layout
from engine.image.masks import Region, extended, hidden_codes
from engine.image.moonlight import moonlit
from engine.image.params import PaintParams
from engine.image.picture import PictureRequest, Pixels, decode_mask, decode_picture
from engine.image.requests import SIDE, picture_size
from engine.image.schedule import Size, stage_sizes
from engine.models.backdrops import Frame
from engine.models.vqgan import VQGAN

_CLOUDS = 4  # codes across: patches of colour in a start from pixels


@dataclass(frozen=True, eq=False)
class Beginning:
    """First latents (1, C, h, w), the whole size in codes, what may change, and the layout."""

    latents: Tensor
    size: Size
    layout: Layout
    region: Region | None = None


class Starts:
    """Makes the first latents of pictures with a VQGAN and, where there is one, a draft model."""

    def __init__(self, vqgan: VQGAN, drafts: DraftModel | None, *, side: int = SIDE) -> None:
        self.vqgan = vqgan
        self.drafts = drafts
        self.side = side

    @property
    def device(self) -> torch.device:
        """Return where the VQGAN computes."""
        return self.vqgan.codebook.device

    @cached_property
    def factor(self) -> int:
        """Return the number of pixels a code is wide."""
        return self.vqgan.params.factor

    @torch.no_grad()
    def begin(self, request: PictureRequest, params: PaintParams, layout: Layout) -> Beginning:
        """Return where a checked request's picture begins."""
        if request.changes_part:
            begun = self._part(request, params, layout)
        else:
            begun = self._whole(request, params, layout)
        sizes = stage_sizes(begun.size, params.stages)
        if sizes[0] != begun.size:
            begun = replace(begun, latents=self._scaled(begun.latents, sizes[0]))
        return replace(begun, latents=begun.latents.float())

    def _whole(self, request: PictureRequest, params: PaintParams, layout: Layout) -> Beginning:
        width, height = picture_size(request, self.factor, self.side)
        size = (height // self.factor, width // self.factor)
        if request.given:
            latents = self._given(request, width, height)
        elif params.start == "draft" and self.drafts is not None:
            shown = with_accents(layout, seed=request.seed)
            codes = self._draft(self.drafts, shown, request.seed, width, height)
            latents = moonlit(self.vqgan, codes, shown, self.drafts.lights(codes, shown))
        else:
            latents = self._from_nothing(params.start, request.seed, size)
        return Beginning(latents, size, layout)

    def _given(self, request: PictureRequest, width: int, height: int) -> Tensor:
        if request.codes is not None:
            latents = self._look_up(torch.from_numpy(request.codes.astype(np.int64))[None])
            return self._scaled(latents, (height // self.factor, width // self.factor))
        pixels = decode_picture(request.init_image, width=width, height=height)
        return self._look_up(self._encode(pixels))

    def _from_nothing(self, start: str, seed: int, size: Size) -> Tensor:
        """Return latents of random codes, clouds of random colours, or a run of two colours."""
        generator = torch.Generator().manual_seed(seed)
        if start == "pixels":
            noise = torch.rand(1, 3, _CLOUDS, _CLOUDS, generator=generator)
            return self._of_picture(_scaled_pixels(noise, self._pixels(size)))
        if start == "gradient":
            corners = torch.rand(1, 3, 2, 2, generator=generator)
            return self._of_picture(_scaled_pixels(corners, self._pixels(size)))
        codes = torch.randint(len(self.vqgan.codebook), (1, *size), generator=generator)
        return self._look_up(codes)

    def _part(self, request: PictureRequest, params: PaintParams, layout: Layout) -> Beginning:
        """Return a given picture with a hole, filled so far as can be done at once."""
        pixels, mask = self._canvas(request)
        size = (mask.shape[0] // self.factor, mask.shape[1] // self.factor)
        region = Region.of(mask, pixels, self.vqgan.codebook.device)
        codes = self._encode(pixels)
        hidden = torch.from_numpy(hidden_codes(mask, self.factor))[None].to(self.device)
        layout = _within(layout, mask) if request.mask else replace(layout, figures=())
        if params.start == "draft" and self.drafts is not None:
            text = ", ".join(prompt.text for prompt in request.prompts)
            codes, layout = fill_in(
                self.drafts, layout, codes, hidden, seed=request.seed, text=text,
                frame=self._frame(request, size),
            )  # fmt: skip
        elif params.start in ("codes", "pixels", "gradient"):
            new = self.vqgan.nearest(self._from_nothing(params.start, request.seed, size))
            codes = torch.where(hidden.to(codes.device), new, codes)
        return Beginning(self._look_up(codes), size, layout, region)

    def _frame(self, request: PictureRequest, size: Size) -> Frame | None:
        """Return where the given picture lies in codes, where its canvas is enlarged."""
        left, top, right, bottom = (margin // self.factor for margin in request.extend)
        inner = (size[1] - left - right, size[0] - top - bottom)
        return (left, top, *inner) if any(request.extend) else None

    def _canvas(self, request: PictureRequest) -> tuple[Pixels, NDArray[np.uint8]]:
        """Return the given picture, its canvas enlarged, and the mask of what may change."""
        width, height = picture_size(request, self.factor, self.side)
        if request.codes is not None:
            pixels = self._resized(self._given(request, width, height))
        else:
            pixels = decode_picture(request.init_image, width=width, height=height)
        canvas, mask = extended(pixels, request.extend, seam=self.factor)
        if request.mask:
            left, top = request.extend[:2]
            own = decode_mask(request.mask, width=width, height=height)
            inner = mask[top : top + height, left : left + width]
            np.maximum(inner, own, out=inner)
        return canvas, mask

    def _draft(
        self, drafts: DraftModel, layout: Layout, seed: int, width: int, height: int
    ) -> Tensor:
        """Return the codes (1, h, w) of a draft, drawn at the model's own scale.

        Its shorter side is what the model was trained at; from there it is enlarged, its figures
        drawn anew, or reduced.
        """
        scale = self.vqgan.params.resolution / min(width, height)
        rows, columns = (2 * round(side * scale / self.factor / 2) for side in (height, width))
        codes = torch.from_numpy(drafts.draw([layout], [seed], (rows, columns))[0])[None]
        wanted = (height // self.factor, width // self.factor)
        if (rows, columns) == wanted:
            return codes
        if scale > 1:
            return self._encode(self._resized(self._look_up(codes), (width, height)))
        even = (wanted[0] + wanted[0] % 2, wanted[1] + wanted[1] % 2)
        large = enlarge(self.vqgan, drafts, layout, codes, size=even, seed=seed)
        return large[:, : wanted[0], : wanted[1]]

    def _scaled(self, latents: Tensor, size: Size) -> Tensor:
        """Return latents (1, C, h, w) of the same picture at another size."""
        if latents.shape[-2:] == size:
            return latents
        height, width = self._pixels(size)
        return self._look_up(self._encode(self._resized(latents, (width, height))))

    def _pixels(self, size: Size) -> Size:
        return size[0] * self.factor, size[1] * self.factor

    def _resized(self, latents: Tensor, size: tuple[int, int] | None = None) -> Pixels:
        """Decode latents (1, C, h, w) to pixels, scaled to a width and height."""
        pixels: Pixels = to_pixels(self.vqgan.decode(latents))[0]
        if size is None:
            return pixels
        return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))

    def _of_picture(self, picture: Tensor) -> Tensor:
        """Return the latents of the codes of a picture (1, 3, H, W) in 0..1."""
        return self._look_up(self.vqgan.nearest(self.vqgan.encode(picture.to(self.device) * 2 - 1)))

    def _encode(self, pixels: Pixels) -> Tensor:
        """Return the codes (1, h, w) of pixels (H, W, 3)."""
        return self.vqgan.nearest(self.vqgan.encode(to_tensor(pixels[None]).to(self.device)))

    def _look_up(self, codes: Tensor) -> Tensor:
        return self.vqgan.codes_to_latents(codes.long().to(self.vqgan.codebook.device))


def _scaled_pixels(picture: Tensor, size: Size) -> Tensor:
    return F.interpolate(picture, size, mode="bicubic", align_corners=True).clamp(0, 1)


def _within(layout: Layout, mask: NDArray[np.uint8]) -> Layout:
    """Move a layout's figures into the part of a picture that changes."""
    rows, columns = (np.flatnonzero(mask.max(axis=axis)) for axis in (1, 0))
    top, bottom = rows[0] / mask.shape[0], (rows[-1] + 1) / mask.shape[0]
    left, right = columns[0] / mask.shape[1], (columns[-1] + 1) / mask.shape[1]
    figures = layout.figures
    if not figures:
        return layout
    first_x = min(f.x - f.width / 2 for f in figures)
    last_x = max(f.x + f.width / 2 for f in figures)
    first_y = min(f.y - f.height / 2 for f in figures)
    last_y = max(f.y + f.height / 2 for f in figures)
    scale = 0.92 * min((right - left) / (last_x - first_x), (bottom - top) / (last_y - first_y))
    middle_x, middle_y = (first_x + last_x) / 2, (first_y + last_y) / 2
    moved = tuple(
        replace(
            f,
            x=float((left + right) / 2 + (f.x - middle_x) * scale),
            y=float((top + bottom) / 2 + (f.y - middle_y) * scale),
            width=float(f.width * scale),
            height=float(f.height * scale),
        )
        for f in figures
    )
    return replace(layout, figures=moved)
