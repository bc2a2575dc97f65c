"""The run that all picture recipes are, shown by one that learns to add."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from engine.training.common import TrainOptions
from engine.training.run import Run


class Sums(Run):
    """Learns that y is the sum of x."""

    report_s = save_s = 0.0
    look_s = 0.0

    def __init__(self, options: TrainOptions, *, ema_decay: float | None = 0.9) -> None:
        super().__init__(options, "sums", minutes=0.02)
        self.net = nn.Linear(2, 1)
        self.begun, self.drawn, self.looks = False, 0.0, 0
        self.begin(
            self.net, rate=0.1, weight_decay=0.0, ema_decay=ema_decay, key="net",
            afresh=self._start,
        )  # fmt: skip

    def _start(self) -> None:
        self.begun = True

    def state(self) -> dict[str, Any]:
        return {**super().state(), "looks": self.looks}

    def restore(self, saved: dict[str, Any]) -> None:
        super().restore(saved)
        self.looks = saved["looks"]

    def train_step(self) -> float:
        x = torch.tensor(self.rng.normal(size=(8, 2)), dtype=torch.float32)
        self.drawn = float(x[0, 0])
        return self.descend((self.net(x)[:, 0] - x.sum(1)).square().mean())

    def look(self) -> None:
        self.looks += 1


@pytest.fixture
def options(tmp_path: Path) -> TrainOptions:
    return TrainOptions(runs=tmp_path, seed=3)


def test_steps_go_down_the_loss_and_the_average_follows(options: TrainOptions) -> None:
    run = Sums(replace(options, minutes=1000))
    # Behind the warm-up, however fast this machine is.
    run.clock.before = 0.1 * run.clock.budget
    losses = [run.train_step() for _ in range(80)]
    assert run.step == 80
    assert losses[-1] < losses[0] / 10
    assert torch.allclose(run.ema.state["weight"], run.net.weight, atol=0.1)


def test_a_run_logs_looks_and_keeps_a_checkpoint_until_its_time_is_over(
    options: TrainOptions,
) -> None:
    run = Sums(options)
    assert run.begun
    run.go()
    assert run.clock.finished
    lines = (options.runs / "sums" / "log.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == list(range(1, run.step + 1))
    assert run.looks == run.step == Sums(options).step


def test_a_run_goes_on_where_it_stopped_and_draws_something_else(options: TrainOptions) -> None:
    first = Sums(options)
    for _ in range(3):
        first.train_step()
    first.looks = 5
    first.save()
    later = Sums(options)
    assert (later.step, later.looks, later.begun) == (3, 5, False)
    assert torch.equal(later.net.weight, first.net.weight)
    assert torch.equal(later.ema.state["weight"], first.ema.state["weight"])
    assert later.clock.before > 0
    drawn = [run.train_step() and run.drawn for run in (Sums(options), later)]
    assert drawn[0] == drawn[1] != first.drawn


def test_a_fresh_run_leaves_the_checkpoint_aside(options: TrainOptions) -> None:
    Sums(options).save()
    assert Sums(TrainOptions(runs=options.runs, seed=3, resume=False)).begun


def test_an_average_is_kept_only_where_one_is_wanted(options: TrainOptions) -> None:
    run = Sums(options, ema_decay=None)
    run.train_step()
    assert "ema" not in run.state()
