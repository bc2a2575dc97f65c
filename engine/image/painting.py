"""One picture at work: latents, optimiser, generator, average, best; nothing is shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from engine.image.cutouts import Views, draw_views
from engine.image.guidance import Focus, Guidance
from engine.image.masks import Region
from engine.image.params import PaintParams
from engine.image.regular import clamp_with_gradient, roughness, total_variation
from engine.image.schedule import Plateau, Size, rate_at, stage_sizes

__all__ = ["LatentSpace", "PaintParams", "Painting", "freedom_map"]

_TENSORS = ("first", "start", "offset", "average", "best_latents", "low", "start_variation")
_NUMBERS = ("precise", "step", "stage", "best_score")


@dataclass(frozen=True, eq=False)
class LatentSpace:
    """A codebook's spread and limits for each channel of latents: (1, C, 1, 1) each."""

    spread: Tensor
    low: Tensor
    high: Tensor

    @classmethod
    def of(cls, codebook: Tensor) -> LatentSpace:
        """Measure a codebook (N, C)."""
        codes = codebook.float()
        measures = (codes.std(dim=0), codes.amin(dim=0), codes.amax(dim=0))
        return cls(*(rearrange(measure, "c -> 1 c 1 1") for measure in measures))


class Painting:
    """One picture at work; ``first`` holds the latents (1, C, h, w) it begins with.

    ``start`` are those that it moves away from: the first ones, until its size grows. It grows to
    ``size`` (h, w) in codes by its params' stages; outside of ``region`` it stays as it is.
    """

    def __init__(
        self,
        first: Tensor,
        guidance: Guidance | Sequence[Guidance],
        params: PaintParams,
        *,
        seed: int,
        size: Size | None = None,
        region: Region | None = None,
    ) -> None:
        """Begin a painting; its guidances are in the order of the painter's perceptors."""
        self.first = first
        self.guidances = (guidance,) if isinstance(guidance, Guidance) else tuple(guidance)
        self.params = params
        self.seed = seed
        self.region = region
        height, width = first.shape[-2:]
        self.sizes = stage_sizes(size or (height, width), params.stages)
        self.precise = False
        self.begin()

    def begin(self) -> None:
        """Go to the start, as at first."""
        self.step = self.stage = 0
        self.generator = torch.Generator().manual_seed(self.seed)
        self._move_from(self.first)

    def go_on_from(self, latents: Tensor) -> None:
        """Go on with the next stage, from latents of its size."""
        self.stage += 1
        self._move_from(latents)

    def _move_from(self, start: Tensor) -> None:
        self.start = start
        # Offsets from the start in units of each channel's spread, before the freedom is applied.
        self.offset = torch.zeros_like(start).requires_grad_(True)
        self.average = torch.zeros_like(start)
        self.freedom = self._freedom()
        self.optimiser: torch.optim.Adam | None = None
        self.plateau = Plateau()
        self.low: Tensor | None = None
        self.start_variation: Tensor | None = None
        self.best_score = float("-inf")
        self.best_latents = start

    def _freedom(self) -> Tensor:
        free = freedom_map(self.start, self.guidance.foci, self.params.background)
        free = free.to(self.start.device)
        if self.region is None:
            return free
        height, width = self.start.shape[-2:]
        return free * self.region.freedom((height, width))

    @property
    def guidance(self) -> Guidance:
        """Return what the first perceptor is to see."""
        return self.guidances[0]

    def draw_views(self, height: int, width: int) -> Views:
        """Draw how a picture of that size is looked at in the next step."""
        return self.views_at(self.generator, self.step / self.params.steps, height, width)

    def views_at(
        self, generator: torch.Generator, progress: float, height: int, width: int
    ) -> Views:
        """Draw how a picture of that size is looked at after a share of the steps."""
        return draw_views(
            generator,
            cuts=self.params.cuts,
            boxes=[focus.box for focus in self.guidance.foci],
            box_cuts=self.params.focus_cuts,
            progress=progress,
            height=height,
            width=width,
            params=self.params.views,
        )

    def latents(self, offset: Tensor, space: LatentSpace) -> Tensor:
        """Return the latents (1, C, h, w) of an offset, within the codebook's limits."""
        moved = self.start + offset * self.freedom * space.spread
        if self.params.limits == "none":
            return moved
        if self.params.limits == "inwards":
            return clamp_with_gradient(moved, space.low, space.high)
        return moved.clamp(space.low, space.high)

    def compose(self, picture: Tensor) -> Tensor:
        """Return a decoded picture (1, 3, H, W) in 0..1 as it is looked at and shown."""
        return picture if self.region is None else self.region.compose(picture)

    def regular_loss(self, picture: Tensor) -> Tensor:
        """Return what keeps the picture (1, 3, H, W) near its start and calm."""
        params, progress = self.params, self.step / self.params.steps
        low, variation = F.avg_pool2d(picture, 16), total_variation(picture)
        if self.low is None or self.start_variation is None:
            self.low, self.start_variation = low.detach(), variation.detach()
        pull = params.pull * (1 + (params.pull_last - 1) * progress)
        loss = pull * self.offset.square().mean()
        loss = loss + params.anchor * F.mse_loss(low, self.low)
        loss = loss + params.variation * (variation - self.start_variation).clamp_min(0).sum()
        return loss + params.smooth * roughness(picture).sum() if params.smooth else loss

    def note_loss(self, loss: Tensor) -> None:
        """Take notice of the loss (a scalar) that the next move is to lessen."""
        if self.params.plateau:
            self.plateau.note(float(loss), least_share=self.params.plateau_least)

    def move(self, gradient: Tensor) -> None:
        """Take one step of Adam."""
        if self.optimiser is None:
            calm = self.params.calm * float(gradient.square().mean().sqrt())
            self.optimiser = self._adam(eps=calm + 1e-12)
        self.optimiser.param_groups[0]["lr"] = rate_at(self.params, self.step)
        self.offset.grad = gradient
        self.optimiser.step()
        self.average.lerp_(self.offset.detach(), 1 - self.params.average)
        self.step += 1

    def _adam(self, *, eps: float) -> torch.optim.Adam:
        rate = self.params.rate
        return torch.optim.Adam([self.offset], lr=rate, betas=(0.9, 0.99), eps=eps, foreach=False)

    @property
    def finished(self) -> bool:
        """Say whether all steps are done, or no more are worth it."""
        return self.step >= self.params.steps or self.settled

    @property
    def settled(self) -> bool:
        """Say whether the loss of the last stage has ceased to fall."""
        patience = self.params.plateau
        return 0 < patience <= self.plateau.idle and self.stage == len(self.sizes) - 1

    @property
    def due_growth(self) -> bool:
        """Say whether the picture is to become larger before its next step."""
        if self.finished or self.stage == len(self.sizes) - 1:
            return False
        patience = self.params.plateau
        over = self.step >= self.params.stages[self.stage].until * self.params.steps
        return over or 0 < patience <= self.plateau.idle

    @property
    def group(self) -> tuple[object, ...]:
        """Return what paintings must have in common to share a forward pass."""
        views = sum(self.guidance.view_counts(self.params))
        return (*self.start.shape, views, self.params.quantise, self.precise)

    def state_dict(self) -> dict[str, Any]:
        """Return all that changes while it is painted, as tensors and plain numbers.

        With the request it was begun for it goes on anywhere, as if it had never stopped.
        """
        state: dict[str, Any] = {name: getattr(self, name) for name in _NUMBERS}
        state |= {f"plateau_{name}": value for name, value in vars(self.plateau).items()}
        tensors = {name: getattr(self, name) for name in _TENSORS}
        tensors["generator"] = self.generator.get_state()
        if self.optimiser is not None:
            state["eps"] = self.optimiser.param_groups[0]["eps"]
            moments = self.optimiser.state[self.offset]
            tensors |= {f"adam_{name}": value for name, value in moments.items()}
        kept = {name: t.detach().clone() for name, t in tensors.items() if t is not None}
        return state | kept

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state; ``KeyError`` or ``ValueError`` where it is not one of this picture's.

        The painting must have been begun for the same request.
        """
        device = self.first.device
        if state["start"].shape[1] != self.first.shape[1]:
            raise ValueError("its latents have other channels")
        for name in _NUMBERS:
            setattr(self, name, type(getattr(self, name))(state[name]))
        if not 0 <= self.stage < len(self.sizes):
            raise ValueError("it has another number of stages")
        for name in _TENSORS:
            value = state.get(name)
            setattr(self, name, None if value is None else value.detach().clone().to(device))
        self.offset.requires_grad_(True)
        self.freedom = self._freedom()
        self.plateau = Plateau(
            float(state["plateau_smoothed"]), float(state["plateau_least"]),
            int(state["plateau_idle"]),
        )  # fmt: skip
        self.generator.set_state(state["generator"])
        self.optimiser = None
        if "eps" in state:
            self.optimiser = self._adam(eps=float(state["eps"]))
            self.optimiser.state[self.offset] = {
                name: state[f"adam_{name}"].clone().to(device if name != "step" else "cpu")
                for name in ("step", "exp_avg", "exp_avg_sq")
            }


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
