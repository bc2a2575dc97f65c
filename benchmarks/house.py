"""A private house for a measurement: its own database, socket and engine process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

MIB = 2**20


@dataclass(frozen=True)
class House:
    """Where the parts of one measured installation live."""

    folder: Path
    engine: psutil.Process
    start_seconds: float
    env: dict[str, str]


@dataclass
class Run:
    """One ``pagewright`` command: its event lines, wall time (s) and peak memory (MiB)."""

    events: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    peak_mib: float = 0.0
    exit_code: int = -1

    def first(self, kind: str) -> float:
        """Return the seconds from the command's start to its first event of a kind."""
        return next((float(e["seen"]) for e in self.events if e["event"] == kind), float("nan"))


def house_env(folder: Path) -> dict[str, str]:
    """Return an environment in which every path of Pagewright lies under ``folder``."""
    return os.environ | {
        "PAGEWRIGHT_DATABASE__PATH": str(folder / "library.db"),
        "PAGEWRIGHT_ENGINE__ADDRESS": f"unix:{folder / 'engine' / 'e.sock'}",
    }


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Start an engine of its own, wait until it serves, and stop it at the end."""
    env = house_env(folder)
    started = time.perf_counter()
    log = (folder / "engine.log").open("wb")
    address = env["PAGEWRIGHT_ENGINE__ADDRESS"]
    command = [sys.executable, "-m", "engine", "--listen", address]
    with log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as process:
        try:
            wait_until_serving(env, process)
            seconds = time.perf_counter() - started
            yield House(folder, psutil.Process(process.pid), seconds, env)
        finally:
            process.terminate()


def wait_until_serving(env: dict[str, str], process: subprocess.Popen[bytes]) -> None:
    """Return once the engine answers its health check; raise if it ends before."""
    import asyncio

    from engine.api.client import EngineClient

    async def wait() -> None:
        client = EngineClient(env["PAGEWRIGHT_ENGINE__ADDRESS"])
        try:
            while process.poll() is None:
                if await client.healthy(timeout=1.0):
                    return
                await asyncio.sleep(0.05)
        finally:
            await client.close()
        raise RuntimeError(f"the engine ended with exit code {process.returncode}")

    asyncio.run(wait())


def run_command(arguments: list[str], env: dict[str, str]) -> Run:
    """Run ``pagewright`` with ``--events`` and watch its lines and its memory."""
    run = Run()
    started = time.perf_counter()
    command = [sys.executable, "-m", "bot", *arguments, "--events"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:
        watcher = threading.Thread(target=watch_memory, args=(process.pid, run), daemon=True)
        watcher.start()
        for line in process.stdout or ():
            run.events.append(json.loads(line) | {"seen": time.perf_counter() - started})
    run.seconds = time.perf_counter() - started
    run.exit_code = process.returncode
    return run


def watch_memory(pid: int, run: Run) -> None:
    """Keep the highest resident memory of a process until it ends."""
    try:
        process = psutil.Process(pid)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            run.peak_mib = max(run.peak_mib, process.memory_info().rss / MIB)
            time.sleep(0.02)
    except psutil.NoSuchProcess:
        return


def peak_mib(process: psutil.Process) -> float:
    """Return a process's highest resident memory so far (MiB), or its present one off Linux."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return float(process.memory_info().rss / MIB)
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
