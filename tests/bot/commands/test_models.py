"""``pagewright models`` hands its work to the engine, told of the settings' folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def pagewright(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(folder), **environ},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_profiles_are_listed_with_what_to_do_for_those_that_are_absent(tmp_path: Path) -> None:
    listed = pagewright(tmp_path, "models", "list")
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    assert [row[:2] for row in rows] == [["starter", "ok"], ["classic", "absent"],
                                         ["studio", "absent"]]  # fmt: skip
    assert rows[1][-1] == "pagewright models pull classic"


def test_the_settings_say_where_models_are(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[engine]\nmodels = "here"\n', encoding="utf-8")
    (tmp_path / "here" / "classic.part").mkdir(parents=True)
    assert "classic\tunfinished" in pagewright(tmp_path, "models", "list").stdout
    (tmp_path / "there" / "studio.part").mkdir(parents=True)
    there = pagewright(
        tmp_path, "models", "list", PAGEWRIGHT_ENGINE__MODELS=str(tmp_path / "there")
    )
    assert "studio\tunfinished" in there.stdout
    assert "classic\tabsent" in there.stdout


def test_a_profile_that_is_absent_is_wrong_configuration(tmp_path: Path) -> None:
    answer = pagewright(tmp_path, "models", "verify", PAGEWRIGHT_ENGINE__PROFILE="classic")
    assert answer.returncode == 78
    assert answer.stderr.count("\n") == 1
    assert "pagewright models pull classic" in answer.stderr


def test_wrong_use_is_told_apart_from_bad_luck(tmp_path: Path) -> None:
    assert pagewright(tmp_path, "models", "pull", "nonsense").returncode == 2
    assert pagewright(tmp_path, "models", "pull", "classic", "--from", "nowhere").returncode == 2
    gone = pagewright(tmp_path, "models", "pull", "classic", HF_ENDPOINT="http://127.0.0.1:9")
    assert gone.returncode == 69
    assert gone.stderr.count("\n") == 1
    assert "cannot be reached" in gone.stderr
