"""Finds a running engine, or starts one that outlives this process and ends when idle."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import engine.api
from bot.errors import ConfigError, PagewrightError, UnavailableError
from bot.settings import Settings
from engine.api.client import EngineClient

IDLE_EXIT_SECONDS = 900
LOG_NAME = "engine.log"
_LARGEST_LOG = 1_000_000
_PREFIX = "pagewright engine: "
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_EXIT_CONFIG, _EXIT_UNAVAILABLE = 78, 69


class EngineProcess:
    """The engine that the settings name, started on demand in a session of its own."""

    def __init__(
        self,
        settings: Settings,
        client: EngineClient,
        *,
        notify: Callable[[str], None] = lambda text: None,
        profile: str = "",
    ) -> None:
        self._settings = settings
        self._client = client
        self._notify = notify
        self._profile = profile or settings.engine.profile
        self._log = log_path(settings)

    async def ensure(self) -> None:
        """Return once an engine answers; ``ConfigError`` or ``UnavailableError`` if none will."""
        if await self._client.healthy(1.0):
            return
        self._refuse_remote()
        refuse_without_packages()
        self._notify("starting the engine…")
        try:
            offset = self._make_log()
            process = await asyncio.to_thread(self._start)
            await self._wait(process, offset)
        finally:
            self._notify("")

    def _refuse_remote(self) -> None:
        address = self._settings.engine_address
        host = address.rpartition(":")[0]
        if not self._settings.engine.start:
            raise UnavailableError(
                f"The engine at {address} does not answer, and engine.start is false:"
                " start it with pagewright engine."
            )
        if not address.startswith("unix:") and host not in _LOCAL_HOSTS:
            raise UnavailableError(
                f"The engine at {address} does not answer: start it there, or correct"
                " engine.address."
            )

    def _make_log(self) -> int:
        """Return the log's length before this start; a long one is put aside."""
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            if self._log.exists() and self._log.stat().st_size > _LARGEST_LOG:
                self._log.replace(self._log.with_name(f"{LOG_NAME}.1"))
            self._log.touch(mode=0o600)
            return self._log.stat().st_size
        except OSError as error:
            raise UnavailableError(
                f"The engine's log {self._log} cannot be written: {error.strerror}."
            ) from None

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "engine", "--listen", self._settings.engine_address]
        command += ["--idle-exit", str(IDLE_EXIT_SECONDS), "--profile", self._profile]
        command += ["--threads", str(self._settings.engine.threads)]
        command += ["--batch", str(self._settings.engine.batch)]
        command += ["--device", self._settings.engine.device]
        command += ["--compile" if self._settings.engine.compile else "--no-compile"]
        command += ["--store", str(self._settings.models_folder)]
        command += self._settings.engine_guard()
        with self._log.open("ab") as log:
            # A session of its own, so that Ctrl-C in this terminal does not reach it.
            return subprocess.Popen(  # noqa: S603
                command,
                env=engine_environment(self._settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=package_root(),
            )

    async def _wait(self, process: subprocess.Popen[bytes], offset: int) -> None:
        timeout = self._settings.engine.start_timeout_s
        end = time.monotonic() + timeout
        while not await self._client.healthy(0.5):
            code = process.poll()
            # Somebody else may have started one at the same moment: then wait for theirs.
            if code is not None and code != _EXIT_UNAVAILABLE:
                raise self._explain(code, offset)
            if time.monotonic() > end:
                if code is not None:
                    raise self._explain(code, offset)
                process.terminate()
                raise UnavailableError(
                    f"The engine was not ready after {timeout:.0f} s: see {self._log}, or raise"
                    " engine.start_timeout_s."
                )
            await asyncio.sleep(0.1)

    def _explain(self, code: int, offset: int) -> PagewrightError:
        message = _last_words(self._log, offset) or f"It ended with code {code}; see {self._log}."
        if code < 0:
            message = (
                f"It was killed by signal {-code}, perhaps for want of memory; see {self._log}."
            )
        kind = ConfigError if code in (2, _EXIT_CONFIG) else UnavailableError
        return kind(f"The engine could not start. {message}")


def log_path(settings: Settings) -> Path:
    """Return where a started engine writes its log: beside the database."""
    return settings.database_path.parent / LOG_NAME


def engine_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of an engine, with its token; no chat platform's is passed on."""
    hidden = ("DISCORD_TOKEN", "TELEGRAM_TOKEN", "ENGINE_TOKEN")
    kept = {k: v for k, v in os.environ.items() if not any(name in k for name in hidden)}
    token = settings.engine.token.get_secret_value()
    return kept | ({"PAGEWRIGHT_ENGINE__TOKEN": token} if token else {})


def package_root() -> Path:
    """Return the folder that holds the packages, so that ``-m engine`` works from anywhere."""
    return Path(engine.api.__file__).resolve().parents[2]


def refuse_without_packages() -> None:
    """Raise ``ConfigError`` where the engine's packages are not installed (none is imported)."""
    if importlib.util.find_spec("torch") is None:
        raise ConfigError(
            "The engine's packages are not installed here: pip install 'pagewright[engine]',"
            " or set engine.address to an engine elsewhere."
        )


def _last_words(log: Path, offset: int) -> str:
    """Return the engine's own last explanation since ``offset``, else its last line."""
    try:
        with log.open("rb") as file:
            file.seek(offset, os.SEEK_SET)
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    words = [line.strip() for line in lines if line.strip()]
    own = [line.removeprefix(_PREFIX) for line in words if line.startswith(_PREFIX)]
    return (own or words or [""])[-1]
