"""What all tests share: one real engine process with the starter models."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from engine.api.client import EngineClient

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120.0
# The same examples each time, however slow the machine is: no run fails by chance.
hypothesis_settings.register_profile(
    "pagewright",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("pagewright")


@contextmanager
def engine_at(address: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a real engine process at an address, ready in a while; it is killed at the end."""
    command = [sys.executable, "-m", "engine", "--listen", address, "--threads", "2", *options]
    engine = subprocess.Popen(command, cwd=ROOT)
    try:
        yield engine
    finally:
        engine.kill()
        engine.wait()


def wait_until_ready(address: str, engine: subprocess.Popen[bytes]) -> None:
    """Wait until an engine serves; fails when it ends or takes too long."""
    end = time.monotonic() + START_SECONDS
    while not asyncio.run(_healthy(address)):
        assert engine.poll() is None, f"the engine ended with {engine.returncode}"
        assert time.monotonic() < end, "the engine is not ready in time"
        time.sleep(0.1)


async def _healthy(address: str) -> bool:
    client = EngineClient(address)
    try:
        return await client.healthy()
    finally:
        await client.close()


@pytest.fixture(scope="session")
def engine_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of one engine process that all tests of the run share; never stop it."""
    address = f"unix:{tmp_path_factory.mktemp('engine') / 'engine.sock'}"
    with engine_at(address) as engine:
        wait_until_ready(address, engine)
        yield address
