"""Steps a second of one picture against the reference loop, with models of the published size."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial

import torch

from benchmarks.figures import Figure, figure, skipped
from benchmarks.reference import ReferenceLoop
from engine.image.guidance import Guidance
from engine.image.painter import Painter
from engine.image.painting import Painting
from engine.image.params import PaintParams, from_nothing
from engine.image.perceptor import Perceptor
from engine.image.preflight import Plan, make_plan
from engine.machine import bfloat16_is_fast, usable_cores
from engine.models.attention import pack_clip
from engine.models.taming import TamingParams, TamingVQGAN
from engine.models.vqgan import VQGAN

CPU_TARGET, GPU_TARGET, CROWD_TARGET = 2.0, 4.0, 12.0
CROWD = 16


@dataclass(frozen=True, eq=False)
class Models:
    """A VQGAN and a CLIP on one device; ``plain`` is the same CLIP as its library has it."""

    vqgan: VQGAN
    perceptor: Perceptor
    plain: Perceptor
    device: torch.device


def published_size(device: str) -> Models:
    """Build the f16-16384 VQGAN and ViT-B/32 with random weights."""
    from open_clip import create_model

    torch.manual_seed(0)
    place = torch.device(device)
    vqgan = TamingVQGAN(TamingParams()).eval().requires_grad_(False).to(place)
    clip = create_model("ViT-B-32-quickgelu", pretrained=None).to(place)
    # Nothing is read here: embeddings are drawn.
    plain = Perceptor(deepcopy(clip), None, 224)  # type: ignore[arg-type]
    perceptor = Perceptor(clip, None, 224)  # type: ignore[arg-type]
    pack_clip(clip)
    laid_out = vqgan.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Models(laid_out, perceptor, plain, place)


def ours(models: Models, *, reduced: bool, compiled: bool = False) -> tuple[Painter, Plan]:
    """Return the painter as the illustrator would make it on this machine."""
    plan = make_plan(models.vqgan, (models.perceptor,), cores=usable_cores(), reduced=reduced)
    painter = Painter(
        models.vqgan, models.perceptor, chunk=plan.chunk, workers=plan.passes,
        threads=plan.threads, most_views=plan.most_views, reduced=reduced,
        halved=reduced, compiled=compiled,
    )  # fmt: skip
    return painter, plan


def sketch(models: Models, *, side: int, cuts: int, seed: int = 0) -> Painting:
    """Return a painting from random codes towards a random text, as the reference has it."""
    generator = torch.Generator().manual_seed(seed)
    codes_side = side // models.vqgan.params.factor
    codes = torch.randint(
        len(models.vqgan.codebook), (1, codes_side, codes_side), generator=generator
    )
    start = models.vqgan.codes_to_latents(codes.to(models.device)).float()
    params = from_nothing(PaintParams(cuts=cuts, judge_every=10_000), "codes")
    plain = PaintParams(**{**vars(params), "stages": (), "steps": 10_000})
    stops = torch.full((1,), float("-inf"), device=models.device)
    weights = torch.ones(1, device=models.device)
    return Painting(start, Guidance(text(models), weights, stops), plain, seed=seed)


def text(models: Models) -> torch.Tensor:
    """Draw the embedding (1, D) of some text."""
    dimensions = int(models.perceptor.model.visual.output_dim)  # type: ignore[union-attr,arg-type]
    drawn = torch.randn(1, dimensions, generator=torch.Generator().manual_seed(1))
    return torch.nn.functional.normalize(drawn, dim=-1).to(models.device)


@dataclass(frozen=True)
class Taken:
    """What one step took: seconds by the clock, and core-seconds of this process."""

    seconds: float
    core_seconds: float

    def __add__(self, other: Taken) -> Taken:
        """Return both times together."""
        return Taken(self.seconds + other.seconds, self.core_seconds + other.core_seconds)


NOTHING = Taken(0.0, 0.0)


def timed(step: Callable[[], object], device: torch.device) -> Taken:
    """Take one step and its times, a GPU's work waited for."""
    started, used = time.perf_counter(), time.process_time()
    step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return Taken(time.perf_counter() - started, time.process_time() - used)


def alternating(
    first: Callable[[], object], second: Callable[[], object], device: torch.device, runs: int
) -> tuple[list[Taken], list[Taken]]:
    """Time two kinds of steps in turn, so that a busy machine is busy for both."""
    one, other = [], []
    for run in range(runs + 1):
        taken = timed(first, device), timed(second, device)
        if run:  # the first ones warm the kernels up
            one.append(taken[0])
            other.append(taken[1])
    return one, other


def measure_loops(sides: Sequence[int], cuts: Sequence[int], runs: int) -> Iterator[Figure]:
    """Measure one picture on the CPU and, where there is one, on the GPU."""
    models = published_size("cpu")
    for side in sides:
        for count in cuts:
            yield from _measure_one(models, side, count, runs, CPU_TARGET)
    yield from measure_on_gpu(sides, cuts, runs)


