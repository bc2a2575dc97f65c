"""The engine process: binds, loads the models, serves, stops in good order."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from engine.api import story_engine_pb2 as pb
from engine.api import story_engine_pb2_grpc as pb_grpc
from engine.api.address import Address
from engine.api.channel import server_options
from engine.errors import EngineError, ModelFileError
from engine.serving.gateway import Gateway
from engine.serving.guard import Guard, TokenGuard
from engine.serving.servicer import About, Servicer
from engine.serving.sockets import AddressTakenError, NoSocketError, UnusableFolderError, claim
from engine.serving.worker import Studio, Worker

log = logging.getLogger(__name__)

EXIT_FAILED, EXIT_USAGE, EXIT_UNAVAILABLE, EXIT_CONFIG = 1, 2, 69, 78
# Generated code has no annotations.
_add_servicer: Any = pb_grpc.add_StoryEngineServicer_to_server
SERVICE = pb.DESCRIPTOR.services_by_name["StoryEngine"].full_name
# Together below the 5 s within which the process ends.
JOBS_STOP_SECONDS = 3.0
STREAMS_STOP_SECONDS = 0.5
WORKER_STOP_SECONDS = 0.5


@dataclass(frozen=True)
class ServeOptions:
    """How to run an engine; ``idle_exit`` 0 keeps it running.

    ``at_once`` jobs are at work together, 0: as many as the studio says. A ``guard`` is for an
    address that others reach over a network.
    """

    address: Address
    profile: str
    styles: tuple[str, ...]
    idle_exit: float = 0.0
    at_once: int = 0
    guard: Guard | None = None


def serve(options: ServeOptions, load: Callable[[], Studio]) -> int:
    """Run an engine until it is told to stop; returns the process's exit code."""
    os.umask(0o077)
    try:
        # Held by this frame: the lock lasts as long as the file is open.
        lock = claim(options.address)
    except (AddressTakenError, UnusableFolderError) as error:
        return _refuse(str(error), EXIT_UNAVAILABLE)
    except NoSocketError as error:
        return _refuse(str(error), EXIT_USAGE)
    try:
        return asyncio.run(_run(options, load))
    finally:
        if lock is not None and options.address.socket is not None:
            options.address.socket.unlink(missing_ok=True)
            lock.close()


async def _run(options: ServeOptions, load: Callable[[], Studio]) -> int:
    # gRPC's server belongs to the loop it is made in.
    return await _Engine(options, load).run()


class _Engine:
    """One run of the process."""

    def __init__(self, options: ServeOptions, load: Callable[[], Studio]) -> None:
        self._options = options
        self._worker = Worker(load)
        self._gateway = Gateway(self._worker, at_once=options.at_once)
        self._health = health.aio.HealthServicer()
        guard = options.guard
        self._server = grpc.aio.server(
            options=server_options(), interceptors=[TokenGuard(guard.token)] if guard else None
        )
        self._stop = asyncio.Event()

    async def run(self) -> int:
        started = time.monotonic()
        if not await self._bind():
            return _refuse(
                f"Nothing can listen on {self._options.address}: the address is taken or not of"
                " this machine; choose another one with --listen.",
                EXIT_UNAVAILABLE,
            )
        self._catch_signals()
        log.info("listening on %s, loading models", self._options.address)
        code = await self._load()
        if code == 0 and not self._stop.is_set():
            seconds = time.monotonic() - started
            log.info("ready after %.1f s on %s", seconds, self._worker.device)
            await self._serve()
        await self._shut_down()
        return code

    async def _bind(self) -> bool:
        options = self._options
        about = About(_version(), options.profile, lambda: self._worker.device, options.styles)
        _add_servicer(Servicer(self._gateway, about), self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )
        await self._say_serving(False)
        try:
            bound = bool(self._open(options.address.target))
        except RuntimeError:
            return False
        if bound:
            if options.guard is None:
                _warn_of_strangers(options.address)
            await self._server.start()
        return bound

    def _open(self, target: str) -> int:
        guard = self._options.guard
        if guard is None:
            return int(self._server.add_insecure_port(target))
        return int(self._server.add_secure_port(target, guard.credentials()))

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)

    async def _load(self) -> int:
        """Load the models, unless told to stop meanwhile; returns an exit code."""
        loading = asyncio.create_task(self._worker.start())
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({loading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not loading.done():
            loading.cancel()
            return 0
        error = loading.exception()
        return 0 if error is None else _explain_load_failure(error)

    async def _serve(self) -> None:
        running = asyncio.create_task(self._gateway.run())
        await self._say_serving(True)
        while not self._stop.is_set() and not self._idle_for_too_long():
            done, _ = await asyncio.wait({running}, timeout=0.2)
            if done:
                running.result()
        await self._end_jobs()
        running.cancel()

    async def _end_jobs(self) -> None:
        await self._say_serving(False)
        await self._gateway.stop(seconds=JOBS_STOP_SECONDS)

    def _idle_for_too_long(self) -> bool:
        limit = self._options.idle_exit
        if not limit or self._gateway.idle_seconds < limit:
            return False
        log.info("idle for %.0f s, stopping", limit)
        return True

    async def _say_serving(self, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse
        now = status.SERVING if serving else status.NOT_SERVING
        for service in ("", SERVICE):
            await self._health.set(service, now)

    async def _shut_down(self) -> None:
        # Once more for those that came while the models were loading.
        await self._end_jobs()
        await self._server.stop(STREAMS_STOP_SECONDS)
        if await self._worker.close(seconds=WORKER_STOP_SECONDS):
            return
        log.warning("a model step is still running; leaving without it")
        if self._options.address.socket is not None:
            self._options.address.socket.unlink(missing_ok=True)
        logging.shutdown()
        os._exit(0)


def _warn_of_strangers(address: Address) -> None:
    host = address.target.rpartition(":")[0].strip("[]")
    if address.socket is None and host not in ("localhost", "127.0.0.1", "::1"):
        log.warning("%s has no TLS and no token: let trusted machines alone reach it", address)


def _explain_load_failure(error: BaseException) -> int:
    if isinstance(error, ModelFileError):
        return _refuse(error.message, EXIT_CONFIG)
    if isinstance(error, EngineError):
        return _refuse(error.message, EXIT_FAILED)
    if isinstance(error, ImportError):
        return _refuse(
            f"A package the engine needs is missing ({error.name}):"
            " install it with pip install 'pagewright[engine]'.",
            EXIT_CONFIG,
        )
    if isinstance(error, MemoryError):
        return _refuse("There is not enough memory to load the models.", EXIT_FAILED)
    log.error("loading failed", exc_info=error)
    return _refuse(f"The models could not be loaded: {error}", EXIT_FAILED)


def _refuse(message: str, code: int) -> int:
    sys.stderr.write(f"pagewright engine: {message}\n")
    return code


def _version() -> str:
    try:
        return metadata.version("pagewright")
    except metadata.PackageNotFoundError:
        return "unknown"
