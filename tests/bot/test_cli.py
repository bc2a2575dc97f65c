"""Bad input: each row one clear line, the right exit code, nothing written."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.console.conftest import Run, demo_address, environment, pagewright
from tests.conftest import ROOT

__all__ = ["demo_address", "pagewright"]


def left_in(folder: Path) -> list[str]:
    """Return the books and pictures of a folder."""
    return [path.name for path in folder.iterdir() if path.name not in ("data", "config.toml")]


def stories_in(folder: Path) -> int:
    path = folder / "data" / "library.db"
    if not path.exists():
        return 0
    with sqlite3.connect(path) as connection:
        return int(connection.execute("SELECT count(*) FROM stories").fetchone()[0])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["story"], 2, "Missing argument"),
        (["story", ""], 2, "idea is empty"),
        (["story", " \u200b "], 2, "idea is empty"),
        (["story", "x" * 10_000], 2, "10000 characters; the limit is 500"),
        (["story", "a \x07 fox"], 2, "control character U+0007"),
        (["story", "Маленький дракон боится огня"], 2, "English only"),
        (["story", "小さな竜"], 2, "English only"),
        (["story", "a fox", "--pages", "0"], 2, "ask for 1 to 8"),
        (["story", "a fox", "--pages", "99"], 2, "ask for 1 to 8"),
        (["story", "a fox", "--pages", "few"], 2, "--pages"),
        (["story", "a fox", "--style", "cubist"], 2, "choose storybook or watercolour"),
        (["story", "a fox", "--seed", "-1"], 2, "no seed"),
        (["story", "a fox", "--picture", "none.png"], 2, "cannot be read"),
        (["story", "a fox", "--out", "/dev/full"], 2, "not a folder"),
        (["story", "a fox", "--out", "/proc/book"], 2, "choose another"),
        (["story", "a fox", "--nonsense"], 2, "--nonsense"),
        (["tell", "a fox"], 2, "No such command"),
        (["illustrate", "a fox", "--size", "big"], 2, "like 128x128"),
        (["illustrate", "a fox", "--out", "fox.gif"], 2, "end it with .png"),
        (["illustrate", ":2"], 2, "empty"),
        (["illustrate", "a fox", "--steps", "0"], 2, "--steps: use a number from 1 up"),
        (["illustrate", "a fox", "--steps", "1001"], 2, "--steps: use a number up to 1000"),
        (["illustrate", "a fox", "--cuts", "0"], 2, "--cuts: use a number from 1 up"),
        (["illustrate", "a fox", "--stop-at", "0"], 2, "--stop-at: use a number from 1 up"),
        (["illustrate", "a fox", "--form="], 2, "--form is empty: give it a value"),
        (["illustrate", "a fox", "--from", ""], 2, "--from is empty: give it a value"),
        (["illustrate", "a fox", "--exclude", "", "--exclude", "grass"], 2, "--exclude is empty"),
        (["illustrate", "a fox", "--steps", "4", "--steps", "5"], 2, "--steps is given more than"),
        (["illustrate", "a fox", "--alpha", "much"], 2, "--alpha: use a number"),
        (["story", "a fox", "--style="], 2, "--style is empty"),
        (["story", "a fox", "--profile", "nope"], 2, "'starter', 'classic', 'studio'"),
        (["story", "a fox", "--picture", os.devnull], 2, "is empty"),
        (["continue", "last", "on", "--pages", "0"], 2, "--pages: use a number from 1 up"),
        (["retry", "last", "--page", "0"], 2, "--page: use a number from 1 up"),
        (["show", "last", "--tree", "--details"], 2, "give one of them"),
        (["gallery", "--limit", "0"], 2, "--limit: use a number from 1 up"),
        (["continue", "last"], 2, "no story"),
        (["show", "zzzzzzzz"], 2, "no story"),
        (["export", "last", "--format", "pdf"], 2, "no story"),
        (["export", "last", "--format", "docx"], 2, "--format"),
        (["--config", "none.toml", "gallery"], 78, "none.toml"),
        (["db", "check"], 78, "no database"),
    ],
)
def test_bad_input_is_one_line_with_its_exit_code_and_leaves_nothing(
    pagewright: Run, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    done = pagewright(*arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert done.stderr.startswith("pagewright: ")
    assert done.stderr.count("\n") <= 2
    assert "Traceback" not in done.stderr
    assert "Value error" not in done.stderr
    assert done.stdout == ""
    assert left_in(tmp_path) == []
    assert stories_in(tmp_path) == 0


def test_bad_input_is_told_to_machines_too(pagewright: Run) -> None:
    done = pagewright("story", "a fox", "--pages", "0", "--events")
    assert done.returncode == 2
    assert '"event": "failed", "seq": 1' in done.stdout


def test_a_wrong_key_in_the_configuration_is_named(pagewright: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[engine]\ncolour = 1\n")
    done = pagewright("story", "a fox")
    assert (done.returncode, done.stderr.count("\n")) == (78, 1)
    assert "engine.colour" in done.stderr


def test_a_newer_database_is_refused_and_left_alone(pagewright: Run, tmp_path: Path) -> None:
    assert pagewright("db", "migrate").returncode == 0
    path = tmp_path / "data" / "library.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO migrations VALUES (9999, '9999_later.sql', 'a checksum', 0)"
        )
    done = pagewright("story", "a fox")
    assert (done.returncode, done.stderr.count("\n")) == (78, 1)
    assert left_in(tmp_path) == []
    assert stories_in(tmp_path) == 0
    assert pagewright("doctor").returncode == 78


@pytest.mark.parametrize("options", [[], ["--events"]])
def test_a_full_disk_under_the_output_is_one_line(
    pagewright: Run, tmp_path: Path, options: list[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        done = pagewright("story", "a fox", "--pages", "1", *options, stdout=full)
    assert done.returncode == 1
    assert done.stderr == "pagewright: cannot write the output: no space left on device.\n"
    with sqlite3.connect(tmp_path / "data" / "library.db") as connection:
        states = connection.execute("SELECT DISTINCT state FROM jobs").fetchall()
    assert states == [("cancelled",)]


def test_a_full_disk_under_the_book_is_found_before_the_work(
    pagewright: Run, tmp_path: Path
) -> None:
    disk = tmp_path / "data" / "small"
    disk.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("needs the right to mount")
    try:
        done = pagewright("story", "a fox", "--out", str(disk / "book"))
        assert (done.returncode, list(disk.iterdir())) == (69, [])
        assert "full" in done.stderr
        assert stories_in(tmp_path) == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_an_engine_that_may_not_be_started_is_one_line(pagewright: Run, tmp_path: Path) -> None:
    done = pagewright("story", "a fox", env={"PAGEWRIGHT_ENGINE__ADDRESS": "unix:none.sock"})
    assert (done.returncode, done.stderr.count("\n")) == (69, 1)
    assert left_in(tmp_path) == []
    assert stories_in(tmp_path) == 0


def test_a_missing_profile_is_the_engines_own_line(pagewright: Run, tmp_path: Path) -> None:
    done = pagewright(
        "story",
        "a fox",
        env={
            "PAGEWRIGHT_ENGINE__ADDRESS": f"unix:{tmp_path}/data/own.sock",
            "PAGEWRIGHT_ENGINE__START": "true",
            "PAGEWRIGHT_ENGINE__PROFILE": "studio",
        },
    )
    assert done.returncode == 78, done.stderr
    assert 'The profile "studio" is not in' in done.stderr.splitlines()[-1]
    assert stories_in(tmp_path) == 0


def test_help_is_quick_and_names_every_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "--help"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    for name in ("story", "continue", "write", "illustrate", "gallery", "show", "export", "doctor"):
        assert f" {name} " in done.stdout
    # Seconds of a core, so that a busy machine does not fail it.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


def test_the_bot_never_loads_the_models_packages(tmp_path: Path) -> None:
    code = (
        "import sys, bot.cli, bot.commands.stories, bot.commands.pictures, bot.commands.shelf,"
        " bot.commands.care, bot.commands.exporting, bot.commands.places, bot.commands.system,"
        " bot.books.export, bot.storytelling.gallery, bot.console.live, bot.doctor,"
        " bot.engine_process;"
        "bad = {'torch', 'numpy', 'transformers', 'open_clip'} & set(sys.modules);"
        "bad |= {m for m in sys.modules if m.startswith('engine.') and m[:10] != 'engine.api'};"
        "print(sorted(bad))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_telling_a_story_takes_no_more_than_150_mb(demo_address: str, tmp_path: Path) -> None:
    code = (
        "import re, sys; sys.argv = ['pagewright', 'story', 'a fox', '--events']\n"
        "from bot.cli import main\n"
        "try: main()\n"
        # Not getrusage: its peak is inherited from the process that started this one.
        "finally: print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1],"
        " file=sys.stderr)"
    )
    environ = environment(demo_address, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stderr.split()[-1]) <= 150_000


def test_the_commands_of_the_database_work_on_one_in_use(pagewright: Run, tmp_path: Path) -> None:
    assert pagewright("story", "a fox", "--pages", "1").returncode == 0
    assert pagewright("db", "check").returncode == 0
    assert pagewright("db", "backup", "copy.db").returncode == 0
    shutil.move(tmp_path / "copy.db", tmp_path / "data" / "library.db")
    assert "A Fox" in pagewright("gallery").stdout
