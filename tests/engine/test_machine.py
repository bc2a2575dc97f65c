from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from engine import machine


@pytest.mark.parametrize(
    ("limit", "most"), [("max 100000", 10_000), ("150000 100000", 2), ("1000 100000", 1)]
)
def test_a_containers_limit_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    (tmp_path / "cpu.max").write_text(limit)
    monkeypatch.setattr(machine, "CPU_MAX", tmp_path / "cpu.max")
    assert machine.usable_cores() == min(most, len(os.sched_getaffinity(0)))


def test_no_such_file_is_no_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CPU_MAX", tmp_path / "none")
    assert machine.usable_cores() == len(os.sched_getaffinity(0))


def test_a_gpu_that_is_not_there_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [machine.choose_device(wanted) for wanted in ("cpu", "auto")] == ["cpu", "cpu"]
    assert not caplog.records
    assert machine.choose_device("cuda") == "cpu"
    (record,) = caplog.records
    assert record.getMessage().startswith("engine.device is cuda, but ")
    assert record.getMessage().endswith(": computing on the CPU")


def test_a_gpu_that_is_seen_but_does_not_work_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no kernel image is available\nand much more")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
    monkeypatch.setattr(torch, "zeros", broken)
    assert machine.choose_device("cuda") == "cpu"
    assert "the GPU cannot be used (no kernel image is available)" in caplog.text
