from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT, wait_until_ready

Run = Callable[..., subprocess.CompletedProcess[str]]


@contextmanager
def demo_engine(address: str, *options: str) -> Iterator[str]:
    """Run a real engine process around a studio without models; gives its address."""
    command = [sys.executable, "-m", "tests.bot.console.demo_studio", address, *options]
    engine = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(address, engine)
        yield address
    finally:
        engine.kill()
        engine.wait()


@pytest.fixture(scope="session")
def demo_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of such an engine that all tests share."""
    with demo_engine(f"unix:{tmp_path_factory.mktemp('demo') / 'demo.sock'}") as address:
        yield address


@pytest.fixture
def slow_address(tmp_path: Path) -> Iterator[str]:
    """Give the address of such an engine that takes its time."""
    with demo_engine(f"unix:{tmp_path / 'slow.sock'}", "--pace", "0.2") as address:
        yield address


def environment(address: str, folder: Path) -> dict[str, str]:
    """Return an environment in which the command works in ``folder`` alone."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PAGEWRIGHT", "XDG"))}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "PAGEWRIGHT_DATABASE__PATH": str(folder / "data" / "library.db"),
        "PAGEWRIGHT_ENGINE__ADDRESS": address,
        "PAGEWRIGHT_ENGINE__START": "false",
    }


@pytest.fixture
def pagewright(demo_address: str, tmp_path: Path) -> Run:
    """Return a function that runs ``python -m bot …`` in a folder of the test's own."""

    def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", *arguments]
        environ = environment(demo_address, tmp_path) | dict(options.pop("env", {}))  # type: ignore[call-overload]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environ,
            text=True,
            timeout=240,
            check=False,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},  # type: ignore[call-overload]
        )

    return run


def wait_for(condition: Callable[[], bool], *, seconds: float = 120.0) -> None:
    """Wait until something holds; fail when it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
