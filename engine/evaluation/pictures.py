"""Figures of the pictures: by a judge apart from the guide, on captions written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from engine.data.dataset import SceneDataset, load_dataset
from engine.errors import EngineError
from engine.evaluation.captions import load_captions
from engine.evaluation.damage import blur_figures, hide_figures
from engine.evaluation.judging import Judge, Judged
from engine.evaluation.measures import Share, frechet_distance, psnr
from engine.evaluation.painting import Painted, Times, paint_captions, repaint
from engine.image.codec import decode_codes, encode_pictures
from engine.image.illustrator import Illustrator
from engine.image.layout import Layout
from engine.image.perceptor import Perceptor
from engine.image.picture import Pixels
from engine.training.contrast import draw_pairs, measure

HELD_OUT = "scenes-256-heldout"
_CODED = 64  # held-out scenes that the VQGAN is measured on
_PAIRS = 256  # pairs among which a CLIP must find its own
_DAMAGED = 24  # pictures that are damaged and optimised again


@dataclass(frozen=True)
class PictureOptions:
    """What is measured: ``count`` captions, with the models and the judge of two folders.

    ``judge`` None leaves the judge's figures out; ``steps`` 0 means the illustrator's own.
    """

    models: Path
    judge: Path | None
    data: Path
    count: int = 100
    steps: int = 0
    seed: int = 0
    threads: int = 0


@dataclass(frozen=True)
class Way:
    """Figures of one way of making pictures: R-precision, mean cosine, Fréchet distance."""

    right: Share
    score: float
    frechet: float


@dataclass(frozen=True)
class Effect:
    """What optimisation does to pictures of a kind: cosines before and after, how many rise."""

    before: float
    after: float
    better: Share


@dataclass(frozen=True)
class JudgeFigures:
    """What the judge says.

    ``ways`` are pictures as drafted, as optimised and, where its font is there, as the renderer
    paints the same layouts; ``floor`` is the Fréchet distance of as many held-out scenes from the
    others. ``mended`` are drafts that were wrong and became right, ``broken`` the other way round.
    """

    found: dict[str, float]
    captions: int
    ways: dict[str, Way]
    floor: float
    mended: Share
    broken: Share
    effects: dict[str, Effect]


@dataclass(frozen=True)
class PictureFigures:
    """All figures of the pictures; ``found`` are the guide's R@1 of 256, PSNR is in dB."""

    count: int
    seed: int
    steps: int
    side: int
    times: Times
    psnr: float
    found: dict[str, float]
    judge: JudgeFigures | None


@dataclass(frozen=True, eq=False)
class Outcome:
    """Figures, the pictures they are of, and how the judge saw these (None without one)."""

    figures: PictureFigures
    painted: tuple[Painted, ...]
    drafts: Judged | None
    finals: Judged | None


Say = Callable[[str], None]


def evaluate_pictures(options: PictureOptions, *, say: Say = lambda _: None) -> Outcome:
    """Paint captions and measure; raise ``EngineError`` where data or judge are missing."""
    captions = load_captions()
    judge = _load_judge(options, captions)
    heldout = _load_scenes(options.data)
    illustrator = Illustrator.load(options.models, threads=options.threads or None)
    painted, times = paint_captions(
        illustrator, captions[: options.count], seed=options.seed, steps=options.steps,
        progress=partial(_tell, say, "painted", min(options.count, len(captions))),
    )  # fmt: skip
    drafts = finals = figures = None
    if judge is not None:
        own = range(len(painted))
        drafts = judge.judge([p.draft for p in painted], own)
        finals = judge.judge([p.final for p in painted], own)
        effects = _effects(judge, illustrator, painted, options, say)
        say("judging")
        figures = _judge_figures(judge, heldout, painted, drafts, finals, effects)
    say("measuring the VQGAN and CLIP")
    result = PictureFigures(
        count=len(painted), seed=options.seed,
        steps=options.steps or illustrator.params.steps, side=painted[0].final.shape[0],
        times=times, psnr=_psnr(illustrator, heldout),
        found=_found(illustrator.perceptor, heldout), judge=figures,
    )  # fmt: skip
    return Outcome(result, tuple(painted), drafts, finals)


def _load_judge(options: PictureOptions, captions: Sequence[str]) -> Judge | None:
    if options.judge is None:
        return None
    if not Judge.is_there(options.judge):
        raise EngineError(
            "bad_input",
            f"There is no judge in {options.judge}: make it with pagewright train judge, or leave"
            " its figures out with --without-judge.",
        )
    return Judge.load(options.judge, captions)


