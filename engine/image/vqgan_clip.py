"""The VQGAN+CLIP loop (Crowson et al. 2022): latents move until the perceptor sees the prompts.

A painting carries all of its own state: latents, optimiser, generator, average, best picture. Those
that are at work share steps, and each goes on as if it were alone. On a CPU every forward pass has
one picture and one thread, several passes running side by side, because the kernels' rounding
depends on the batch and on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, TypeVar

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from engine.image.codec import to_pixels
from engine.image.cutouts import (
    CutoutParams,
    brightness_factors,
    draw_box_homographies,
    draw_homographies,
    fixed_homographies,
    sample_views,
)
from engine.image.perceptor import Perceptor
from engine.image.picture import Pixels
from engine.models.vqgan import VQGAN

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class PaintParams:
    """How a picture is optimised.

    ``rate`` and ``pull`` are in units of the codebook's standard deviation per channel. The pull
    towards the start falls to ``pull_last`` of itself; ``anchor`` holds the start's colours at low
    resolution; ``variation`` is the weight of total variation beyond the start's own.
    ``quantise`` decodes the nearest codes with a straight-through gradient, else the latents as
    they are. ``alpha``, ``beta`` and ``gamma`` weigh prompts, excludes and extras; ``delta`` the
    foci, each of which gets ``focus_cuts`` views of its own. Where there are foci, what lies
    outside of them moves by ``background`` as much. ``calm`` holds back latents whose gradient is
    small, as a share of the first gradient's root mean square; plain Adam moves all alike.
    """

    steps: int = 24
    cuts: int = 12
    rate: float = 0.03
    pull: float = 0.3
    pull_last: float = 0.3
    anchor: float = 20.0
    variation: float = 2.0
    average: float = 0.85
    quantise: bool = False
    form: Literal["spherical", "cosine"] = "spherical"
    alpha: float = 1.0
    beta: float = 0.5
    gamma: float = 0.5
    delta: float = 0.5
    focus_cuts: int = 3
    background: float = 0.4
    calm: float = 1.0
    judge_every: int = 10
    views: CutoutParams = field(default_factory=CutoutParams)


@dataclass(frozen=True, eq=False)
class Focus:
    """A part of a picture and what it should show: a box (centre, sides) and an embedding (D,)."""

    box: tuple[float, float, float, float]
    embedding: Tensor


@dataclass(frozen=True, eq=False)
class Guidance:
    """What a picture should show: unit embeddings (P, D), signed weights (P,), stops (P,)."""

    embeddings: Tensor
    weights: Tensor
    stops: Tensor
    foci: tuple[Focus, ...] = ()

    def loss(self, views: Tensor, params: PaintParams) -> Tensor:
        """Return the loss of view embeddings: those of the whole, then those of each focus."""
        wholes, *parts = views.split(self.view_counts(params))  # type: ignore[no-untyped-call]
        loss = self._prompts_loss(wholes, params.form)
        for focus, part in zip(self.foci, parts, strict=True):
            cosines = part @ focus.embedding
            loss = loss + params.delta * _distance(cosines, params.form).mean() / len(parts)
        return loss

    def view_counts(self, params: PaintParams) -> list[int]:
        """Return the number of views of the whole picture, then of each focus."""
        return [params.cuts, *(params.focus_cuts for _ in self.foci)]

    def _prompts_loss(self, views: Tensor, form: str) -> Tensor:
        terms = _distance(views @ self.embeddings.T, form).mean(dim=0) * self.weights
        # Past its stop a prompt keeps its value but no longer pushes.
        return torch.where(terms > self.stops, terms, terms.detach()).sum()

    def score(self, views: Tensor) -> float:
        """Return the mean cosine of views (K, D) with the prompts that are wanted."""
        wanted = self.weights.clamp_min(0)
        cosines = (views @ self.embeddings.T).mean(dim=0)
        return float((cosines * wanted).sum() / wanted.sum().clamp_min(1e-8))


def _distance(cosines: Tensor, form: str) -> Tensor:
    return spherical_distance(cosines) if form == "spherical" else -cosines


def spherical_distance(cosines: Tensor) -> Tensor:
    """Return half the squared angle of unit vectors with these cosines."""
    # Both ends of the arc sine have an infinite slope.
    half_chord = ((1 - cosines) / 2).clamp(1e-7, 1 - 1e-7).sqrt()
    return 2 * torch.asin(half_chord).square()


class _ClampWithGradient(torch.autograd.Function):
    """Clamp to 0..1; the gradient passes where it pushes inwards."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp(0, 1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        (gradient,) = gradients
        inwards: Tensor = gradient * (gradient * (x - x.clamp(0, 1)) >= 0)
        return inwards


