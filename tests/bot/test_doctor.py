from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from bot.config import load_settings
from bot.doctor import (
    Answer,
    check_database_file,
    check_device,
    check_disk,
    check_packages,
    exit_code,
)
from bot.library.migrations import migrate
from bot.settings import Settings
from tests.bot.console.conftest import Run, demo_address, pagewright

__all__ = ["demo_address", "pagewright"]

PARTS = {
    "python", "bot packages", "config", "engine packages", "models", "gpu", "engine", "database",
    "disk", "tokens",
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "config.toml").write_text("")
    return load_settings(tmp_path / "config.toml", environ={})


def test_every_part_has_one_answer_and_tokens_are_never_printed(pagewright: Run) -> None:
    done = pagewright("doctor", "--json", env={"DISCORD_TOKEN": "very-secret"})
    assert done.stderr == ""
    assert "very-secret" not in done.stdout
    assert "discord present, telegram not set" in done.stdout
    report = json.loads(done.stdout)
    assert {part["part"] for part in report["parts"]} == PARTS
    failed = [part for part in report["parts"] if part["state"] == "fail"]
    assert report["ok"] == (done.returncode == 0) == (not failed)


def test_a_wrong_key_is_told_as_a_failure(pagewright: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[engin]\n")
    done = pagewright("doctor")
    assert done.returncode == 78
    assert "engin" in done.stdout.splitlines()[-1]


def test_a_file_that_is_no_database_is_told_with_a_remedy(settings: Settings) -> None:
    path = settings.database_path
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)
    answer = check_database_file(settings)
    assert answer.state == "fail"
    assert answer.remedy
    assert path.read_bytes().startswith(b"not a database")


@pytest.mark.parametrize(
    ("wanted", "seen", "state", "says"),
    [
        ("auto", "", "ok", "none; models run on the CPU"),
        ("auto", "Large GPU", "ok", "Large GPU, on which models run"),
        ("cpu", "Large GPU", "ok", "Large GPU is left alone; models run on the CPU"),
        ("cuda", "", "warn", "none that PyTorch can use"),
    ],
)
def test_what_models_run_on_is_told_as_it_is(
    monkeypatch: pytest.MonkeyPatch, wanted: str, seen: str, state: str, says: str
) -> None:
    monkeypatch.setattr("bot.doctor._ask", lambda command: ([f"{seen}|2.12"], 0))
    answer = check_device(wanted)
    assert (answer.state, says in answer.message) == (state, True)
    assert bool(answer.remedy) == (state == "warn")


def test_somebody_elses_and_newer_databases_are_refused(settings: Settings) -> None:
    path = settings.database_path
    assert "none yet" in check_database_file(settings).message
    migrate(path)
    assert (check_database_file(settings).state, path.exists()) == ("ok", True)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO migrations VALUES (999, '0999_x.sql', '', 0)")
    assert "newer" in check_database_file(settings).message
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE migrations")
    assert "is not Pagewright's" in check_database_file(settings).message


def test_a_missing_package_names_the_remedy() -> None:
    answer = check_packages("engine packages", ("typer", "no-such-package"), needed=True)
    assert (answer.state, answer.exit_code) == ("fail", 78)
    assert "no-such-package" in answer.message
    assert "pagewright[engine]" in answer.remedy
    assert check_packages("engine packages", ("no-such-package",), needed=False).state == "warn"


def test_the_exit_code_is_that_of_the_worst_failure() -> None:
    fine, odd = Answer("a", "ok", ""), Answer("b", "warn", "", exit_code=78)
    down, wrong = Answer("c", "fail", "", exit_code=69), Answer("d", "fail", "", exit_code=78)
    assert exit_code([fine, odd]) == 0
    assert exit_code([fine, down]) == 69
    assert exit_code([down, wrong]) == 78
    assert exit_code([Answer("e", "fail", "")]) == 1


def test_disk_space_is_told(settings: Settings) -> None:
    assert "GB free" in check_disk(settings).message
