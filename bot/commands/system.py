"""``engine``, ``train``, ``models``, ``db``, ``bench``: the house itself."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.commands.session import Options, read_settings
from bot.errors import ConfigError


def run_engine(options: Options, arguments: Sequence[str]) -> int:
    """Become the engine process, listening where the settings say unless told otherwise."""
    from bot.engine_process import engine_environment

    settings = read_settings(options)
    own = ["--listen", settings.engine_address, "--profile", settings.engine.profile]
    own += ["--threads", str(settings.engine.threads), "--batch", str(settings.engine.batch)]
    own += ["--device", settings.engine.device]
    own += ["--compile" if settings.engine.compile else "--no-compile"]
    own += settings.engine_guard()
    own += ["--store", str(settings.models_folder)]
    os.environ.update(engine_environment(settings))
    return become_engine([*own, *arguments])


def become_engine(arguments: Sequence[str]) -> int:
    """Replace this process by ``python -m engine`` with these arguments."""
    from bot.engine_process import package_root, refuse_without_packages

    refuse_without_packages()
    _make_importable(package_root())
    return _become(["-m", "engine", *arguments])


def bench(arguments: Sequence[str]) -> int:
    """Replace this process by the benchmarks of a checkout."""
    from bot.engine_process import package_root

    root = package_root()
    if importlib.util.find_spec("benchmarks") is None and not (root / "benchmarks").is_dir():
        raise ConfigError("The benchmarks come with a checkout of Pagewright: make bench.")
    _make_importable(root)
    return _become(["-m", "benchmarks", *arguments])


def models(options: Options, command: str, arguments: Sequence[str]) -> int:
    """Replace this process by the engine's ``models COMMAND``, told of the settings' folder."""
    settings = read_settings(options)
    own: list[str] = []
    if command != "import":
        own += ["--store", str(settings.models_folder)]
    if command in ("list", "verify"):
        own += ["--profile", settings.engine.profile]
    return become_engine(["models", command, *own, *arguments])


def db_migrate(options: Options) -> int:
    """Bring the database to this code's shape."""
    from bot.library.migrations import migrate

    settings = read_settings(options)
    path = settings.database_path
    for name in migrate(path, busy_timeout_s=settings.database.busy_timeout_s):
        print(f"applied {name}")
    print(f"{path} is up to date")
    return 0


def db_check(options: Options) -> int:
    """Check the database; one line for each fault, exit code 1 where there is one."""
    from bot.library.check import check_database

    settings = read_settings(options)
    path = settings.database_path
    faults = check_database(path, busy_timeout_s=settings.database.busy_timeout_s)
    for fault in faults:
        print(fault)
    if not faults:
        print(f"{path} is sound")
    return 1 if faults else 0


def db_backup(options: Options, target: Path) -> int:
    """Copy the database while it is in use."""
    from bot.library.backup import copy_database

    path = read_settings(options).database_path
    if not path.is_file():
        raise ConfigError(f"There is no database {path} yet: the first story makes it.")
    copy_database(path, target)
    print(target)
    return 0


def _make_importable(root: Path) -> None:
    """Let ``-m`` find the packages from any folder, without leaving this one."""
    paths = [str(root), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))


def _become(arguments: Sequence[str]) -> int:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606
