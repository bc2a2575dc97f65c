"""The gRPC face of the gateway."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from engine.api import convert
from engine.api import story_engine_pb2 as pb
from engine.api.events import EngineStatus
from engine.api.story_engine_pb2_grpc import StoryEngineServicer
from engine.serving.gateway import Gateway
from engine.serving.job import Request


@dataclass
class About:
    """What an engine says of itself."""

    version: str
    profile: str
    device: Callable[[], str]
    styles: tuple[str, ...] = ()
    started: float = field(default_factory=time.monotonic)


class Servicer(StoryEngineServicer):
    """Translates calls into requests and events into messages; decides nothing."""

    def __init__(self, gateway: Gateway, about: About) -> None:
        self._gateway = gateway
        self._about = about

    # gRPC tells a stream by its handler being an asynchronous generator function itself.
    async def Tell(  # noqa: N802
        self, request: pb.TellRequest, context: Any
    ) -> AsyncGenerator[pb.StoryEvent, None]:
        """Stream a story's events."""
        async with aclosing(self._stream(convert.tell_from_message(request))) as messages:
            async for message in messages:
                yield message

    async def Illustrate(  # noqa: N802
        self, request: pb.IllustrateRequest, context: Any
    ) -> AsyncGenerator[pb.StoryEvent, None]:
        """Stream one picture's events."""
        async with aclosing(self._stream(convert.illustrate_from_message(request))) as messages:
            async for message in messages:
                yield message

    async def Film(  # noqa: N802
        self, request: pb.FilmRequest, context: Any
    ) -> AsyncGenerator[pb.StoryEvent, None]:
        """Stream a film's frames."""
        async with aclosing(self._stream(convert.film_from_message(request))) as messages:
            async for message in messages:
                yield message

    async def Cancel(self, request: pb.CancelRequest, context: Any) -> pb.CancelReply:  # noqa: N802
        """Stop a job."""
        return pb.CancelReply(found=self._gateway.cancel(request.job_id))

    async def Status(self, request: pb.StatusRequest, context: Any) -> pb.StatusReply:  # noqa: N802
        """Say what this engine is and how busy."""
        about = self._about
        return convert.status_to_message(
            EngineStatus(
                version=about.version,
                profile=about.profile,
                queued=self._gateway.queued,
                running=self._gateway.running,
                uptime_seconds=time.monotonic() - about.started,
                device=about.device(),
                styles=about.styles,
            )
        )

    async def _stream(self, request: Request) -> AsyncGenerator[pb.StoryEvent, None]:
        async with aclosing(self._gateway.stream(request)) as numbered_events:
            async for numbered in numbered_events:
                yield convert.event_to_message(numbered.event, seq=numbered.seq)
