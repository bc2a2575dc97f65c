"""Measures of pictures: ranks, shares with their intervals, Fréchet distance, PSNR.

Pictures and texts come as unit embeddings of a judge; ``docs/quality.md`` tells what figures mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_Z = 1.96  # of a two-sided interval of 95 %


@dataclass(frozen=True)
class Share:
    """``hits`` of ``count``, with Wilson's 95 % interval (Wilson 1927)."""

    hits: int
    count: int

    @property
    def value(self) -> float:
        """Return the share, 0 of nothing."""
        return self.hits / self.count if self.count else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Return the lower and upper bound of the true share."""
        n, p = self.count, self.value
        if not n:
            return 0.0, 1.0
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        reach = _Z / (1 + _Z**2 / n) * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
        return max(0.0, middle - reach), min(1.0, middle + reach)


def ranks(pictures: Floats, texts: Floats, own: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rank, from 1, of each picture's own text among all texts.

    ``pictures`` (N, D) and ``texts`` (M, D) are unit embeddings, ``own`` (N,) indices of texts. A
    text as close as the own one counts as closer, so that sameness never helps.
    """
    cosines = pictures @ texts.T
    mine = cosines[np.arange(len(pictures)), own]
    better: NDArray[np.int64] = (cosines >= mine[:, None]).sum(axis=1)
    return better


def frechet_distance(first: Floats, second: Floats) -> float:
    """Return the Fréchet distance of two sets of features (N, D), seen as normal distributions.

    The formula of Heusel et al. 2017 (section 2, "FID"); its value depends on whose features they
    are and on N, so it compares sets of the same size under the same network only.
    """
    means = first.mean(axis=0) - second.mean(axis=0)
    covariances = [np.cov(features, rowvar=False) for features in (first, second)]
    # The trace of the root of a product of covariances is the sum of the roots of its eigenvalues.
    eigenvalues = np.linalg.eigvals(covariances[0] @ covariances[1]).real
    root = np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    return float(means @ means + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * root)


def psnr(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Return the mean peak signal-to-noise ratio, in dB, of two sets of pictures (N, H, W, 3)."""
    errors = (first.astype(np.float64) - second.astype(np.float64)) ** 2
    means = errors.mean(axis=(1, 2, 3)).clip(1e-9)
    return float((10 * np.log10(255.0**2 / means)).mean())