def measure_on_gpu(sides: Sequence[int], cuts: Sequence[int], runs: int) -> Iterator[Figure]:
    """Measure one picture and a crowd of them on a GPU, with torch.compile and without."""
    name = "one picture, published size, on a GPU"
    if not torch.cuda.is_available():
        yield skipped(name, "there is no GPU")
        return
    models, most = published_size("cuda"), max(10, runs)
    for side in sides:
        for count in cuts:
            yield from _measure_one(models, side, count, most, GPU_TARGET)
    yield from _measure_crowd(models, sides[0], cuts[0], most)
    for side in sides:
        yield from _measure_one(models, side, cuts[0], most, GPU_TARGET, compiled=True)
    yield from _measure_crowd(models, sides[0], cuts[0], most, compiled=True)


def _measure_one(
    models: Models, side: int, cuts: int, runs: int, target: float, *, compiled: bool = False
) -> Iterator[Figure]:
    """Yield the ratio to the reference's speed, and the share of what the device can do."""
    on_gpu = models.device.type == "cuda"
    painter, _ = ours(models, reduced=bfloat16_is_fast(models.device.type), compiled=compiled)
    reference = ReferenceLoop(models.vqgan, models.plain, text(models), side=side, cuts=cuts)
    picture = sketch(models, side=side, cuts=cuts)
    mine, theirs = alternating(
        partial(painter.step, [picture]), reference.step, models.device, runs
    )
    where = ("GPU" if on_gpu else "CPU") + (", compiled" if compiled else "")
    name = f"{side} x {side}, {cuts} views, {where}"
    reference_seconds = statistics.median(t.seconds for t in theirs)
    yield figure(
        f"step, {name}", "s", [t.seconds for t in mine],
        against="the reference loop", base=reference_seconds,
    )  # fmt: skip
    ratios = [other.seconds / own.seconds for own, other in zip(mine, theirs, strict=True)]
    yield _speed(f"times the reference's speed, {name}", ratios, target)
    if not on_gpu:
        work = [o.core_seconds / m.core_seconds for m, o in zip(mine, theirs, strict=True)]
        yield _speed(f"times fewer core-seconds than the reference, {name}", work, target)
    step = partial(painter.advance, [picture])
    yield matmul_share(models, step, min(t.seconds for t in mine), name, reduced=painter.reduced)


def _measure_crowd(
    models: Models, side: int, cuts: int, runs: int, *, compiled: bool = False
) -> Iterator[Figure]:
    """Yield how much faster a picture is among 16 that share a pass than one of the reference."""
    painter, _ = ours(models, reduced=True, compiled=compiled)
    painter.chunk = CROWD
    crowd = [sketch(models, side=side, cuts=cuts, seed=seed) for seed in range(CROWD)]
    reference = ReferenceLoop(models.vqgan, models.plain, text(models), side=side, cuts=cuts)
    mine, theirs = alternating(partial(painter.step, crowd), reference.step, models.device, runs)
    ratios = [CROWD * o.seconds / m.seconds for m, o in zip(mine, theirs, strict=True)]
    name = f"{CROWD} pictures at once, times the reference's speed a picture, {side} x {side}"
    yield _speed(name + (", compiled" if compiled else ""), ratios, CROWD_TARGET)
    on_one = partial(painter.advance, crowd)
    seconds = min(t.seconds for t in mine)
    yield matmul_share(models, on_one, seconds, f"{CROWD} pictures, {side} x {side}", reduced=True)


def _speed(name: str, ratios: Sequence[float], target: float) -> Figure:
    note = "a ratio of 1 or more meets the target"
    return figure(name, "x", ratios, against=f"{target:g} x", base=target, note=note)


def matmul_share(
    models: Models, step: Callable[[], object], seconds: float, name: str, *, reduced: bool
) -> Figure:
    """Return the share of the device's measured peak of matrix products that a step reaches."""
    from torch.utils.flop_counter import FlopCounterMode

    def counted() -> int:
        with FlopCounterMode(display=False) as counter:
            step()
        return int(counter.get_total_flops())

    flops = counted()
    peak = peak_flops(models.device, reduced=reduced)
    share = 100 * flops / seconds / peak if flops else float("nan")
    return figure(
        f"share of the peak of matrix products, {name}", "%", [share],
        against=f"{peak / 1e9:,.0f} GFLOP/s, {'bfloat16' if reduced else 'float32'}", base=100,
        note=f"{flops / 1e9:,.0f} GFLOP a step",
    )  # fmt: skip


def peak_flops(device: torch.device, *, reduced: bool) -> float:
    """Measure how many operations a second large matrix products reach."""
    kind = torch.bfloat16 if reduced else torch.float32
    # A product that a large GPU does in less time than it takes to ask for it says little.
    size = 8192 if device.type == "cuda" else 2048
    a = torch.randn(size, size, device=device, dtype=kind)
    best = min(timed(lambda: a @ a, device).seconds for _ in range(8))
    return 2 * size**3 / best
