"""Peak memory of one step, each measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import torch

from benchmarks.figures import Figure, figure, skipped
from benchmarks.loops import ours, published_size, sketch, text
from benchmarks.reference import ReferenceLoop
from engine.image.preflight import measure_appetite
from engine.machine import bfloat16_is_fast, free_memory

MIB = 2**20
CUTS = 32
# So much of the free memory is risked; an engine beside it must live on.
RISKED = 0.6


def measure_memory(sides: Sequence[int]) -> Iterator[Figure]:
    """Measure a step's peak beyond the models, ours and the reference's, at some sizes."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    models = published_size(device)
    plan = ours(models, reduced=bfloat16_is_fast(device))[1]
    plain = measure_appetite(
        models.vqgan, (models.plain,), precision=lambda: torch.autocast(device, enabled=False)
    )
    for side in sides:
        name = f"peak memory of a step, {side} x {side}, {CUTS} views"
        foretold = plan.cost(side, side, CUTS)
        room = RISKED * free_memory()
        theirs = plain.step(side, side, CUTS)
        if device == "cpu" and foretold > room:
            yield skipped(name, f"{foretold / 2**30:.0f} GiB are more than this machine can spare")
            continue
        measured = _in_a_process("ours", side, device)
        if device == "cpu" and theirs > room:
            against, base = "what was foretold", foretold / MIB
        else:
            against, base = "the reference loop", _in_a_process("reference", side, device)
        yield figure(name, "MiB", [measured], against=against, base=base)
        yield figure(
            f"{name}, foretold", "MiB", [foretold / MIB], against="what was measured", base=measured
        )


def _in_a_process(kind: str, side: int, device: str) -> float:
    """Return the peak (MiB) of one step in a fresh process, beyond the models themselves."""
    command = [sys.executable, "-m", "benchmarks.memory", kind, str(side), device]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def _step_once(kind: str, side: int, device: str) -> float:
    """Take one step and return by how much memory grew at most (MiB)."""
    models = published_size(device)
    if kind == "ours":
        painter, _ = ours(models, reduced=bfloat16_is_fast(device))
        step = partial(painter.advance, [sketch(models, side=side, cuts=CUTS)])
    else:
        loop = ReferenceLoop(models.vqgan, models.plain, text(models), side=side, cuts=CUTS)
        step = loop.step  # type: ignore[assignment]
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        step()
        return (torch.cuda.max_memory_allocated() - before) / MIB
    before = _resident("VmRSS")
    _reset_peak()
    step()
    return _resident("VmHWM") - before


def _resident(name: str) -> float:
    """Return a line of this process's status in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_step_once(sys.argv[1], int(sys.argv[2]), sys.argv[3])) + "\n")