def clamp_with_gradient(x: Tensor) -> Tensor:
    """Clamp to 0..1, with a gradient for values outside that would come back in."""
    clamped: Tensor = _ClampWithGradient.apply(x)  # type: ignore[no-untyped-call]
    return clamped


def total_variation(pictures: Tensor) -> Tensor:
    """Return the mean absolute difference of neighbouring pixels of each picture (B, 3, H, W)."""
    down = (pictures[..., 1:, :] - pictures[..., :-1, :]).abs().mean(dim=(1, 2, 3))
    across = (pictures[..., 1:] - pictures[..., :-1]).abs().mean(dim=(1, 2, 3))
    return down + across


class Painting:
    """One picture at work; ``start`` holds its latents (1, C, h, w)."""

    def __init__(
        self, start: Tensor, guidance: Guidance, params: PaintParams, *, seed: int
    ) -> None:
        self.start = start
        self.guidance = guidance
        self.params = params
        self.seed = seed
        self.precise = False
        self.begin()

    def begin(self) -> None:
        """Go to the start, as at first."""
        self.step = 0
        # Offsets from the start in units of each channel's spread, before the freedom is applied.
        self.freedom = freedom_map(self.start, self.guidance.foci, self.params.background)
        self.offset = torch.zeros_like(self.start).requires_grad_(True)
        self.average = torch.zeros_like(self.start)
        self.generator = torch.Generator().manual_seed(self.seed)
        self.low: Tensor | None = None
        self.start_variation: Tensor | None = None
        self.best_score = float("-inf")
        self.best_latents = self.start

    def move(self, gradient: Tensor) -> None:
        """Take one step of Adam."""
        if self.step == 0:
            calm = self.params.calm * float(gradient.square().mean().sqrt())
            self.optimiser = torch.optim.Adam(
                [self.offset], lr=self.params.rate, betas=(0.9, 0.99), eps=calm + 1e-12,
                foreach=False,
            )  # fmt: skip
        self.offset.grad = gradient
        self.optimiser.step()
        self.average.lerp_(self.offset.detach(), 1 - self.params.average)
        self.step += 1

    @property
    def finished(self) -> bool:
        """Say whether all steps are done."""
        return self.step >= self.params.steps

    @property
    def group(self) -> tuple[object, ...]:
        """Return what paintings must have in common to share a forward pass."""
        views = sum(self.guidance.view_counts(self.params))
        return (*self.start.shape, views, self.params.quantise, self.precise)


def freedom_map(start: Tensor, foci: Sequence[Focus], background: float) -> Tensor:
    """Return how freely latents (1, C, h, w) move: (1, 1, h, w), 1 in foci, less elsewhere."""
    height, width = start.shape[-2:]
    if not foci:
        return torch.ones(1, 1, height, width)
    y = ((torch.arange(height) + 0.5) / height)[:, None]
    x = ((torch.arange(width) + 0.5) / width)[None, :]
    free = torch.full((height, width), background)
    for focus in foci:
        centre_x, centre_y, box_width, box_height = focus.box
        beyond = torch.maximum(
            (x - centre_x).abs() - box_width / 2, (y - centre_y).abs() - box_height / 2
        )
        # A soft edge of a tenth of the picture.
        inside = (1 - beyond.clamp_min(0) / 0.1).clamp_min(0)
        free = torch.maximum(free, background + (1 - background) * inside)
    return rearrange(free, "h w -> 1 1 h w")


