"""What changes while a picture is painted: its rate, its size, and whether it still gets better."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.image.params import PaintParams, Stage

SMOOTHING = 0.1  # of the loss: a new value's share
LEAST_CODES = 4  # of a side: less shows nothing

Size = tuple[int, int]


def rate_at(params: PaintParams, step: int) -> float:
    """Return the rate of a step, from 0: a rise in a line, then a fall along a cosine."""
    risen = min(1.0, (step + 1) / params.warm_up) if params.warm_up else 1.0
    fallen = (1 + math.cos(math.pi * step / params.steps)) / 2
    return params.rate * risen * (params.rate_last + (1 - params.rate_last) * fallen)


@dataclass
class Plateau:
    """Watches a loss: ``idle`` steps have gone by since its smoothed value last fell."""

    smoothed: float = math.nan
    least: float = math.inf
    idle: int = 0

    def note(self, loss: float, *, least_share: float) -> None:
        """Take in a step's loss; a fall counts from ``least_share`` of the lowest so far."""
        first = math.isnan(self.smoothed)
        self.smoothed = loss if first else self.smoothed + SMOOTHING * (loss - self.smoothed)
        if first or self.smoothed < self.least - least_share * abs(self.least):
            self.least, self.idle = self.smoothed, 0
        else:
            self.idle += 1


def stage_sizes(whole: Size, stages: tuple[Stage, ...]) -> list[Size]:
    """Return the sizes (h, w) in codes that a picture goes through, the whole one last."""
    small = [
        (max(LEAST_CODES, round(whole[0] * s.share)), max(LEAST_CODES, round(whole[1] * s.share)))
        for s in stages
    ]
    return [*small, whole]
