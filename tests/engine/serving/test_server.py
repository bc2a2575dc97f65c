from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from engine.api.client import EngineClient
from engine.api.errors import EngineGoneError
from engine.api.events import Failed, PageDone, Preview, Queued, StoryDone, StoryEvent
from tests.engine.serving.paced import wish
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
Start = Callable[..., subprocess.Popen[str]]
# For whatever a busy machine may take long over; nothing waits for so long where all is well.
PATIENCE_S = 60.0


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"unix:{tmp_path / 'run' / 'engine.sock'}"


@pytest.fixture
def start(address: str) -> Iterator[Start]:
    """Start paced engines; whatever still runs is killed at the end."""
    engines: list[subprocess.Popen[str]] = []

    def start_one(*options: str, at: str = address) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.engine.serving.paced_engine", at, *options]
        engines.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True))
        return engines[-1]

    yield start_one
    for engine in engines:
        engine.kill()
        engine.communicate()


@asynccontextmanager
async def client_of(address: str, *, wait: bool = True) -> AsyncIterator[EngineClient]:
    client = EngineClient(address)
    try:
        assert not wait or await client.wait_healthy(PATIENCE_S)
        yield client
    finally:
        await client.close()


async def tell(client: EngineClient, job_id: str = "a", **fields: object) -> list[StoryEvent]:
    return [event async for event in client.tell(wish(job_id, **fields))]


async def drain(stream: AsyncIterator[StoryEvent]) -> None:
    async for _ in stream:
        pass


async def until_running(client: EngineClient, jobs: int) -> None:
    while (await client.status()).running != jobs:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def socket_of(address: str) -> Path:
    return Path(address.removeprefix("unix:"))


def ended(engine: subprocess.Popen[str], *, within: float) -> tuple[int, str]:
    _, errors = engine.communicate(timeout=within)
    return engine.returncode, errors


async def test_a_story_crosses_the_wire_whole(address: str, start: Start) -> None:
    start("--previews", "0")
    async with client_of(address) as client:
        events = await tell(client)
        await until_running(client, 0)  # it is forgotten just after its last event
        status = await client.status()
    assert isinstance(events[0], Queued)
    pages = [event for event in events if isinstance(event, PageDone)]
    assert [page.page for page in pages] == [1, 2]
    assert pages[0].latents.codes == (3, 4)
    assert len(pages[0].image) == 100_000
    assert events[-1] == StoryDone(title="a fox", pages=2, seconds=0.0)
    assert (status.profile, status.running, status.queued) == ("paced", 0, 0)
    assert status.styles == ("storybook",)


async def test_the_socket_is_this_users_alone(address: str, start: Start) -> None:
    start()
    async with client_of(address):
        path = socket_of(address)
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_second_engine_leaves_the_first_alone(address: str, start: Start) -> None:
    first = start("--pages", "1")
    async with client_of(address) as client:
        stream = client.tell(wish("a"))
        while not isinstance(await anext(stream), PageDone):
            pass
        code, errors = ended(start(), within=PATIENCE_S)
        assert (code, len(errors.splitlines())) == (69, 1)
        assert f"process {first.pid}" in errors
        assert await client.cancel("a")
        rest = [event async for event in stream]
    assert isinstance(rest[-1], Failed)
    assert rest[-1].resume_from_page == 2


async def test_a_socket_left_by_a_killed_engine_is_taken_over(address: str, start: Start) -> None:
    first = start()
    async with client_of(address) as client:
        first.kill()
        first.wait()
        assert socket_of(address).is_socket()
        start()
        assert await client.wait_healthy(PATIENCE_S)
        assert isinstance((await tell(client))[-1], StoryDone)


async def test_a_killed_engine_is_an_error_of_the_stream_not_a_hang(
    address: str, start: Start
) -> None:
    engine = start("--pages", "1")
    async with client_of(address) as client:
        stream = client.tell(wish("a"))
        while not isinstance(await anext(stream), PageDone):
            pass
        engine.kill()
        with pytest.raises(EngineGoneError, match=r"engine\.sock"):
            await asyncio.wait_for(drain(stream), PATIENCE_S)
        with pytest.raises(EngineGoneError, match="does not answer"):
            await client.status()
        assert not await client.healthy()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_jobs_so_that_they_can_go_on(
    address: str, start: Start, number: int
) -> None:
    engine = start("--pages", "1")
    async with client_of(address) as client:
        stream = client.tell(wish("a"))
        while not isinstance(await anext(stream), PageDone):
            pass
        engine.send_signal(number)
        (end,) = [event async for event in stream]
    assert isinstance(end, Failed)
    assert (end.code, end.retryable, end.resume_from_page) == ("engine_stopping", True, 2)
    assert ended(engine, within=PATIENCE_S)[0] == 0
    assert not socket_of(address).exists()


