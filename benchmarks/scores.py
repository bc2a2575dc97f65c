"""How soon a picture is as good as the reference loop's after 500 steps, by a judge apart."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.figures import Figure, figure, skipped
from benchmarks.loops import NOTHING, Taken, timed
from benchmarks.reference import STEPS, ReferenceLoop
from engine.api.events import PaintOptions
from engine.evaluation.judging import Judge
from engine.image.codec import to_pixels
from engine.image.illustrator import Illustrator
from engine.image.picture import PictureRequest, Pixels, Prompt
from engine.image.work import Work
from engine.profiles import profile_folder

JUDGE = Path("runs/judge")
CAPTIONS = (
    "a red fox in a snowy forest at night",
    "a small dragon by a castle on a hill",
    "a white sailing boat on the sea by day",
)
SIDE, CUTS, LOOK_EVERY = 256, 32, 25
TARGET = 0.1


@dataclass(frozen=True)
class Point:
    """What a picture scored after so many steps, and the time that they took."""

    step: int
    spent: Taken
    score: float


def measure_scores(runs: int) -> Iterator[Figure]:
    """Measure seconds to the reference's score, from a draft and from random codes."""
    names = [
        f"to the reference's score of {STEPS} steps, from {start}" for start in ("a draft", "noise")
    ]
    if not Judge.is_there(JUDGE):
        for name in names:
            yield skipped(name, f"no judge in {JUDGE}; pagewright train judge makes one")
        return
    illustrator = Illustrator.load(profile_folder("starter"))
    judge = Judge.load(JUDGE, CAPTIONS)
    captions = range(min(runs, len(CAPTIONS)))
    references = [_reference(illustrator, judge, own) for own in captions]
    for name, start in zip(names, ("draft", "codes"), strict=True):
        found = [
            _ours(illustrator, judge, own, start, until=reference.score)
            for own, reference in zip(captions, references, strict=True)
        ]
        yield from _compared(name, found, references)


def _compared(name: str, found: list[Point], references: list[Point]) -> Iterator[Figure]:
    pairs = list(zip(found, references, strict=True))
    reached = sum(p.score >= r.score for p, r in pairs)
    scores = ", ".join(f"{p.score:.3f} / {r.score:.3f}" for p, r in pairs)
    note = f"{reached} of {len(pairs)} reached it; scores ours / reference: {scores}"
    yield figure(
        f"steps {name}", "", [float(p.step) for p in found], against=f"{STEPS} steps", base=STEPS
    )
    yield figure(
        f"seconds {name}", "s", [p.spent.seconds for p in found],
        against="the reference's seconds",
        base=statistics.median(r.spent.seconds for r in references),
    )  # fmt: skip
    clock = [p.spent.seconds / r.spent.seconds for p, r in pairs]
    yield figure(f"share of the time {name}", "x", clock, against="a tenth", base=TARGET)
    cores = [p.spent.core_seconds / r.spent.core_seconds for p, r in pairs]
    yield figure(
        f"share of the core-seconds {name}", "x", cores, against="a tenth", base=TARGET, note=note
    )


def _reference(illustrator: Illustrator, judge: Judge, own: int) -> Point:
    text = illustrator.perceptor.encode_text(CAPTIONS[own])[None]
    loop = ReferenceLoop(
        illustrator.vqgan, illustrator.perceptor, text, side=SIDE, cuts=CUTS, seed=own
    )
    spent = NOTHING
    for _ in range(STEPS):
        spent += timed(loop.step, illustrator.vqgan.device)
    with torch.no_grad():
        return Point(STEPS, spent, _score(judge, _pixels(loop.picture()), own))


def _ours(illustrator: Illustrator, judge: Judge, own: int, start: str, *, until: float) -> Point:
    """Paint until the score is reached, or to the end; looking at it is not counted."""
    painter, device = illustrator.painter, illustrator.vqgan.device
    begun: list[Work] = []
    begin = partial(painter.submit, illustrator.begin, _request(own, start))
    spent = timed(lambda: begun.append(begin().result()), device)
    painting = begun[0].paintings[0]
    every = 1 if start == "draft" else LOOK_EVERY
    best = Point(0, spent, float("-inf"))
    while True:
        if painting.step % every == 0 or painting.finished:
            shown = painter.pixels(painting, painter.latents(painting, painting.average))
            here = Point(painting.step, spent, _score(judge, shown, own))
            best = max(best, here, key=lambda point: point.score)
            if here.score >= until:
                return here
        if painting.finished:
            return replace(best, step=painting.step, spent=spent)
        spent += timed(partial(painter.step, [painting]), device)


def _request(own: int, start: str) -> PictureRequest:
    request = PictureRequest(
        key=1, prompts=(Prompt(CAPTIONS[own]),), seed=own, options=PaintOptions(start=start),
        width=SIDE, height=SIDE,
    )  # fmt: skip
    if start == "draft":
        return replace(request, steps=int(TARGET * STEPS))
    return replace(request, steps=STEPS, cuts=CUTS)


def _pixels(picture: Tensor) -> Pixels:
    return to_pixels(picture * 2 - 1)[0]


def _score(judge: Judge, pixels: Pixels, own: int) -> float:
    return float(judge.judge([pixels], [own]).score[0])
