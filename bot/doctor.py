"""Checks the set-up: one answer for each part, with a remedy where it is not fine."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from bot.config import load_settings
from bot.errors import (
    EXIT_CONFIG,
    EXIT_FAILED,
    EXIT_UNAVAILABLE,
    BadInputError,
    PagewrightError,
)
from bot.settings import Settings

State = Literal["ok", "warn", "fail"]
OLDEST_PYTHON = (3, 11)
FREE_TO_WORK, FREE_TO_START = 500_000_000, 20_000_000
_TOKENS = ("discord", "telegram")


@dataclass(frozen=True)
class Answer:
    """One part's state in one line; ``exit_code`` counts where it is a failure."""

    part: str
    state: State
    message: str
    remedy: str = ""
    exit_code: int = EXIT_FAILED


def examine(config: Path | None, *, as_json: bool = False, only: str = "") -> int:
    """Print an answer for each part, or ``only`` for one; return 0 where all needed are fine.

    Raises BadInputError for a part that does not exist.
    """
    answers = []
    for answer in check_all(config, only=only):
        answers.append(answer)
        if not as_json:
            print(_line(answer), flush=True)
    code = exit_code(answers)
    if as_json:
        parts = [{k: v for k, v in asdict(a).items() if k != "exit_code"} for a in answers]
        print(json.dumps({"ok": code == 0, "parts": parts}, ensure_ascii=False, indent=2))
    return code


def check_all(config: Path | None, *, only: str = "") -> Iterator[Answer]:
    """Yield each part's answer as soon as it is known."""
    try:
        settings = load_settings(config)
    except PagewrightError as error:
        yield Answer("config", "fail", error.message, exit_code=error.exit_code)
        return
    checks = _checks(settings)
    if only and only not in checks:
        raise BadInputError(f'There is no part "{only}": use one of {", ".join(checks)}.')
    for part in [only] if only else checks:
        yield checks[part]()


def _checks(settings: Settings) -> dict[str, Callable[[], Answer]]:
    """Return each part's check, in the order of the report."""
    local = settings.engine.start
    packages, extra = packages_of(""), packages_of("engine")
    return {
        "python": check_python,
        "bot packages": lambda: check_packages("bot packages", packages, needed=True),
        "config": lambda: check_config(settings),
        "engine packages": lambda: check_packages("engine packages", extra, needed=local),
        "models": lambda: check_models(settings, needed=local),
        "gpu": lambda: check_device(settings.engine.device),
        "engine": lambda: asyncio.run(check_engine(settings)),
        "database": lambda: check_database_file(settings),
        "disk": lambda: check_disk(settings),
        "tokens": lambda: check_tokens(settings),
    }


def packages_of(extra: str) -> tuple[str, ...]:
    """Return the packages Pagewright asks for, without an extra or for one."""
    try:
        needs = requires("pagewright") or []
    except PackageNotFoundError:
        return ("pagewright",)
    names = []
    for need in needs:
        name, _, when = need.partition(";")
        if f'extra == "{extra}"' in when if extra else not when:
            names.append(re.split(r"[^A-Za-z0-9_.-]", name.strip())[0])
    return tuple(names)


def exit_code(answers: list[Answer]) -> int:
    """Return the code of the worst failure: configuration, then what is down, then the rest."""
    codes = {answer.exit_code for answer in answers if answer.state == "fail"}
    for code in (EXIT_CONFIG, EXIT_UNAVAILABLE):
        if code in codes:
            return code
    return EXIT_FAILED if codes else 0


def check_python() -> Answer:
    """Check the interpreter's version."""
    found = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return Answer("python", "fail", f"{found} is too old", "install 3.11 or newer", EXIT_CONFIG)
    return Answer("python", "ok", found)


def check_packages(part: str, names: tuple[str, ...], *, needed: bool) -> Answer:
    """Check that packages are installed, without importing any."""
    missing = []
    for name in names:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    if not missing:
        return Answer(part, "ok", f"{len(names)} installed")
    extra = "pagewright[engine]" if part.startswith("engine") else "pagewright"
    return Answer(
        part,
        "fail" if needed else "warn",
        f"missing: {', '.join(missing)}",
        f"pip install '{extra}', or make doctor in a checkout",
        EXIT_CONFIG,
    )


def check_config(settings: Settings) -> Answer:
    """Say where the settings come from."""
    return Answer("config", "ok", settings.source or "built-in defaults (no config.toml here)")


def check_models(settings: Settings, *, needed: bool) -> Answer:
    """Compare the weight files' hashes, asked of the engine's own command."""
    state: State = "fail" if needed else "warn"
    profile = settings.engine.profile
    store = str(settings.models_folder)
    lines, code = _ask_engine("check-models", "--profile", profile, "--store", store)
    bad = [line for line in lines if not line.endswith(": ok")]
    if code == 0 and lines and not bad:
        words = f"{profile}: {len(lines)} files, hashes match"
        return Answer("models", "ok", words)
    missing, remedy = f"{profile} is not in {store}", f"pagewright models pull {profile}"
    if profile == "starter":
        missing, remedy = "the files could not be checked", "git checkout engine/starter"
    return Answer("models", state, "; ".join(bad[:3]) or missing, remedy, EXIT_CONFIG)


