"""Layout: what stands where in a picture, the step between a prompt and its codes.

The two-step route text -> layout -> codes follows Make-A-Scene (Gafni et al. 2022, section 3).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Figure:
    """One subject in a picture; all lengths are fractions of the picture's side, y grows downwards.

    ``x`` and ``y`` are the centre of the box that encloses the figure, ``width`` and ``height`` its
    sides. ``flip`` mirrors the figure left to right.
    """

    subject: str
    colour: str | None = None
    x: float = 0.5
    y: float = 0.6
    width: float = 0.5
    height: float = 0.5
    flip: bool = False


@dataclass(frozen=True)
class Layout:
    """A whole scene, in names of ``engine.image.vocabulary``; the horizon counts from the top.

    Figures are in drawing order: the farthest first, the hero usually last. ``backdrop`` is which
    of a place's views is seen, from 1; 0: none in particular.
    """

    place: str = "meadow"
    time: str = "day"
    weather: str = "clear"
    horizon: float = 0.55
    figures: tuple[Figure, ...] = field(default_factory=tuple)
    backdrop: int = 0


def layout_to_json(layout: Layout) -> str:
    """Write a layout as one line of JSON."""
    return json.dumps(asdict(layout), separators=(",", ":"), ensure_ascii=False)


def layout_from_json(line: str) -> Layout:
    """Read a layout from a line of JSON; raise ``ValueError`` where the line is not one."""
    try:
        values = json.loads(line)
        figures = tuple(Figure(**figure) for figure in values.pop("figures"))
        return Layout(**values, figures=figures)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a layout: {error}") from error
