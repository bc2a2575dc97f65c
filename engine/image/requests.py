"""What a picture's request must be, and the parameters it means."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.events import PaintOptions
from engine.errors import EngineError
from engine.image.cutouts import CutoutParams
from engine.image.params import PaintParams, Stage, as_start, from_nothing, in_place
from engine.image.picture import (
    PicturePrompt,
    PictureRequest,
    Prompt,
    decode_mask,
    decode_picture,
)

MAX_PROMPTS = 16
MAX_STEPS = 1000
MAX_CUTS = 128
MIN_SIDE = 32
MAX_SIDE = 1024
MAX_STAGES = 4
MAX_BEST_OF = 8
SIDE = 256  # pixels of a picture's sides where the request leaves them open
LOOK = 32  # a side in pixels, at which pictures are decoded once to see whether they can be

FORMS = ("spherical", "cosine")
STARTS = ("draft", "picture", "codes", "pixels", "gradient")
LIMITS = ("clamp", "inwards", "none")
# What an option may be, least and most.
RANGES: dict[str, tuple[float, float]] = {
    "alpha": (0, 100), "beta": (0, 100), "gamma": (0, 100), "lettering": (0, 10),
    "rate": (0.0001, 2), "rate_last": (0, 1), "warm_up": (0, MAX_STEPS), "calm": (0, 10),
    "pull": (0, 100), "pull_last": (0, 1), "anchor": (0, 1000), "variation": (0, 1000),
    "smooth": (0, 10000), "average": (0, 0.999), "plateau": (0, MAX_STEPS),
    "best_of": (1, MAX_BEST_OF), "jitter": (0, 1), "erase": (0, 0.9), "noise": (0, 1),
    "rotation": (0, 1), "perspective": (0, 0.5), "overhang": (0, 0.5), "crop_least": (0.1, 1),
    "crop_most": (0.1, 1), "whole_first": (0, 1), "whole_last": (0, 1),
}  # fmt: skip
_CHOICES = {"form": FORMS, "start": STARTS, "limits": LIMITS}
_APART = ("stages", "crop_least", "crop_most")


def check_request(
    request: PictureRequest, *, factor: int, codes: int = 0, side: int = SIDE, perceptors: int = 1
) -> None:
    """Raise ``EngineError("bad_input")`` where a request cannot be painted.

    ``factor`` is the number of pixels a code is wide, ``codes`` how many there are (0: unknown),
    ``side`` that of a picture where it is left open, ``perceptors`` the number of those that guide.
    """
    _check_prompts(request)
    for name, side in (("width", request.width), ("height", request.height)):
        _check_side(f"picture's {name}", side, factor)
    _check_count("steps", request.steps, MAX_STEPS)
    _check_count("cuts", request.cuts, MAX_CUTS)
    if not 0 <= request.stop_at <= MAX_STEPS or request.preview_steps < 0:
        raise bad_input("The step to stop at, and that of previews, must be from 0 to 1000.")
    check_options(request.options)
    if len(request.options.shares) not in (0, perceptors):
        raise bad_input(
            f"{len(request.options.shares)} weights of perceptors are given: this engine has"
            f" {perceptors}."
        )
    _check_start(request, factor, side)
    if request.codes is not None:
        _check_codes(request.codes, factor, codes)


def _check_codes(latents: NDArray[np.int64], factor: int, codes: int) -> None:
    if not latents.size or not all(MIN_SIDE <= side * factor <= MAX_SIDE for side in latents.shape):
        raise bad_input("The latents to start from have no size that can be painted.")
    if latents.min() < 0 or 0 < codes <= latents.max():
        raise bad_input(
            f"The latents to start from have the code {latents.max()}, the codebook ends at"
            f" {codes - 1}: another model has painted them."
        )


def picture_size(request: PictureRequest, factor: int, side: int) -> tuple[int, int]:
    """Return a request's width and height in pixels, before any canvas is added."""
    height = width = side // factor * factor
    if request.codes is not None:
        height, width = (side * factor for side in request.codes.shape)
    return request.width or width, request.height or height


def _check_prompts(request: PictureRequest) -> None:
    worded = (*request.prompts, *request.exclude, *request.extra)
    prompts: list[Prompt | PicturePrompt] = [*worded, *request.picture_prompts]
    if not any(p.text.strip() for p in request.prompts) and not request.picture_prompts:
        raise bad_input("The picture has no prompt: say in a few words what it shows.")
    if len(prompts) > MAX_PROMPTS:
        raise bad_input(f"{len(prompts)} prompts are too many: use at most {MAX_PROMPTS}.")
    if not all(math.isfinite(p.weight) and abs(p.weight) <= 100 for p in prompts):
        raise bad_input("A prompt's weight must be a number between -100 and 100.")
    if any(math.isnan(p.stop) for p in prompts):
        raise bad_input("A prompt's stop must be a number.")
    for prompt in request.picture_prompts:
        decode_picture(prompt.picture, width=LOOK, height=LOOK, name="picture to be like")


