"""The run that each picture recipe is: budget, files, optimiser, checkpoints and loop."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from engine.training.common import (
    Clock,
    Ema,
    Every,
    RunLog,
    TrainOptions,
    learning_rate,
    load_checkpoint,
    parameter_groups,
    save_checkpoint,
    seed_everything,
    set_learning_rate,
)


class Run(ABC):
    """One run of a recipe, begun afresh or gone on with from its checkpoint.

    A recipe's own class makes what it trains and calls ``begin`` with it, says in ``train_step``
    what a step learns, and in ``look`` what is to be seen of it each ``look_s`` seconds. ``folder``
    holds log, checkpoint and sample sheets; ``rng`` draws its batches.
    """

    report_s: ClassVar[float] = 30.0
    save_s: ClassVar[float] = 120.0
    look_s: ClassVar[float] = math.inf

    trained: nn.Module
    optimiser: torch.optim.Optimizer
    ema: Ema

    def __init__(
        self, options: TrainOptions, name: str, *, minutes: float, seed: int | None = None
    ) -> None:
        self.options = options
        self.seed = options.seed if seed is None else seed
        self.folder = options.runs / name
        self.log = RunLog(self.folder)
        self.clock = Clock((options.minutes or minutes) * 60)
        self.step = 0
        self.rng = np.random.default_rng(self.seed)
        seed_everything(self.seed)

    def begin(
        self,
        trained: nn.Module,
        *,
        rate: float,
        weight_decay: float,
        ema_decay: float | None = None,
        key: str = "model",
        afresh: Callable[[], None] | None = None,
    ) -> None:
        """Set up what is trained, under ``key`` in the checkpoint, and go on from there if it may.

        ``rate`` is the learning rate at its peak; with ``ema_decay`` an average of the weights is
        kept. ``afresh`` gives the weights of a run without a checkpoint where they begin.
        """
        saved = load_checkpoint(self.folder / "checkpoint.pt") if self.options.resume else None
        if saved is None and afresh is not None:
            afresh()
        self.trained, self.rate = trained, rate
        self.optimiser = torch.optim.AdamW(
            parameter_groups(trained, weight_decay), betas=(0.9, 0.98), fused=True
        )
        self._parts: dict[str, Any] = {key: trained, "optimiser": self.optimiser}
        if ema_decay is not None:
            self._parts["ema"] = self.ema = Ema(trained, ema_decay)
        if saved is not None:
            self.restore(saved)

    def restore(self, saved: dict[str, Any]) -> None:
        """Take up a checkpoint; what is drawn from now on is not what was drawn before."""
        for name, part in self._parts.items():
            part.load_state_dict(saved[name])
        self.step, self.clock.before = int(saved["step"]), float(saved["elapsed"])
        self.rng = np.random.default_rng([self.seed, self.step])
        seed_everything(self.seed + self.step)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint holds: tensors and plain values."""
        parts = {name: part.state_dict() for name, part in self._parts.items()}
        return {**parts, "step": self.step, "elapsed": self.clock.elapsed}

    def save(self) -> None:
        """Write a checkpoint."""
        save_checkpoint(self.folder / "checkpoint.pt", self.state())

    @abstractmethod
    def train_step(self) -> float:
        """Train on one batch and return its loss."""

    def descend(self, loss: Tensor) -> float:
        """Take one step of AdamW down a loss, its gradient at most 1 long; return the loss."""
        set_learning_rate(self.optimiser, learning_rate(self.clock.progress, self.rate))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.trained.parameters(), 1.0)
        self.optimiser.step()
        if "ema" in self._parts:
            self.ema.update(self.trained)
        self.step += 1
        return float(loss.detach())

    def look(self) -> None:  # noqa: B027 - nothing to look at is no mistake
        """Measure, draw or export what there is so far; a recipe without ``look_s`` does not."""

    def note(self, **figures: float) -> None:
        """Write a line of the log."""
        self.log.write(step=self.step, minutes=self.clock.elapsed / 60, **figures)

    def go(self) -> None:
        """Train until the time is over; log, keep checkpoints and look at it now and then."""
        self.clock.start()
        report, checkpoint, look = Every(self.report_s), Every(self.save_s), Every(self.look_s)
        recent: list[float] = []
        while not self.clock.finished:
            recent.append(self.train_step())
            if report.due():
                self.note(loss=float(np.mean(recent)))
                recent = []
            if checkpoint.due():
                self.save()
            if look.due():
                self.look()
        self.save()

    def hardware(self, cores: str = "one of two shared x86 cores") -> str:
        """Return what a card says that the weights were made on: a GPU, or such ``cores``."""
        return cores if self.options.preset == "cpu" else "a GPU"


def count_millions(net: nn.Module) -> float:
    """Return the number of a network's parameters in millions, for its card."""
    return sum(p.numel() for p in net.parameters()) / 1e6
