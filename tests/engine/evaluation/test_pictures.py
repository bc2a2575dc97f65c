"""The whole evaluation at its smallest, with the shipped models: figures, sheet, JSON, lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.evaluation.measures import Share
from engine.evaluation.pictures import PictureOptions, evaluate_pictures
from engine.evaluation.report import picture_lines, share_text, show, write_json
from engine.evaluation.sheet import make_sheet, save_sheet
from engine.profiles import PROFILES
from tests.engine.evaluation.judges import make_judge, make_scenes

ROOT = Path(__file__).resolve().parents[3]


def test_the_smallest_evaluation_gives_all_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_scenes(tmp_path / "data" / "scenes-256-heldout", count=6, size=256)
    (tmp_path / "judge").mkdir()
    options = PictureOptions(
        PROFILES["starter"], make_judge(tmp_path / "judge"), tmp_path / "data", count=1, steps=1
    )
    outcome = evaluate_pictures(options)
    figures = outcome.figures
    assert (figures.count, figures.steps, figures.side) == (1, 1, 256)
    assert figures.times.picture > figures.times.draft > 0
    assert figures.judge is not None
    assert {"draft", "optimised"} <= set(figures.judge.ways)
    assert set(figures.judge.effects) == {"whole drafts", "figures blurred", "figures hidden"}
    assert figures.judge.mended.count + figures.judge.broken.count == 1
    show(picture_lines(figures), title="Pictures")
    assert "R-precision@1 of 100, optimised: " in capsys.readouterr().out
    write_json(figures, tmp_path / "deep" / "figures.json")
    saved = json.loads((tmp_path / "deep" / "figures.json").read_text(encoding="utf-8"))
    assert saved["judge"]["ways"]["draft"]["frechet"] is None
    assert saved["judge"]["ways"]["draft"]["right"]["count"] == 1
    save_sheet(outcome, tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    assert make_sheet(outcome).width > 900


@pytest.mark.parametrize("missing", ["judge", "scenes"])
def test_what_is_missing_is_said_with_how_to_make_it(tmp_path: Path, missing: str) -> None:
    judge = tmp_path if missing == "judge" else None
    options = PictureOptions(PROFILES["starter"], judge, tmp_path, count=1)
    with pytest.raises(EngineError, match="pagewright train"):
        evaluate_pictures(options)


def test_the_command_ends_with_wrong_use_and_one_line(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "engine", "evaluate", "pictures", "--judge", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
    assert "pagewright train judge" in answer.stderr


def test_a_file_that_cannot_be_written_is_refused_before_painting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path, tmp_path / "file" / "figures.json"):
        answer = subprocess.run(
            [sys.executable, "-m", "engine", "evaluate", "pictures", "--out", str(out)],
            cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
        assert "cannot write" in answer.stderr


def test_a_share_is_told_with_its_count_and_interval() -> None:
    assert share_text(Share(62, 100)) == "0.62 (62 of 100, 95 %: 0.52–0.71)"
    assert share_text(Share(0, 0)) == "none to count"
