"""Starts of real engine processes with sound and with broken weights."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from engine.profiles import PROFILES, SUMS_FILE

ROOT = Path(__file__).resolve().parents[2]
MEMORY_BYTES = 1.5 * 2**30


def start(models: Path, address: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", "--listen", address, "--models", str(models)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )


def flip_last_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def truncate_without_sums(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])
    (path.parent / SUMS_FILE).unlink()


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("story.safetensors", flip_last_byte),
        ("vqgan.safetensors", Path.unlink),
        ("clip.safetensors", truncate_without_sums),
        ("story-tokenizer.json", truncate_without_sums),
    ],
)
def test_an_engine_with_a_broken_weight_file_names_it_and_ends(
    tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    models = tmp_path / "models"
    shutil.copytree(PROFILES["starter"], models)
    damage(models / name)
    ended = start(models, f"unix:{tmp_path / 'engine.sock'}")
    lines = [line for line in ended.stderr.splitlines() if " INFO " not in line]
    assert ended.returncode == 78
    assert len(lines) == 1
    assert name in lines[0]
    assert not (tmp_path / "engine.sock").exists()


def test_an_engine_with_its_models_resident_is_small(engine_address: str) -> None:
    lock = Path(engine_address.removeprefix("unix:") + ".lock")
    engine = psutil.Process(int(lock.read_text()))
    assert engine.memory_info().rss < MEMORY_BYTES
