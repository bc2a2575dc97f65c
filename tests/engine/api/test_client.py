from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from engine.api import story_engine_pb2 as pb
from engine.api.client import EngineClient
from engine.api.errors import EngineGoneError
from engine.api.events import Failed, StoryEvent, TellRequest, TextDelta
from engine.api.story_engine_pb2_grpc import (
    StoryEngineServicer,
    add_StoryEngineServicer_to_server,
)

ROOT = Path(__file__).resolve().parents[3]


class OddEngine(StoryEngineServicer):
    """Speaks a later protocol, ends in the middle, or falls silent, as its idea says."""

    async def Tell(  # noqa: N802
        self, request: pb.TellRequest, context: Any
    ) -> AsyncIterator[pb.StoryEvent]:
        yield pb.StoryEvent(seq=1, text=pb.TextDelta(page=1, text="Once"))
        if request.idea == "silent":
            await asyncio.sleep(30)
        if request.idea == "later":
            yield pb.StoryEvent.FromString(b"\x08\x02\xfa\x01\x02\x08\x01")
            yield pb.StoryEvent(seq=3, failed=pb.Failed(code="x", message="y"))


@asynccontextmanager
async def odd_engine(folder: Path, **options: float) -> AsyncIterator[EngineClient]:
    server = grpc.aio.server()
    add_StoryEngineServicer_to_server(OddEngine(), server)
    server.add_insecure_port(f"unix:{folder}/odd.sock")
    await server.start()
    client = EngineClient(f"unix:{folder}/odd.sock", **options)
    try:
        yield client
    finally:
        await client.close()
        await server.stop(0)


async def tell(client: EngineClient, idea: str) -> list[StoryEvent]:
    return [event async for event in client.tell(TellRequest(job_id="a", idea=idea))]


async def test_events_of_a_later_protocol_are_passed_over(tmp_path: Path) -> None:
    async with odd_engine(tmp_path) as client:
        assert await tell(client, "later") == [TextDelta(1, "Once"), Failed("x", "y", False, 0)]


async def test_a_stream_that_just_ends_is_an_engine_gone(tmp_path: Path) -> None:
    async with odd_engine(tmp_path) as client:
        with pytest.raises(EngineGoneError, match="in the middle"):
            await tell(client, "ends")


async def test_an_engine_without_a_sign_of_life_is_gone(tmp_path: Path) -> None:
    async with odd_engine(tmp_path, silence_seconds=0.3) as client:
        with pytest.raises(EngineGoneError, match="silent"):
            await tell(client, "silent")


async def test_no_engine_at_all_is_said_at_once_in_one_line(tmp_path: Path) -> None:
    client = EngineClient(f"unix:{tmp_path}/none.sock")
    began = time.monotonic()
    assert not await client.healthy()
    for call in (tell(client, "a"), client.cancel("a"), client.status()):
        with pytest.raises(EngineGoneError) as error:
            await call
        assert len(str(error.value).splitlines()) == 1
    # Each would wait for ever otherwise; a busy machine may take its time.
    assert time.monotonic() - began < 30
    await client.close()


async def test_a_closed_client_says_so(tmp_path: Path) -> None:
    async with odd_engine(tmp_path) as client:
        await client.close()
        with pytest.raises(EngineGoneError):
            await tell(client, "later")
        with pytest.raises(EngineGoneError):
            await client.status()


async def test_closing_the_client_ends_its_open_streams(tmp_path: Path) -> None:
    async with odd_engine(tmp_path) as client:
        stream = client.tell(TellRequest(job_id="a", idea="silent"))
        assert await anext(stream) == TextDelta(1, "Once")
        waiting = asyncio.create_task(anext(stream))
        await asyncio.sleep(0.1)
        await client.close()
        with pytest.raises(EngineGoneError, match="closed"):
            await waiting


async def test_a_cancelled_reader_is_just_cancelled(tmp_path: Path) -> None:
    async with odd_engine(tmp_path) as client:
        waiting = asyncio.create_task(tell(client, "silent"))
        await asyncio.sleep(0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


def test_the_client_needs_no_torch_and_no_other_part_of_the_engine() -> None:
    code = (
        "import sys, engine.api.client; "
        "print(*(m for m in sys.modules if m.partition('.')[0] in ('torch', 'numpy', 'engine')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert loaded
    assert all(name == "engine" or name.startswith("engine.api") for name in loaded)
