"""The judge at work: pictures and captions to embeddings and ranks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from engine.evaluation.measures import Floats, Share, ranks
from engine.image.perceptor import Perceptor, load_perceptor
from engine.image.picture import Pixels
from engine.training.contrast import unit_pictures

_BATCH = 32


@dataclass(frozen=True, eq=False)
class Judged:
    """Pictures as judged: embeddings (N, D), ranks of their captions (N,), cosines with them (N,).

    ``rank`` 1 means that no other caption fits better.
    """

    embeddings: Floats
    rank: np.ndarray
    score: Floats

    @property
    def right(self) -> Share:
        """Return how many pictures are closest to their own caption (R-precision at 1)."""
        return Share(int((self.rank == 1).sum()), len(self.rank))


class Judge:
    """A CLIP apart from the guide, which looks at whole pictures reduced by area."""

    def __init__(self, perceptor: Perceptor, captions: Sequence[str]) -> None:
        self.perceptor = perceptor
        self.texts = torch.stack([perceptor.encode_text(c) for c in captions]).double().numpy()

    @classmethod
    def load(cls, folder: Path, captions: Sequence[str]) -> Judge:
        """Load a judge as ``pagewright train judge`` leaves it; ModelFileError where it is bad."""
        return cls(load_perceptor(folder, "judge"), captions)

    @staticmethod
    def is_there(folder: Path) -> bool:
        """Say whether a folder holds a judge."""
        return (folder / "judge.safetensors").is_file()

    @torch.inference_mode()
    def look_at(self, pictures: Iterable[Pixels]) -> Floats:
        """Return unit embeddings (N, D) of pictures (H, W, 3) of any size."""
        side = self.perceptor.image_size
        small = [
            np.asarray(Image.fromarray(np.asarray(p)).resize((side, side), Image.Resampling.BOX))
            for p in pictures
        ]
        parts = [
            self.perceptor.encode_views(unit_pictures(np.stack(small[i : i + _BATCH])))
            for i in range(0, len(small), _BATCH)
        ]
        embeddings: Floats = torch.cat(parts).double().numpy()
        return embeddings

    def judge(self, pictures: Sequence[Pixels], own: Sequence[int]) -> Judged:
        """Judge pictures, ``own`` being the indices of their captions."""
        embeddings, mine = self.look_at(pictures), np.asarray(own)
        score = (embeddings * self.texts[mine]).sum(axis=1)
        return Judged(embeddings, ranks(embeddings, self.texts, mine), score)
