"""Crowds: where four figures or five stand, for whom a composer that was taught three has no room.

Figures here are in the prompt's order, the hero first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.image.boxes import inside, scaled
from engine.image.layout import Figure
from engine.image.vocabulary import SUBJECTS

FEWEST = 4
_RANKS = {"left": 0, "": 1, "middle": 1, "right": 2}
_SIZES = {1: 0.66, 2: 0.74, 3: 0.84, 4: 0.94, 5: 1.0}  # of the largest, by the class of real size
_TALL, _TALL_OVERHEAD = 0.46, 0.3
_ROOM = 1.02  # of the picture's width, for all together: one farther off may be covered a little
_EDGE = 0.02
_FRONT, _BACK = 0.95, 0.85  # where feet are: every other figure stands a little farther off
_BEHIND, _FARTHEST = 0.56, 0.74  # one who stands behind the others: the longer side, the feet
_TOP = 0.08  # of those who fly
_MOST_OVERHEAD = 3


def gather(
    figures: Sequence[Figure], sides: Sequence[str], behind: Sequence[int] = ()
) -> list[Figure]:
    """Line up those who stand, and above them those who fly, each as large as its kind is.

    One ``behind`` stands in nobody's row: large, in the middle.
    """
    order = sorted(range(len(figures)), key=lambda i: (_RANKS[sides[i]], figures[i].x))
    placed = list(figures)
    for i in behind[:1]:
        order.remove(i)
        large = scaled(figures[i], min(_BEHIND / figures[i].height, _BEHIND / figures[i].width))
        placed[i] = inside(replace(large, x=0.5, y=_FARTHEST - large.height / 2))
    flying = [i for i in order if _flies(figures[i])][:_MOST_OVERHEAD]
    standing = [i for i in order if i not in flying]
    tall = _TALL_OVERHEAD if all(_flies(figures[i]) for i in standing) else _TALL
    for i, x, small in _lined_up(figures, standing, tall):
        back = i != 0 and standing.index(i) % 2 == 1
        base = _BACK if back else _FRONT
        placed[i] = inside(replace(small, x=x, y=base - small.height / 2))
    for i, x, small in _lined_up(figures, flying, _TALL_OVERHEAD):
        placed[i] = inside(replace(small, x=x, y=_TOP + small.height / 2))
    return placed


def _flies(figure: Figure) -> bool:
    return SUBJECTS[figure.subject].stance in ("air", "sky")


def _lined_up(
    figures: Sequence[Figure], row: Sequence[int], tall: float
) -> list[tuple[int, float, Figure]]:
    """Return for each of a row, from the left, its number, its centre and itself in its size."""
    if not row:
        return []
    sizes = [_SIZES[SUBJECTS[figures[i].subject].size] for i in row]
    heights = [tall * size / max(sizes) for size in sizes]
    row_of = [scaled(figures[i], h / figures[i].height) for i, h in zip(row, heights, strict=True)]
    shrink = min(1.0, _ROOM / sum(f.width for f in row_of))
    row_of = [scaled(f, shrink) for f in row_of]
    gap = (1 - 2 * _EDGE - sum(f.width for f in row_of)) / (len(row) + 1)
    lined, at = [], _EDGE + max(gap, 0.0)
    for i, figure in zip(row, row_of, strict=True):
        lined.append((i, at + figure.width / 2, figure))
        at += figure.width + (gap if gap > 0 else gap * (len(row) + 1) / max(len(row) - 1, 1))
    return lined
