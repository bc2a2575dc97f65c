"""How a picture is optimised: every lever of the loop, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, cast

from engine.image.cutouts import CutoutParams

Form = Literal["spherical", "cosine"]
Start = Literal["draft", "picture", "codes", "pixels", "gradient"]
Limits = Literal["clamp", "inwards", "none"]


@dataclass(frozen=True)
class Stage:
    """A smaller size to begin with: sides ``share`` as long until ``until`` of the steps."""

    share: float
    until: float


@dataclass(frozen=True)
class PaintParams:
    """How a picture is optimised.

    ``rate`` and ``pull`` are in units of the codebook's standard deviation per channel. The rate
    rises over ``warm_up`` steps and falls along a cosine to ``rate_last`` of itself; the pull
    towards the start falls to ``pull_last`` of itself; ``anchor`` holds the start's colours at low
    resolution; ``variation`` is the weight of total variation beyond the start's own, ``smooth``
    of squared second differences.
    ``quantise`` decodes the nearest codes with a straight-through gradient, else the latents as
    they are; ``limits`` says what keeps them in the codebook's range: a clamp, one that lets pass
    what would come back in, or nothing. ``alpha``, ``beta`` and ``gamma`` weigh prompts, excludes
    and extras, ``lettering`` the push away from letters (None: weak, and only where the perceptor
    can read); ``delta`` the foci, each of which gets ``focus_cuts`` views of its own. Where there
    are foci, what lies outside of them moves by ``background`` as much. ``calm`` holds back latents
    whose gradient is small, as a share of the first gradient's root mean square; plain Adam moves
    all alike.
    A picture ends early after ``plateau`` steps (0: never) in which the smoothed loss did not fall
    by ``plateau_least`` of itself. Of ``best_of`` pictures the best goes on after ``trial`` of the
    steps. ``stages`` are the sizes before the whole one.
    """

    steps: int = 24
    cuts: int = 12
    rate: float = 0.03
    rate_last: float = 1.0
    warm_up: int = 0
    pull: float = 0.3
    pull_last: float = 0.3
    anchor: float = 20.0
    variation: float = 2.0
    smooth: float = 0.0
    average: float = 0.85
    quantise: bool = False
    limits: Limits = "clamp"
    form: Form = "spherical"
    alpha: float = 1.0
    beta: float = 0.5
    gamma: float = 0.5
    lettering: float | None = None
    delta: float = 0.5
    focus_cuts: int = 3
    background: float = 0.4
    calm: float = 1.0
    judge_every: int = 10
    plateau: int = 0
    plateau_least: float = 0.002
    best_of: int = 1
    trial: float = 0.25
    start: Start = "draft"
    stages: tuple[Stage, ...] = ()
    shares: tuple[float, ...] = ()
    views: CutoutParams = field(default_factory=CutoutParams)


def from_nothing(params: PaintParams, start: Start) -> PaintParams:
    """Return what paints from a start that shows nothing yet: far to go, and nothing to keep."""
    return replace(
        params,
        start=start,
        steps=max(params.steps, 100),
        rate=0.25,
        rate_last=0.3,
        pull=0.0,
        anchor=0.0,
        variation=0.0,
        average=0.9,
        quantise=True,
        calm=0.0,
        stages=(Stage(0.5, 0.5),),
        # A perceptor is fooled by what it always sees from the same side.
        views=replace(params.views, rotation=0.3, perspective=0.2, overhang=0.1),
    )


def in_place(params: PaintParams) -> PaintParams:
    """Return what paints a part anew: what lies there is not to be kept, all beside it is."""
    return replace(params, steps=40, rate=0.05, pull=0.1, anchor=2.0, variation=1.0)


def as_start(name: str) -> Start:
    """Return a checked name as the kind of start it names."""
    return cast(Start, name)
