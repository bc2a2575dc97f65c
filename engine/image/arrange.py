"""Put the figures of a layout where a prompt wants them: sides, depth, and room for several alike.

Figures here are in the prompt's order, the hero first; a layout keeps them the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from engine.image.layout import Figure, Layout
from engine.image.prompts import Wanted

_COLUMNS = {1: (0.5,), 2: (0.28, 0.72), 3: (0.19, 0.5, 0.81)}
_RANKS = {"left": 0, "": 1, "middle": 1, "right": 2}
_LEFT, _RIGHT = 0.42, 0.58  # centres beyond these are plainly on a side
_WIDEST_ON_SIDE = 0.56
_LARGEST_OVERLAP = 0.1  # of the narrower of two figures alike
_MOST_COVERED = 0.5  # of a figure's box by one nearer to the viewer
_HIDDEN = 0.3  # share of a figure that one in front of it covers


def arrange(layout: Layout, wanted: Wanted) -> Layout:
    """Return a layout whose figures stand as a prompt says."""
    figures = list(layout.figures[::-1])
    figures = obey_sides(figures, [f.side for f in wanted.figures])
    figures = part_twins(figures)
    if not wanted.behind and not any(f.side for f in wanted.figures):
        figures = uncover(figures)
    order = list(range(len(figures)))
    for back, front in wanted.behind:
        figures[back] = _behind(figures[back], figures[front])
        order.remove(back)
        order.insert(order.index(front) + 1, back)
    return replace(layout, figures=tuple(figures[i] for i in order)[::-1])


def obey_sides(figures: Sequence[Figure], sides: Sequence[str]) -> list[Figure]:
    """Move figures to the sides they are wanted on, mirroring all of them where that does."""
    mirrored = [_mirror(f) for f in figures]
    for tried in (list(figures), mirrored):
        if all(map(_stands, tried, sides)):
            return tried
    order = sorted(range(len(figures)), key=lambda i: (_RANKS[sides[i]], figures[i].x))
    columns = _columns(len(figures), [sides[i] for i in order])
    moved = list(figures)
    for column, i in zip(columns, order, strict=True):
        narrow = _narrow(figures[i], _WIDEST_ON_SIDE if sides[i] in ("left", "right") else 1.0)
        moved[i] = inside(replace(narrow, x=column))
    return moved


def _columns(count: int, sides: Sequence[str]) -> tuple[float, ...]:
    """Return the centres of figures from left to right, whose sides are in that order."""
    if count == 1:
        return ({"left": _COLUMNS[2][0], "right": _COLUMNS[2][1]}.get(sides[0], 0.5),)
    if "middle" in sides and count == 2:
        return (0.5, 0.83) if sides[0] == "middle" else (0.17, 0.5)
    if count == 3 and sides[1] != "right" and sides[2] == "right":
        return _COLUMNS[3]
    if count == 3 and list(sides).count("left") == 2:
        return (0.16, 0.38, 0.78)
    if count == 3 and list(sides).count("right") == 2:
        return (0.22, 0.62, 0.84)
    return _COLUMNS[count]


def _stands(figure: Figure, side: str) -> bool:
    if side == "left":
        return figure.x <= _LEFT
    if side == "right":
        return figure.x >= _RIGHT
    return side != "middle" or _LEFT < figure.x < _RIGHT


def _mirror(figure: Figure) -> Figure:
    return replace(figure, x=1 - figure.x, flip=not figure.flip)


def part_twins(figures: Sequence[Figure]) -> list[Figure]:
    """Give figures columns of their own where there are some alike and any cover each other."""
    parted = list(figures)
    if len({f.subject for f in figures}) == len(figures):
        return parted
    if not any(_overlap(a, b) > _LARGEST_OVERLAP for a, b in combinations(figures, 2)):
        return parted
    order = sorted(range(len(figures)), key=lambda i: figures[i].x)
    for column, i in zip(_COLUMNS[len(figures)], order, strict=True):
        parted[i] = inside(replace(_narrow(figures[i], 1.0 / len(figures)), x=column))
    return parted


def uncover(figures: Sequence[Figure]) -> list[Figure]:
    """Give figures columns of their own where one hides most of another, farther one."""
    parted = list(figures)
    hidden = (_covered(far, near) for near, far in combinations(figures, 2))
    if all(share <= _MOST_COVERED for share in hidden):
        return parted
    order = sorted(range(len(figures)), key=lambda i: figures[i].x)
    for column, i in zip(_COLUMNS[len(figures)], order, strict=True):
        parted[i] = inside(replace(_narrow(figures[i], 1.2 / len(figures)), x=column))
    return parted


def _covered(far: Figure, near: Figure) -> float:
    """Return the share of a figure's box that another one's covers."""
    across = (far.width + near.width) / 2 - abs(far.x - near.x)
    down = (far.height + near.height) / 2 - abs(far.y - near.y)
    across, down = min(across, far.width), min(down, far.height)
    return max(across, 0.0) * max(down, 0.0) / (far.width * far.height)


def _overlap(first: Figure, second: Figure) -> float:
    """Return how much of the narrower figure the other one covers, across."""
    reach = (first.width + second.width) / 2 - abs(first.x - second.x)
    return reach / min(first.width, second.width)


def _behind(back: Figure, front: Figure) -> Figure:
    """Put a figure partly behind another: a little farther off, so smaller and higher up."""
    small = _scaled(back, 0.88)
    side = -1 if back.x < front.x or (back.x == front.x and front.x > 0.5) else 1
    reach = (small.width + front.width) / 2 - _HIDDEN * min(small.width, front.width)
    base = min(front.y + front.height / 2, back.y + back.height / 2) - 0.06
    return inside(replace(small, x=front.x + side * reach, y=base - small.height / 2))


def _narrow(figure: Figure, widest: float) -> Figure:
    """Scale a figure down to a width, its feet where they were."""
    if figure.width <= widest:
        return figure
    return _scaled(figure, widest / figure.width)


def _scaled(figure: Figure, factor: float) -> Figure:
    height = figure.height * factor
    base = figure.y + figure.height / 2
    return replace(figure, width=figure.width * factor, height=height, y=base - height / 2)


def inside(figure: Figure) -> Figure:
    """Move a figure so that its box lies inside the picture."""
    width, height = min(figure.width, 0.98), min(figure.height, 0.98)
    x = min(max(figure.x, width / 2 + 0.01), 1 - width / 2 - 0.01)
    y = min(max(figure.y, height / 2 + 0.01), 1 - height / 2 - 0.01)
    return replace(figure, x=x, y=y, width=width, height=height)
