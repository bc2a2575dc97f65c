from __future__ import annotations

import os
from pathlib import Path

import pytest

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
