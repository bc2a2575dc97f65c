"""Put the figures of a layout where a prompt wants them: sides, depth, room for several alike.

Figures here are in the prompt's order, the hero first; a layout keeps them the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from engine.image.boxes import covered, inside, narrow, overlap, scaled
from engine.image.crowd import FEWEST, gather
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
    sides = [f.side for f in wanted.figures]
    if len(figures) >= FEWEST:
        figures = gather(figures, sides, [back for back, _ in wanted.behind])
    else:
        figures = part_twins(obey_sides(figures, sides))
        if not wanted.behind and not any(sides):
            figures = uncover(figures)
    order = list(range(len(figures)))
    for back, front in wanted.behind:
        order.remove(back)
        if len(figures) >= FEWEST:
            order.append(back)
        else:
            figures[back] = _behind(figures[back], figures[front])
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
        widest = _WIDEST_ON_SIDE if sides[i] in ("left", "right") else 1.0
        moved[i] = inside(replace(narrow(figures[i], widest), x=column))
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
    if not any(overlap(a, b) > _LARGEST_OVERLAP for a, b in combinations(figures, 2)):
        return parted
    order = sorted(range(len(figures)), key=lambda i: figures[i].x)
    for column, i in zip(_COLUMNS[len(figures)], order, strict=True):
        parted[i] = inside(replace(narrow(figures[i], 1.0 / len(figures)), x=column))
    return parted


def uncover(figures: Sequence[Figure]) -> list[Figure]:
    """Give figures columns of their own where one hides most of another, farther one."""
    parted = list(figures)
    hidden = (covered(far, near) for near, far in combinations(figures, 2))
    if all(share <= _MOST_COVERED for share in hidden):
        return parted
    order = sorted(range(len(figures)), key=lambda i: figures[i].x)
    for column, i in zip(_COLUMNS[len(figures)], order, strict=True):
        parted[i] = inside(replace(narrow(figures[i], 1.2 / len(figures)), x=column))
    return parted


def _behind(back: Figure, front: Figure) -> Figure:
    """Put a figure partly behind another: a little farther off, so smaller and higher up."""
    small = scaled(back, 0.88)
    side = -1 if back.x < front.x or (back.x == front.x and front.x > 0.5) else 1
    reach = (small.width + front.width) / 2 - _HIDDEN * min(small.width, front.width)
    base = min(front.y + front.height / 2, back.y + back.height / 2) - 0.06
    return inside(replace(small, x=front.x + side * reach, y=base - small.height / 2))