class Painter:
    """Runs the loop over any number of paintings with one VQGAN and one perceptor.

    ``chunk`` is the number of pictures a forward pass, ``workers`` the number of passes side by
    side, each in one thread: it changes the time, never the pictures. ``reduced`` computes in
    bfloat16, and a picture that is not finite is begun again in float32.
    """

    def __init__(
        self,
        vqgan: VQGAN,
        perceptor: Perceptor,
        *,
        chunk: int = 1,
        workers: int = 1,
        reduced: bool = False,
    ) -> None:
        self.vqgan = vqgan
        self.perceptor = perceptor
        self.chunk = chunk
        self.reduced = reduced
        codebook = vqgan.codebook.float()
        self.spread = rearrange(codebook.std(dim=0), "c -> 1 c 1 1")
        self.low = rearrange(codebook.amin(dim=0), "c -> 1 c 1 1")
        self.high = rearrange(codebook.amax(dim=0), "c -> 1 c 1 1")
        self._pool = ThreadPoolExecutor(
            workers, "painter", initializer=torch.set_num_threads, initargs=(1,)
        )

    def submit(self, function: Callable[[T], R], item: T) -> Future[R]:
        """Do something in one of the painter's threads."""
        return self._pool.submit(function, item)

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Do something with each item in the painter's threads; return the results in order."""
        return list(self._pool.map(function, items))

    def step(self, paintings: Sequence[Painting]) -> None:
        """Take one step of all paintings that are not finished."""
        working = [p for p in paintings if not p.finished]
        chunks = []
        for _, members in groupby(sorted(working, key=_group_key), key=_group_key):
            group = list(members)
            chunks += [group[i : i + self.chunk] for i in range(0, len(group), self.chunk)]
        self.map(self._step_chunk, chunks)

    def latents(self, painting: Painting, offset: Tensor) -> Tensor:
        """Return the latents (1, C, h, w) of an offset, within the codebook's limits."""
        moved = painting.start + offset * painting.freedom * self.spread
        return moved.clamp(self.low, self.high)

    def decode(self, latents: Tensor, *, quantise: bool, precise: bool = False) -> Tensor:
        """Decode latents (B, C, h, w) to pictures (B, 3, H, W) about 0..1, in float32."""
        if quantise:
            latents, _ = self.vqgan.quantise(latents)
        with self._precision(precise):
            decoded = self.vqgan.decode(latents)
        return (decoded.float() + 1) / 2

    def encode_views(self, views: Tensor, *, precise: bool = False) -> Tensor:
        """Return embeddings (N, D) of views (N, 3, S, S) in 0..1."""
        with self._precision(precise):
            return self.perceptor.encode_views(views)

    def _precision(self, precise: bool) -> torch.autocast:
        device = self.spread.device.type
        return torch.autocast(device, torch.bfloat16, enabled=self.reduced and not precise)

    def _step_chunk(self, chunk: list[Painting]) -> None:
        params, precise = chunk[0].params, chunk[0].precise
        latents = torch.cat([self.latents(p, p.offset) for p in chunk])
        pictures = clamp_with_gradient(
            self.decode(latents, quantise=params.quantise, precise=precise)
        )
        views = self._views(chunk, pictures)
        embedded = self.encode_views(views, precise=precise).chunk(len(chunk))
        losses = [
            p.guidance.loss(e, p.params) + self._regular(p, picture)
            for p, e, picture in zip(chunk, embedded, torch.split(pictures, 1), strict=True)
        ]
        gradients = torch.autograd.grad(torch.stack(losses).sum(), [p.offset for p in chunk])
        for painting, gradient in zip(chunk, gradients, strict=True):
            self._move(painting, gradient)

    def _views(self, chunk: list[Painting], pictures: Tensor) -> Tensor:
        """Draw and take the views (B · K, 3, S, S) of a chunk, each from its own generator."""
        height, width = pictures.shape[-2:]
        matrices = [_draw_views(p, height, width) for p in chunk]
        factors = [brightness_factors(p.generator, len(matrices[0]), p.params.views) for p in chunk]
        homographies = torch.stack(matrices).to(pictures.device)
        views = sample_views(pictures, homographies, size=self.perceptor.image_size)
        return views * rearrange(torch.cat(factors), "n -> n 1 1 1").to(views)

    def _regular(self, painting: Painting, picture: Tensor) -> Tensor:
        """Return what keeps a picture (1, 3, H, W) near its start and calm."""
        params, progress = painting.params, painting.step / painting.params.steps
        low, variation = F.avg_pool2d(picture, 16), total_variation(picture)
        if painting.low is None or painting.start_variation is None:
            painting.low, painting.start_variation = low.detach(), variation.detach()
        pull = params.pull * (1 + (params.pull_last - 1) * progress)
        loss = pull * painting.offset.square().mean()
        loss = loss + params.anchor * F.mse_loss(low, painting.low)
        return loss + params.variation * (variation - painting.start_variation).clamp_min(0).sum()

    def _move(self, painting: Painting, gradient: Tensor) -> None:
        """Let the optimiser take a step, then judge; what is not finite begins again, precisely."""
        if not bool(gradient.isfinite().all()):
            if painting.precise:
                painting.step = painting.params.steps
                return
            painting.precise = True
            painting.begin()
            return
        painting.move(gradient)
        if painting.finished or painting.step % painting.params.judge_every == 0:
            self.judge(painting)

    @torch.no_grad()
    def judge(self, painting: Painting) -> None:
        """Keep the average picture where it scores best so far."""
        latents = self.latents(painting, painting.average)
        score = self.score(painting, latents)
        if score > painting.best_score:
            painting.best_score, painting.best_latents = score, latents

    @torch.no_grad()
    def score(self, painting: Painting, latents: Tensor) -> float:
        """Return the mean cosine of the wanted prompts with fixed views of a picture."""
        picture = self.show(painting, latents)
        matrices = fixed_homographies(*picture.shape[-2:]).to(picture.device)
        views = sample_views(picture, matrices[None], size=self.perceptor.image_size)
        return painting.guidance.score(self.encode_views(views, precise=painting.precise))

    @torch.no_grad()
    def show(self, painting: Painting, latents: Tensor) -> Tensor:
        """Decode latents (1, C, h, w) as the painting shows them: (1, 3, H, W) in 0..1."""
        picture = self.decode(latents, quantise=painting.params.quantise, precise=painting.precise)
        return picture.clamp(0, 1)

    def pixels(self, painting: Painting, latents: Tensor) -> Pixels:
        """Return the bytes (H, W, 3) of a painting's latents."""
        pixels: Pixels = to_pixels(self.show(painting, latents) * 2 - 1)[0]
        return pixels


def _draw_views(painting: Painting, height: int, width: int) -> Tensor:
    """Draw the homographies (K, 3, 3) of a painting's next step: of the whole and of its foci."""
    p, generator = painting.params, painting.generator
    wholes = draw_homographies(
        generator, cuts=p.cuts, progress=painting.step / p.steps,
        height=height, width=width, params=p.views,
    )  # fmt: skip
    parts = [
        draw_box_homographies(
            generator, box=focus.box, cuts=p.focus_cuts, height=height, width=width, params=p.views
        )
        for focus in painting.guidance.foci
    ]
    return torch.cat([wholes, *parts])


def _group_key(painting: Painting) -> str:
    return repr(painting.group)