async def test_an_engine_stuck_in_a_step_ends_without_it(address: str, start: Start) -> None:
    engine = start("--deaf")
    async with client_of(address) as client:
        task = asyncio.create_task(tell(client))
        await until_running(client, 1)
        engine.terminate()
        # The step lasts for 600 s.
        events = await asyncio.wait_for(task, PATIENCE_S)
        await asyncio.to_thread(engine.wait, PATIENCE_S)
    assert isinstance(events[-1], Failed)
    assert events[-1].code == "engine_stopping"


# The socket is not there at once; gRPC's own back-off of a second would outlast the loading.
QUICK = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 200)]


async def test_health_says_no_until_the_models_are_there(address: str, start: Start) -> None:
    start("--load-seconds", "4.0")
    async with (
        client_of(address, wait=False) as client,
        grpc.aio.insecure_channel(address, options=QUICK) as channel,
    ):
        stub = health_pb2_grpc.HealthStub(channel)
        request = health_pb2.HealthCheckRequest(service="pagewright.engine.v1.StoryEngine")
        reply = await stub.Check(request, wait_for_ready=True, timeout=PATIENCE_S)
        assert reply.status == health_pb2.HealthCheckResponse.NOT_SERVING
        assert not await client.healthy()
        assert await client.wait_healthy(PATIENCE_S)
        reply = await stub.Check(request)
        assert reply.status == health_pb2.HealthCheckResponse.SERVING


async def test_reflection_names_the_service(address: str, start: Start) -> None:
    start()
    async with client_of(address), grpc.aio.insecure_channel(address) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        call = stub.ServerReflectionInfo(iter([asked]))
        reply = await call.read()
    names = {service.name for service in reply.list_services_response.service}
    assert names >= {"pagewright.engine.v1.StoryEngine", "grpc.health.v1.Health"}


def test_a_damaged_weight_file_is_one_line_and_a_configuration_error(start: Start) -> None:
    code, errors = ended(start("--damaged"), within=PATIENCE_S)
    assert code == 78
    lines = [line for line in errors.splitlines() if " INFO " not in line]
    assert lines == ["pagewright engine: story.safetensors is damaged: restore it."]


async def test_an_idle_engine_leaves_by_itself_but_not_while_it_works(
    address: str, start: Start
) -> None:
    engine = start("--idle-exit", "2.0", "--pages", "0")
    async with client_of(address) as client:
        task = asyncio.create_task(tell(client))
        await until_running(client, 1)
        await asyncio.sleep(3.0)
        assert engine.poll() is None
        await client.cancel("a")
        await task
    assert ended(engine, within=PATIENCE_S)[0] == 0


async def test_a_consumer_that_stalls_loses_previews_alone(address: str, start: Start) -> None:
    start("--previews", "2000")
    async with client_of(address) as client:
        stream = client.tell(wish("a", pages=4))
        events = [await anext(stream)]
        await asyncio.sleep(2.0)
        await until_running(client, 0)  # all is made, and nothing was read
        events += [event async for event in stream]
    assert sum(isinstance(event, PageDone) for event in events) == 4
    assert isinstance(events[-1], StoryDone)
    previews = sum(isinstance(event, Preview) for event in events)
    assert 0 < previews < 4 * 2000


async def test_a_consumer_that_stalls_and_leaves_frees_the_worker(
    address: str, start: Start
) -> None:
    start("--previews", "100000")
    async with client_of(address) as client:
        async with client_of(address) as other, aclosing(other.tell(wish("a"))) as stream:
            await anext(stream)
            await asyncio.sleep(0.5)
        async with asyncio.timeout(PATIENCE_S):
            await until_running(client, 0)


async def test_a_port_works_like_a_socket_and_a_taken_one_is_refused(start: Start) -> None:
    at = f"127.0.0.1:{free_port()}"
    start(at=at)
    async with client_of(at) as client:
        code, errors = ended(start(at=at), within=PATIENCE_S)
        assert isinstance((await tell(client))[-1], StoryDone)
    assert (code, len(errors.splitlines())) == (69, 1)


def test_a_folder_that_cannot_be_made_is_one_line(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, errors = ended(start(at=f"unix:{tmp_path}/file/engine.sock"), within=PATIENCE_S)
    assert (code, len(errors.splitlines())) == (69, 1)
    assert "file" in errors


def test_a_folder_open_to_everybody_is_refused(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    os.chmod(folder, 0o777)  # noqa: PTH101, S103
    code, errors = ended(start(at=f"unix:{folder}/engine.sock"), within=PATIENCE_S)
    assert (code, len(errors.splitlines())) == (69, 1)
