from __future__ import annotations

from pathlib import Path

from benchmarks.library import build_library, measure_library
from bot.library.check import check_database


def test_the_measured_library_is_a_sound_one(tmp_path: Path) -> None:
    build_library(tmp_path / "a.db", stories=40)
    assert check_database(tmp_path / "a.db") == ()


def test_every_question_is_answered_and_timed(tmp_path: Path) -> None:
    timings = measure_library(tmp_path, stories=200, repeats=2)
    assert len({timing.name for timing in timings}) == len(timings) == 11
    assert all(timing.milliseconds and min(timing.milliseconds) > 0 for timing in timings)
