"""Parts all recipes share: options, clock, schedule, EMA, checkpoints, logs, exports, cards."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from einops import rearrange
from PIL import Image
from safetensors.torch import save
from torch import Tensor, nn

from engine.machine import choose_device
from engine.training.curves import draw_curves
from engine.weights import pack


@dataclass(frozen=True)
class TrainOptions:
    """What a recipe is told.

    ``out`` is the folder for finished weights, ``runs`` for checkpoints, logs and sample sheets,
    ``data`` for rendered scenes, ``corpus`` for prose. ``minutes`` is the budget of the whole run,
    earlier parts of a resumed one counted in; None means the preset's own. ``start`` is a folder of
    earlier weights that a run begins from where its recipe can. ``only`` names subjects, for the
    recipe that gives them new looks.
    """

    out: Path = Path("engine/starter")
    runs: Path = Path("runs")
    data: Path = Path("runs/data")
    corpus: Path | None = None
    start: Path | None = None
    minutes: float | None = None
    preset: str = "cpu"
    seed: int = 0
    resume: bool = True
    only: tuple[str, ...] = ()

    @property
    def device(self) -> torch.device:
        """Return the device of the preset: a GPU for "gpu", with a warning where there is none."""
        return _device("cuda" if self.preset == "gpu" else "cpu")


@cache
def _device(wanted: str) -> torch.device:
    device = torch.device(choose_device(wanted))
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    return device


STOP = threading.Event()
"""Set when the process is told to end: a run ends as if its time were over, and goes on later."""


def stop_at_sigterm() -> None:
    """Let SIGTERM end a run in good order: with a checkpoint, and its weights as they are."""
    signal.signal(signal.SIGTERM, lambda *_: STOP.set())


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and PyTorch's global generators."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def bfloat16(device: torch.device) -> AbstractContextManager[None]:
    """Return an autocast context to bfloat16 for a device."""
    context: AbstractContextManager[None] = torch.autocast(device.type, torch.bfloat16)
    return context


@dataclass
class Clock:
    """The time of a run against its budget, both in seconds; a resumed run goes on counting.

    Schedules follow the share of the time that is gone, not steps, so that a run on a busy machine
    still ends on time with its learning rate down.
    """

    budget: float
    before: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """Begin to count: what came before was preparation."""
        self.started = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Return the seconds trained so far, earlier parts counted in."""
        return self.before + time.monotonic() - self.started

    @property
    def progress(self) -> float:
        """Return the share of the budget that is gone, 0..1."""
        return min(1.0, self.elapsed / self.budget)

    @property
    def finished(self) -> bool:
        """Say whether the budget is spent, or the process was told to end."""
        return STOP.is_set() or self.elapsed >= self.budget


@dataclass
class Every:
    """Says True once each ``seconds``; for logs, checkpoints and exports within a loop."""

    seconds: float
    last: float = field(default_factory=time.monotonic)

    def due(self) -> bool:
        """Say whether the interval has passed, and start the next one if so."""
        now = time.monotonic()
        if now - self.last < self.seconds:
            return False
        self.last = now
        return True


def learning_rate(
    progress: float, peak: float, *, warmup: float = 0.02, floor: float = 0.02
) -> float:
    """Return the rate at a share of the run: linear warm-up, then cosine down to a floor."""
    if progress < warmup:
        return peak * max(progress / warmup, 0.01)
    share = (progress - warmup) / (1 - warmup)
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, share))))


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set one learning rate in all parameter groups."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Split parameters into matrices, which decay, and biases, norms and the like, which do not."""
    trained = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]


class Ema:
    """An exponential moving average of a model's state, warmed up over the first steps."""

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        self.decay = decay
        self.steps = 0
        self.state = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards the model's present state."""
        self.steps += 1
        keep = min(self.decay, (1 + self.steps) / (10 + self.steps))
        now = model.state_dict()
        moving = [key for key, value in now.items() if value.is_floating_point()]
        # In one go: on a GPU each call costs as much as the numbers do.
        torch._foreach_lerp_(
            [self.state[key] for key in moving], [now[key] for key in moving], 1 - keep
        )
        for key in now.keys() - set(moving):
            self.state[key].copy_(now[key])

    def state_dict(self) -> dict[str, Any]:
        """Return the average and its step count, for a checkpoint."""
        return {"state": self.state, "steps": self.steps}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Take up an average from a checkpoint."""
        self.steps = int(saved["steps"])
        for key, value in saved["state"].items():
            self.state[key].copy_(value)


class RunLog:
    """Progress of a run as JSON lines in ``log.jsonl``, each also printed; now and then curves."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "log.jsonl"
        self._curves = Every(180)

    def write(self, **values: float | int | str) -> None:
        """Append one line; floats are rounded to five digits."""
        rounded = {k: round(v, 5) if isinstance(v, float) else v for k, v in values.items()}
        line = json.dumps(rounded)
        print(line, flush=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        if self._curves.due():
            self.draw()

    def draw(self) -> None:
        """Draw ``curves.png`` beside the log, where matplotlib is installed."""
        draw_curves(self.path, self.path.with_name("curves.png"))


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place and move it there, so that nobody sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    write(part)
    part.replace(path)


def save_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """Write a checkpoint of tensors and plain values atomically; it goes on on any device."""
    _replace(path, lambda part: torch.save(_on_cpu(state), part))


def _on_cpu(state: Any) -> Any:
    """Return tensors, in whatever they are, as they lie in the CPU's memory."""
    if isinstance(state, Tensor):
        return state.detach().cpu()
    if isinstance(state, Mapping):
        return {key: _on_cpu(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return type(state)(_on_cpu(value) for value in state)
    return state


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint, to the CPU, without unpickling code; None where there is none."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def export_weights(
    state: Mapping[str, Tensor],
    path: Path,
    *,
    metadata: Mapping[str, str] | None = None,
    int8: bool = False,
) -> None:
    """Write a state dict as safetensors, atomically, in fp16, or matrices in int8."""
    data = save(pack(state, int8=int8), metadata=dict(metadata or {}))
    _replace(path, lambda part: part.write_bytes(data))


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    _replace(path, lambda part: part.write_text(text, encoding="utf-8"))


def write_card(path: Path, title: str, sections: Mapping[str, str | Mapping[str, object]]) -> None:
    """Write a model card: sections of prose, or of figures as a table."""
    lines = [f"# {title}", ""]
    for heading, body in sections.items():
        lines += [f"## {heading}", ""]
        if isinstance(body, str):
            lines += [body.strip(), ""]
        else:
            lines += ["| what | figure |", "|---|---|"]
            lines += [f"| {key} | {value} |" for key, value in body.items()] + [""]
    write_text(path, "\n".join(lines))


def save_sheet(path: Path, pictures: Tensor, *, columns: int) -> None:
    """Write pictures (N, 3, H, W) in -1..1 as one PNG, row by row; N divisible by ``columns``."""
    grid = rearrange(pictures.float().cpu(), "(r k) c h w -> (r h) (k w) c", k=columns)
    pixels = ((grid.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).numpy()
    _replace(path, lambda part: Image.fromarray(pixels).save(part, format="PNG"))