def _load_scenes(data: Path) -> SceneDataset:
    folder = data / HELD_OUT
    if not (folder / "done.json").is_file():
        raise EngineError(
            "bad_input",
            f"There are no held-out scenes in {folder}: make them with pagewright train data.",
        )
    return load_dataset(folder)


def _judge_figures(
    judge: Judge,
    heldout: SceneDataset,
    painted: Sequence[Painted],
    drafts: Judged,
    finals: Judged,
    effects: dict[str, Effect],
) -> JudgeFigures:
    scenes = judge.look_at(heldout.images)
    ways = {"draft": drafts, "optimised": finals}
    rendered = render_layouts([p.layout for p in painted])
    if rendered is not None:
        ways["renderer"] = judge.judge(rendered, range(len(painted)))
    count = len(painted)
    wrong, right = drafts.rank > 1, drafts.rank == 1
    return JudgeFigures(
        found=_found(judge.perceptor, heldout), captions=len(judge.texts),
        ways={
            name: Way(j.right, float(j.score.mean()), _frechet(j.embeddings, scenes))
            for name, j in ways.items()
        },
        floor=_frechet(scenes[:count], scenes[count:]),
        mended=Share(int((finals.rank[wrong] == 1).sum()), int(wrong.sum())),
        broken=Share(int((finals.rank[right] > 1).sum()), int(right.sum())),
        effects=effects,
    )  # fmt: skip


def _frechet(first: np.ndarray, second: np.ndarray) -> float:
    """Return a Fréchet distance, not a number where a set is too small to have a spread."""
    return frechet_distance(first, second) if min(len(first), len(second)) > 1 else float("nan")


def _effect(before: Judged, after: Judged) -> Effect:
    better = Share(int((after.score > before.score).sum()), len(before.score))
    return Effect(float(before.score.mean()), float(after.score.mean()), better)


def _effects(
    judge: Judge,
    illustrator: Illustrator,
    painted: Sequence[Painted],
    options: PictureOptions,
    say: Say,
) -> dict[str, Effect]:
    """Damage drafts, optimise them, and ask the judge before and after."""
    chosen = list(painted[:_DAMAGED])
    own = range(len(chosen))
    before = judge.judge([p.draft for p in chosen], own)
    after = judge.judge([p.final for p in chosen], own)
    effects = {"whole drafts": _effect(before, after)}
    for name, damage in (("figures blurred", blur_figures), ("figures hidden", hide_figures)):
        damaged = [damage(p.draft, p.layout) for p in chosen]
        mended = repaint(
            illustrator, chosen, damaged, seed=options.seed, steps=options.steps,
            progress=partial(_tell, say, name, len(chosen)),
        )  # fmt: skip
        before = judge.judge([p.draft for p in mended], own)
        after = judge.judge([p.final for p in mended], own)
        effects[name] = _effect(before, after)
    return effects


def _tell(say: Say, what: str, count: int, done: int) -> None:
    say(f"{what}: {done} of {count}")


def render_layouts(layouts: Sequence[Layout]) -> list[Pixels] | None:
    """Let the renderer of the training data paint layouts; None where its font is missing."""
    from engine.data.scenes import render

    try:
        return [render(layout, seed, size=256) for seed, layout in enumerate(layouts)]
    except EngineError:
        return None


@torch.inference_mode()
def _psnr(illustrator: Illustrator, heldout: SceneDataset) -> float:
    pictures = np.asarray(heldout.images[:_CODED])
    coded = [
        decode_codes(illustrator.vqgan, encode_pictures(illustrator.vqgan, picture[None]))
        for picture in pictures
    ]
    return psnr(pictures, np.concatenate(coded))


@torch.inference_mode()
def _found(perceptor: Perceptor, heldout: SceneDataset) -> dict[str, float]:
    """Return the R@1 of a CLIP among 256 held-out pairs, and with 256 damaged pictures beside."""
    pictures, texts = draw_pairs(heldout, _PAIRS, np.random.default_rng(7))
    figures = measure(
        perceptor.model, perceptor.tokenizer, pictures, texts, size=perceptor.image_size
    )
    names = ("text_to_image", "image_to_text", "text_to_image_mush")
    return {name: figures[name] for name in names}