def check_device(wanted: str) -> Answer:
    """Say what the models run on, asked of PyTorch in a process of its own."""
    if importlib.util.find_spec("torch") is None:
        return Answer("gpu", "warn", "unknown without PyTorch", "pip install 'pagewright[engine]'")
    code = (
        "import torch; c = torch.cuda.is_available();"
        "c and torch.zeros(1, device='cuda').add_(1).item();"
        "print(torch.cuda.get_device_name() if c else '', torch.__version__, sep='|')"
    )
    lines, _ = _ask([sys.executable, "-c", code])
    name, _, torch_version = (lines[-1] if lines else "").partition("|")
    if not torch_version:
        words = "PyTorch, or the GPU that it sees, does not work"
        return Answer("gpu", "warn", words, "install PyTorch again, or set engine.device to cpu")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cpu = f"models run on the CPU ({cores} cores), PyTorch {torch_version}"
    if wanted == "cuda" and not name:
        remedy = "install a PyTorch with CUDA and the driver, or set engine.device to auto"
        return Answer("gpu", "warn", f"none that PyTorch can use; {cpu}", remedy)
    if wanted == "cpu" or not name:
        return Answer("gpu", "ok", f"{f'{name} is left alone' if name else 'none'}; {cpu}")
    return Answer("gpu", "ok", f"{name}, on which models run, PyTorch {torch_version}")


async def check_engine(settings: Settings) -> Answer:
    """Ask the engine how it is; one that is not running yet is no fault where it can be started."""
    from engine.api.client import EngineClient
    from engine.api.errors import AddressError, EngineGoneError
    from engine.api.security import read_security

    address = settings.engine_address
    try:
        client = EngineClient(address, security=read_security(*settings.engine_security))
    except AddressError as error:
        return Answer("engine", "fail", str(error), "correct engine.address", EXIT_CONFIG)
    try:
        if await client.healthy(2.0):
            status = await client.status()
            jobs = f"{status.running} running, {status.queued} waiting"
            words = f"{address}, {status.profile} on {status.device}, {jobs}"
            return Answer("engine", "ok", words)
    except EngineGoneError as error:
        return Answer("engine", "fail", str(error), "restart it", EXIT_UNAVAILABLE)
    finally:
        await client.close()
    if not settings.engine.start:
        words = f"nothing answers at {address}"
        return Answer("engine", "fail", words, "pagewright engine", EXIT_UNAVAILABLE)
    return _check_socket_folder(address)


def _check_socket_folder(address: str) -> Answer:
    kind, _, path = address.partition(":")
    folder = _nearest(Path(path).parent) if kind == "unix" else Path()
    if kind == "unix" and not os.access(folder, os.W_OK | os.X_OK):
        words = f"no socket can be made in {folder}"
        return Answer("engine", "fail", words, "set engine.address elsewhere", EXIT_CONFIG)
    return Answer("engine", "ok", f"not running; the next story starts one at {address}")


def check_database_file(settings: Settings) -> Answer:
    """Check the database's version and, quickly, that it is whole; it is not changed."""
    path = settings.database_path
    if not path.exists():
        if os.access(_nearest(path.parent), os.W_OK | os.X_OK):
            return Answer("database", "ok", f"none yet; the first story makes {path}")
        words = f"{path} cannot be made"
        return Answer("database", "fail", words, "set database.path elsewhere", EXIT_CONFIG)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            return _examine_database(path, opened)
    except sqlite3.Error as error:
        words = f"{path} cannot be read: {error}"
        return Answer("database", "fail", words, "restore a backup, or set another database.path")


def _examine_database(path: Path, opened: sqlite3.Connection) -> Answer:
    from bot.library.migrations import known_migrations

    known = len(known_migrations())
    if opened.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone() is None:
        words = f"{path} is not Pagewright's"
        return Answer("database", "fail", words, "set another database.path", EXIT_CONFIG)
    applied = opened.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()[0]
    if applied > known:
        words = f"{path} is newer than this Pagewright ({applied} > {known})"
        return Answer("database", "fail", words, "upgrade Pagewright", EXIT_CONFIG)
    faults = [row[0] for row in opened.execute("PRAGMA quick_check(3)") if row[0] != "ok"]
    if faults:
        words = f"{path} is damaged: {faults[0]}"
        return Answer("database", "fail", words, "restore a backup")
    if applied < known:
        words = f"{path} is at {applied} of {known}"
        return Answer("database", "warn", words, "pagewright db migrate")
    stories = opened.execute("SELECT count(*) FROM stories").fetchone()[0]
    return Answer("database", "ok", f"{path}, version {applied}, {stories} stories")


def check_disk(settings: Settings) -> Answer:
    """Check the free space where the library lies."""
    folder = _nearest(settings.database_path.parent)
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Answer("disk", "warn", f"{folder}: {error.strerror}")
    words = f"{free / 1e9:.1f} GB free in {folder}"
    if free < FREE_TO_START:
        return Answer("disk", "fail", words, "free some space", EXIT_UNAVAILABLE)
    if free < FREE_TO_WORK:
        return Answer("disk", "warn", words, "free some space soon")
    return Answer("disk", "ok", words)


def check_tokens(settings: Settings) -> Answer:
    """Say which platforms have a token; none is ever printed, none is needed in the terminal."""
    present = {
        "discord": bool(settings.discord.token.get_secret_value()),
        "telegram": bool(settings.telegram.token.get_secret_value()),
    }
    words = ", ".join(f"{name} {'present' if present[name] else 'not set'}" for name in _TOKENS)
    return Answer("tokens", "ok", f"{words} (stories in the terminal need none)")


def _nearest(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _ask_engine(*arguments: str) -> tuple[list[str], int]:
    from bot.engine_process import package_root

    return _ask([sys.executable, "-m", "engine", *arguments], cwd=package_root())


def _ask(command: list[str], *, cwd: Path | None = None) -> tuple[list[str], int]:
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return [], 1
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return lines, done.returncode


def _line(answer: Answer) -> str:
    remedy = f" → {answer.remedy}" if answer.remedy else ""
    return f"{answer.state:<4}  {answer.part:<15} {answer.message}{remedy}"
