"""Looks a picture through for what shall not be shown: zero-shot classification by the perceptor.

After Radford et al. (2021), section 3.1: each view of a picture is asked whether it shows one of
the unwanted concepts sooner than one of many harmless things. A perceptor can only tell what it has
learnt: the starter CLIP knows the things of its storybook world, and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import torch
from einops import rearrange
from torch import Tensor

from engine.image.cutouts import fixed_homographies, sample_views
from engine.image.perceptor import Perceptor
from engine.image.picture import Pixels
from engine.image.vocabulary import PLACES, SUBJECTS

# CLIP's temperature at the end of its training (section 2.3 of the paper). The starter's own, 22,
# comes from small batches and hardly tells a likely answer from the others.
SCALE = 100.0
MAX_CONCEPTS = 32
# Sides of the small views: what stands beside something larger is seen in them alone.
SMALL = 0.4
_LISTS_KEPT = 8


@dataclass(frozen=True)
class Judgement:
    """The likeliest unwanted concept and the certainty (0..1) that the picture shows any."""

    concept: str
    score: float


class PictureCheck(Protocol):
    """Whatever can tell how surely a picture shows something unwanted."""

    def judge(self, pixels: Pixels, concepts: tuple[str, ...]) -> Judgement:
        """Judge a picture (H, W, 3) by at least one concept."""
        ...


class ClipCheck:
    """Asks a perceptor: does a view show a concept, or any of the harmless things?"""

    def __init__(self, perceptor: Perceptor) -> None:
        self._perceptor = perceptor
        self._texts = lru_cache(maxsize=_LISTS_KEPT)(self._encode)

    # No inference mode: the perceptor keeps the texts' embeddings, and painting needs gradients.
    @torch.no_grad()
    def judge(self, pixels: Pixels, concepts: tuple[str, ...]) -> Judgement:
        """Judge a picture (H, W, 3) by its whole, large and small crops; the worst view counts."""
        embeddings = self._texts(concepts)
        shares = torch.softmax(SCALE * self._views(pixels) @ embeddings.T, dim=-1)  # (K, T)
        unwanted = shares[:, : len(concepts)]
        worst = int(unwanted.sum(dim=1).argmax())
        likeliest = int(unwanted[worst].argmax())
        return Judgement(concepts[likeliest], min(1.0, float(unwanted[worst].sum())))

    def _views(self, pixels: Pixels) -> Tensor:
        """Return the embeddings (14, D) of a picture's views."""
        device = next(self._perceptor.model.parameters()).device
        picture = rearrange(torch.tensor(pixels, device=device).float() / 255, "h w c -> 1 c h w")
        matrices = _homographies(*picture.shape[-2:]).to(device)
        size = self._perceptor.image_size
        return self._perceptor.encode_views(sample_views(picture, matrices[None], size=size))

    def _encode(self, concepts: tuple[str, ...]) -> Tensor:
        """Return the embeddings (T, D) of the concepts, then of all harmless things."""
        harmless = (text for text in harmless_things() if not _names(concepts, text))
        return torch.stack([self._perceptor.encode_text(text) for text in (*concepts, *harmless)])


def _homographies(height: int, width: int) -> Tensor:
    """Return the views (14, 3, 3): those a picture is judged by, then a grid of small ones."""
    whole = fixed_homographies(height, width)
    half_x, half_y = (SMALL * float(whole[0, axis, axis]) for axis in (0, 1))
    small = []
    for y in (-1, 0, 1):
        for x in (-1, 0, 1):
            view = torch.diag(torch.tensor([half_x, half_y, 1.0]))
            view[0, 2], view[1, 2] = x * (1 - half_x), y * (1 - half_y)
            small.append(view)
    return torch.cat([whole, torch.stack(small)])


@lru_cache(maxsize=1)
def harmless_things() -> tuple[str, ...]:
    """Return what else a picture may show: the subjects and places of storybooks."""
    subjects = (f"{_article(name)} {name}" for name in SUBJECTS)
    return (*subjects, *(place.phrase for place in PLACES.values()))


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _names(concepts: tuple[str, ...], harmless: str) -> bool:
    """Say whether a harmless thing is what a concept speaks of, so that both would share it."""
    thing = harmless.split(" ", 1)[1]
    synonyms = SUBJECTS[thing].synonyms if thing in SUBJECTS else ()
    words = "|".join(re.escape(word) for word in (thing, *synonyms))
    return any(re.search(rf"\b(?:{words})s?\b", concept.lower()) for concept in concepts)
