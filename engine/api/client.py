"""The bot's side of the wire: an asynchronous client that speaks plain data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeVar

import grpc
import grpc.aio

from engine.api import convert
from engine.api import story_engine_pb2 as pb
from engine.api.address import parse_address
from engine.api.channel import open_channel
from engine.api.errors import EngineGoneError
from engine.api.events import (
    EngineStatus,
    Failed,
    FilmRequest,
    IllustrateRequest,
    StoryDone,
    StoryEvent,
    TellRequest,
)
from engine.api.security import Security
from engine.api.story_engine_pb2_grpc import StoryEngineStub as _GeneratedStub

SERVING = b"\x08\x01"  # grpc.health.v1.HealthCheckResponse(status=SERVING)
SILENCE_SECONDS = 60.0  # four missed heartbeats
CALL_SECONDS = 10.0

# Generated code has no annotations.
_Stub: Any = _GeneratedStub

T = TypeVar("T")


class EngineClient:
    """Calls one engine; it may come and go, a call while it is away raises ``EngineGoneError``.

    Control calls have a channel of their own, so that a cancel never waits behind pictures.
    Closing an event stream early (``aclose``) cancels its job.
    """

    def __init__(
        self,
        address: str,
        *,
        silence_seconds: float = SILENCE_SECONDS,
        security: Security | None = None,
    ) -> None:
        """Make a client for an address (``AddressError``); connects with the first call.

        ``security`` is for an engine on another machine; a socket of this one needs none.
        """
        self._address = parse_address(address)
        self._silence = silence_seconds
        self._channels = [open_channel(self._address, security) for _ in range(2)]
        self._control, self._streams = (_Stub(channel) for channel in self._channels)
        # The health service's messages are two bytes: no need of its package on a bot host.
        self._health: Any = self._channels[0].unary_unary("/grpc.health.v1.Health/Check")

    def tell(self, request: TellRequest) -> AsyncGenerator[StoryEvent, None]:
        """Tell a story; the last event is ``StoryDone`` or ``Failed``."""
        message = convert.tell_to_message(request)
        return self._events(lambda: self._streams.Tell(message))

    def illustrate(self, request: IllustrateRequest) -> AsyncGenerator[StoryEvent, None]:
        """Paint one picture; the last event is ``StoryDone`` or ``Failed``."""
        message = convert.illustrate_to_message(request)
        return self._events(lambda: self._streams.Illustrate(message))

    def film(self, request: FilmRequest) -> AsyncGenerator[StoryEvent, None]:
        """Decode a film's frames in order; the last event is ``StoryDone`` or ``Failed``."""
        message = convert.film_to_message(request)
        return self._events(lambda: self._streams.Film(message))

    async def cancel(self, job_id: str) -> bool:
        """Stop a job, queued or running; False where the engine knows none of that id."""
        asked = pb.CancelRequest(job_id=job_id)
        reply = await self._answer(lambda: self._control.Cancel(asked, timeout=CALL_SECONDS))
        return bool(reply.found)

    async def status(self) -> EngineStatus:
        """Ask what the engine is and how busy."""
        asked = pb.StatusRequest()
        reply = await self._answer(lambda: self._control.Status(asked, timeout=CALL_SECONDS))
        return convert.status_from_message(reply)

    async def healthy(self, timeout: float = 2.0) -> bool:  # noqa: ASYNC109
        """Tell whether the engine is up with its models loaded, asking once."""
        try:
            return bool(await self._health(b"", timeout=timeout) == SERVING)
        except grpc.aio.AioRpcError:
            return False

    async def wait_healthy(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the engine is up with its models loaded; False after ``timeout`` seconds."""
        clock = asyncio.get_running_loop()
        end = clock.time() + timeout
        while not await self.healthy(max(0.1, min(2.0, end - clock.time()))):
            if clock.time() >= end:
                return False
            await asyncio.sleep(0.1)
        return True

    async def close(self) -> None:
        """Close both channels; open streams end and their jobs are cancelled."""
        for channel in self._channels:
            await channel.close()

    async def _events(self, start: Callable[[], Any]) -> AsyncGenerator[StoryEvent, None]:
        call = self._open(start)
        last: StoryEvent | None = None
        try:
            while (message := await self._next(call)) is not grpc.aio.EOF:
                event = convert.event_from_message(message)
                if event is not None:
                    last = event
                    yield event
            if not isinstance(last, StoryDone | Failed):
                raise EngineGoneError(f"The engine at {self._address} broke off in the middle.")
        finally:
            call.cancel()

    async def _next(self, call: Any) -> Any:
        try:
            # Not wait_for: Python 3.11's loses a cancel that comes together with its result.
            async with asyncio.timeout(self._silence):
                return await self._answer(call.read)
        except TimeoutError:
            silence = f"has been silent for {self._silence:.0f} s"
            raise EngineGoneError(f"The engine at {self._address} {silence}.") from None

    def _open(self, start: Callable[[], Any]) -> Any:
        try:
            return start()
        except grpc.aio.UsageError:
            raise self._closed() from None

    async def _answer(self, start: Callable[[], Awaitable[T]]) -> T:
        try:
            return await start()
        except grpc.aio.AioRpcError as error:
            raise EngineGoneError(self._explain(error)) from None
        except grpc.aio.UsageError:
            raise self._closed() from None
        except asyncio.CancelledError:
            # gRPC says so, too, when it was the call that was cancelled and not this task.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise self._closed() from None

    def _closed(self) -> EngineGoneError:
        return EngineGoneError(f"The connection to {self._address} is closed.")

    def _explain(self, error: grpc.aio.AioRpcError) -> str:
        code = error.code()
        if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            return f"The engine at {self._address} does not answer."
        if code is grpc.StatusCode.UNAUTHENTICATED:
            return f"The engine at {self._address} wants another token: set engine.token to its."
        detail = (error.details() or "").splitlines()[:1]
        return f"The engine at {self._address} broke off: {code.name} {' '.join(detail)}".rstrip()