def _check_side(name: str, side: int, factor: int) -> None:
    if side and (side % factor or not MIN_SIDE <= side <= MAX_SIDE):
        raise bad_input(
            f"The {name} {side} cannot be painted: use a multiple of {factor}"
            f" from {MIN_SIDE} to {MAX_SIDE}."
        )


def _check_start(request: PictureRequest, factor: int, side: int) -> None:
    """Look at what is to be started from before anything is painted, not in the middle of it."""
    if request.init_image:
        decode_picture(request.init_image, width=LOOK, height=LOOK)
    if request.mask:
        decode_mask(request.mask, width=LOOK, height=LOOK)
    if request.changes_part and not request.given:
        raise bad_input("Only a part is to change, but no picture is given to start from.")
    start = request.options.start
    if request.given and not request.changes_part and start not in (None, "picture"):
        raise bad_input(f'A picture is given to start from, so it cannot start from "{start}".')
    if start == "picture" and not request.given:
        raise bad_input("It cannot start from a picture: none is given.")
    if any(margin < 0 or margin % factor for margin in request.extend):
        raise bad_input(f"Pixels are added in multiples of {factor}, from 0.")
    width, height = picture_size(request, factor, side)
    left, top, right, bottom = request.extend
    if max(width + left + right, height + top + bottom) > MAX_SIDE:
        raise bad_input(f"The canvas would be too large: use at most {MAX_SIDE} pixels a side.")


def check_options(options: PaintOptions) -> None:
    """Raise ``EngineError("bad_input")`` for the first option beyond its range."""
    for name, (least, most) in RANGES.items():
        value = getattr(options, name)
        if value is not None and not least <= value <= most:
            raise bad_input(f"{_spoken(name)} {value:g} cannot be: use {least:g} to {most:g}.")
    for name, choices in _CHOICES.items():
        value = getattr(options, name)
        if value is not None and value not in choices:
            raise bad_input(f'{_spoken(name)} "{value[:40]}" is none: use {", ".join(choices)}.')
    if not all(0 <= share <= 100 for share in options.shares) or (
        options.shares and not any(options.shares)
    ):
        raise bad_input("Weights of perceptors must be numbers from 0 to 100, not all 0.")
    crops = _crop_scale(options, CutoutParams())
    if crops[0] > crops[1]:
        raise bad_input(f"Crops from {crops[0]:g} to {crops[1]:g} cannot be: put the least first.")
    _check_stages(options)


def _check_stages(options: PaintOptions) -> None:
    untils = [0.0, *(stage.until for stage in options.stages), 1.0]
    shares = [*(stage.share for stage in options.stages), 1.0]
    rising = sorted(set(untils)) == untils and sorted(set(shares)) == shares
    if len(options.stages) > MAX_STAGES or not rising or not shares[0] >= 0.1:
        raise bad_input(
            f"Sizes before the whole one must grow: at most {MAX_STAGES} of SHARE:UNTIL, each share"
            " of the sides and of the steps larger than the last, from 0.1 to below 1."
        )


def params_for(request: PictureRequest, base: PaintParams, *, drafts: bool) -> PaintParams:
    """Return a checked request's parameters; ``drafts`` says whether there is a draft model."""
    options = request.options
    start = options.start or base.start
    if start == "draft" and not drafts:
        start = "codes"
    if request.given and not request.changes_part:
        params = base
    elif request.changes_part and start == "picture":
        params = in_place(base)
    elif start in ("codes", "pixels", "gradient") and start != base.start:
        params = from_nothing(base, as_start(start))
    else:
        params = base
    known = {f.name for f in fields(PaintParams)} - set(_APART)
    changes = {k: v for k, v in vars(options).items() if k in known and v not in (None, ())}
    changes |= {"start": start, "views": _views(options, params.views)}
    if options.stages:
        changes["stages"] = tuple(Stage(s.share, s.until) for s in options.stages)
    steps, cuts = request.steps or params.steps, request.cuts or params.cuts
    return replace(params, **changes, steps=steps, cuts=cuts)


def _views(options: PaintOptions, base: CutoutParams) -> CutoutParams:
    known = {f.name for f in fields(CutoutParams)}
    changes: dict[str, Any] = {
        k: v for k, v in vars(options).items() if k in known and v is not None
    }
    return replace(base, **changes, crop_scale=_crop_scale(options, base))


def _crop_scale(options: PaintOptions, base: CutoutParams) -> tuple[float, float]:
    least, most = base.crop_scale
    if options.crop_least is not None:
        least = options.crop_least
    if options.crop_most is not None:
        most = options.crop_most
    elif least > most:
        most = least
    return least, most


def _check_count(name: str, value: int, most: int) -> None:
    if not 0 <= value <= most:
        raise bad_input(f"{value} {name} cannot be done: use 1 to {most}.")


def _spoken(name: str) -> str:
    return "The option --" + name.replace("_", "-")


def bad_input(message: str) -> EngineError:
    """Return the error for a request that cannot be painted."""
    return EngineError("bad_input", message)
