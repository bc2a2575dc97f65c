"""How far pictures are from their prompts, looked at in one go or in stages of a few views.

In stages the perceptors' gradients are gathered in the picture before the decoder's one backward
pass, so that memory is bounded whatever the number of views.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from einops import rearrange
from torch import Tensor

from engine.image.cutouts import Views
from engine.image.guidance import Guidance
from engine.image.painting import Painting
from engine.image.perceptor import Perceptor


class Looker(Protocol):
    """What looks at views of pictures: a painter."""

    perceptors: tuple[Perceptor, ...]

    def look(
        self, perceptor: Perceptor, pictures: Tensor, drawn: Sequence[Views], *, precise: bool
    ) -> Tensor:
        """Return embeddings (B * K, D) of the drawn views of pictures (B, 3, H, W)."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Each picture's loss, and a ``surrogate`` that is 0 and has the gradient the losses lack."""

    losses: list[Tensor]
    surrogate: Tensor


def seen_at_once(
    looker: Looker, chunk: Sequence[Painting], pictures: Tensor, drawn: Sequence[Views]
) -> Seen:
    """Look at all views of pictures (B, 3, H, W) in one go; the losses carry the gradient."""
    precise = chunk[0].precise
    losses = [pictures.new_zeros(())] * len(chunk)
    for index, perceptor in enumerate(looker.perceptors):
        embedded = looker.look(perceptor, pictures, drawn, precise=precise).chunk(len(chunk))
        for place, (painting, seen) in enumerate(zip(chunk, embedded, strict=True)):
            losses[place] = losses[place] + _loss(painting, index, seen)
    return Seen(losses, pictures.new_zeros(()))


def seen_in_stages(
    looker: Looker,
    chunk: Sequence[Painting],
    pictures: Tensor,
    drawn: Sequence[Views],
    *,
    most: int,
) -> Seen:
    """Look at ``most`` views of each picture (B, 3, H, W) at a time; losses have no gradient."""
    leaf = pictures.detach().requires_grad_(True)
    total = torch.zeros_like(leaf)
    losses = [leaf.new_zeros(())] * len(chunk)
    for index, perceptor in enumerate(looker.perceptors):
        stages = _Stages(looker, perceptor, index, chunk, leaf, drawn, most)
        embedded, slope = stages.in_one_pass() if stages.separable else stages.in_two_passes()
        total += slope
        for place, painting in enumerate(chunk):
            losses[place] = losses[place] + _loss(painting, index, embedded[place]).detach()
    surrogate = (pictures * total).sum()
    return Seen(losses, surrogate - surrogate.detach())


def _loss(painting: Painting, index: int, embedded: Tensor) -> Tensor:
    guidance: Guidance = painting.guidances[index]
    return guidance.share * guidance.loss(embedded, painting.params)


@dataclass(frozen=True, eq=False)
class _Stages:
    """One perceptor's look at a chunk of pictures, some views at a time."""

    looker: Looker
    perceptor: Perceptor
    index: int
    chunk: Sequence[Painting]
    pictures: Tensor
    drawn: Sequence[Views]
    most: int

    @property
    def separable(self) -> bool:
        """Whether a view's gradient is the same whatever the others show: where nothing rests."""
        return not any(
            bool(painting.guidances[self.index].stops.isfinite().any()) for painting in self.chunk
        )

    def in_one_pass(self) -> tuple[Tensor, Tensor]:
        """Return embeddings (B, K, D) and the gradient in the pictures, view by view."""
        parts, total = [], torch.zeros_like(self.pictures)
        for first, last in self._spans():
            part = self._look(first, last)
            losses = [
                _loss(p, self.index, self._among_blanks(own, first, last))
                for p, own in zip(self.chunk, part, strict=True)
            ]
            total += torch.autograd.grad(torch.stack(losses).sum(), self.pictures)[0]
            parts.append(part.detach())
        return torch.cat(parts, dim=1), total

    def in_two_passes(self) -> tuple[Tensor, Tensor]:
        """Do the same where one view's gradient depends on all: look first, then once more."""
        with torch.no_grad():
            looked = [self._look(first, last) for first, last in self._spans()]
        embedded = torch.cat(looked, dim=1).requires_grad_(True)
        losses = [_loss(p, self.index, own) for p, own in zip(self.chunk, embedded, strict=True)]
        (slopes,) = torch.autograd.grad(torch.stack(losses).sum(), embedded)
        total = torch.zeros_like(self.pictures)
        for first, last in self._spans():
            part = self._look(first, last)
            total += torch.autograd.grad(part, self.pictures, slopes[:, first:last])[0]
        return embedded.detach(), total

    def _spans(self) -> list[tuple[int, int]]:
        count = len(self.drawn[0])
        return [(i, min(i + self.most, count)) for i in range(0, count, self.most)]

    def _look(self, first: int, last: int) -> Tensor:
        """Return embeddings (B, k, D) of some views."""
        part = [views.part(first, last) for views in self.drawn]
        precise = self.chunk[0].precise
        seen = self.looker.look(self.perceptor, self.pictures, part, precise=precise)
        return rearrange(seen, "(b k) d -> b k d", b=len(self.chunk))

    def _among_blanks(self, part: Tensor, first: int, last: int) -> Tensor:
        """Put embeddings (k, D) in their places among all (K, D); the others show nothing."""
        count = len(self.drawn[0])
        before, after = (
            part.new_zeros(first, part.shape[1]),
            part.new_zeros(count - last, part.shape[1]),
        )
        return torch.cat([before, part, after])
