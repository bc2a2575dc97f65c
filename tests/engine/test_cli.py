from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.profiles import PROFILES, check_files

ROOT = Path(__file__).resolve().parents[2]


def engine(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "engine", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


HELP = """
import sys
from engine.cli import main
try:
    main()
finally:
    print("torch" in sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--help"], ("serve", "train", "check-models")),
        (["serve", "--help"], ("--listen", "--idle-exit")),
        (["--threads", "1", "--help"], ("--listen", "--idle-exit")),
    ],
)
def test_help_needs_no_models(arguments: list[str], told: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", HELP, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "False\n")
    assert all(word in done.stdout for word in told)


def test_a_wrong_address_or_option_is_wrong_use() -> None:
    for arguments in (
        ("--listen", "foo"),
        ("--threads", "-1"),
        ("train", "poetry"),
        ("--nonsense",),
        ("models", "pull"),
        ("models", "import", "nowhere.ckpt"),
    ):
        answer = engine(*arguments)
        assert answer.returncode == 2
        assert answer.stderr.startswith("pagewright engine: ")
        assert answer.stderr.count("\n") == 1
    assert engine("--listen", "foo").stderr.count("\n") == 1


def test_an_unknown_profile_is_wrong_configuration() -> None:
    answer = engine("--profile", "nonsense")
    assert (answer.returncode, answer.stderr.count("\n")) == (78, 1)


def test_the_starter_files_are_what_they_should_be() -> None:
    checks = list(check_files(PROFILES["starter"]))
    assert len(checks) >= 4
    assert all(not check.problem for check in checks)


def test_a_damaged_or_missing_weight_file_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "starter"
    shutil.copytree(PROFILES["starter"], folder)
    weights = sorted(folder.glob("*.safetensors"))
    with weights[0].open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    weights[1].unlink()
    answer = engine("check-models", "--models", str(folder))
    assert answer.returncode == 78
    lines = {line.partition(":")[0]: line for line in answer.stdout.splitlines()}
    assert "damaged" in lines[weights[0].name]
    assert "missing" in lines[weights[1].name]
    assert sum(not line.endswith(": ok") for line in lines.values()) == 2


@pytest.mark.parametrize("folder", [False, True])
def test_what_lies_where_the_socket_is_to_be_is_left_alone(tmp_path: Path, folder: bool) -> None:
    place = tmp_path / "notes"
    place.mkdir() if folder else place.write_text("precious")
    answer = engine("--listen", f"unix:{place}")
    assert answer.returncode == 2
    assert answer.stderr == (
        f"pagewright engine: {place} is there already and no socket: choose another one with"
        " --listen.\n"
    )
    assert place.is_dir() if folder else place.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [place]
