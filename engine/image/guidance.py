"""What a picture should show: prompts as embeddings, and how far a picture is from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from engine.image.cutouts import Box
from engine.image.params import PaintParams

Kind = Literal["prompt", "exclude", "extra", "lettering"]


@dataclass(frozen=True, eq=False)
class Target:
    """One prompt as a perceptor sees it: a unit embedding (D,), its weight and its stop."""

    kind: Kind
    embedding: Tensor
    weight: float = 1.0
    stop: float = float("-inf")


@dataclass(frozen=True, eq=False)
class Focus:
    """A part of a picture and what it should show: a box (centre, sides) and an embedding (D,)."""

    box: Box
    embedding: Tensor


@dataclass(frozen=True, eq=False)
class Guidance:
    """What a picture should show: unit embeddings (P, D), signed weights (P,), stops (P,).

    ``share`` weighs one perceptor's loss against the others'.
    """

    embeddings: Tensor
    weights: Tensor
    stops: Tensor
    foci: tuple[Focus, ...] = ()
    share: float = 1.0

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


def weigh(
    targets: Sequence[Target],
    params: PaintParams,
    *,
    foci: Sequence[Focus] = (),
    share: float = 1.0,
) -> Guidance:
    """Return the guidance of targets, each weighed by its kind.

    In the cosine form the loss is -alpha cos(view, s) + beta cos(view, e), where s is the weighted
    sum of prompts and extras and e that of excludes: a cosine with a sum is a sum of cosines over
    the length of that sum, so that each target keeps a term, and a stop, of its own.
    """
    signed = [_signs(params)[target.kind] * target.weight for target in targets]
    if params.form == "cosine":
        signed = _over_lengths(targets, params)
    embeddings = torch.stack([target.embedding for target in targets])
    return Guidance(
        embeddings,
        torch.tensor(signed, device=embeddings.device),
        torch.tensor([target.stop for target in targets], device=embeddings.device),
        tuple(foci),
        share,
    )


def _signs(params: PaintParams) -> dict[Kind, float]:
    return {
        "prompt": params.alpha,
        "extra": params.gamma,
        "exclude": -params.beta,
        "lettering": -1.0,
    }


def _over_lengths(targets: Sequence[Target], params: PaintParams) -> list[float]:
    """Return weights that make a cosine with each side's weighted sum of embeddings."""
    within: dict[Kind, float] = {"prompt": 1.0, "extra": params.gamma, "exclude": 1.0}
    sides = {"prompt": params.alpha, "extra": params.alpha, "exclude": -params.beta}
    inner = [within.get(target.kind, 1.0) * target.weight for target in targets]
    signed = []
    for target, weight in zip(targets, inner, strict=True):
        if target.kind == "lettering":
            signed.append(-weight)
            continue
        side = sides[target.kind]
        together = [
            w * other.embedding
            for other, w in zip(targets, inner, strict=True)
            if other.kind != "lettering" and sides[other.kind] == side
        ]
        length = float(torch.stack(together).sum(dim=0).norm().clamp_min(1e-6))
        signed.append(side * weight / length)
    return signed


def _distance(cosines: Tensor, form: str) -> Tensor:
    return spherical_distance(cosines) if form == "spherical" else -cosines


def spherical_distance(cosines: Tensor) -> Tensor:
    """Return half the squared angle of unit vectors with these cosines."""
    # Both ends of the arc sine have an infinite slope.
    half_chord = ((1 - cosines) / 2).clamp(1e-7, 1 - 1e-7).sqrt()
    return 2 * torch.asin(half_chord).square()
