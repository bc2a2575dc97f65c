from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.library import jobs
from bot.library.database import Database
from bot.library.owners import is_dead, own_name
from bot.library.records import JobRecord
from tests.bot.library.rows import add_job, add_story

HOUR_MS = 3_600_000


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "library.db")
    yield database
    await database.close()


@pytest.fixture
async def job(database: Database) -> JobRecord:
    async with database.write() as connection:
        return await add_job(connection, await add_story(connection))


async def claim(
    database: Database, job: JobRecord, owner: str, lease_ms: int = HOUR_MS, previous: str = ""
) -> JobRecord | None:
    async with database.write() as connection:
        return await jobs.claim(
            connection, job.id, owner=owner, lease_ms=lease_ms, previous=previous or None
        )


async def test_of_many_claims_one_succeeds(database: Database, job: JobRecord) -> None:
    claims = [claim(database, job, f"worker {n}") for n in range(8)]
    won = [found for found in await asyncio.gather(*claims) if found]
    assert len(won) == 1
    assert (won[0].state, won[0].attempt) == ("running", 1)


async def test_an_expired_lease_goes_to_the_next(database: Database, job: JobRecord) -> None:
    assert await claim(database, job, "first", lease_ms=-1)
    taken = await claim(database, job, "second")
    assert taken is not None
    assert (taken.lease_owner, taken.attempt) == ("second", 1)
    async with database.write() as connection:
        assert not await jobs.renew(connection, job.id, owner="first", lease_ms=1)
        assert await jobs.renew(connection, job.id, owner="second", lease_ms=1)


async def test_a_dead_owners_lease_counts_for_nothing(database: Database, job: JobRecord) -> None:
    assert await claim(database, job, "dead")
    assert await claim(database, job, "other") is None
    assert await claim(database, job, "other", previous="dead")


async def test_a_job_ends_once_and_a_finished_one_stays_finished(
    database: Database, job: JobRecord
) -> None:
    await claim(database, job, "first")
    async with database.write() as connection:
        assert await jobs.finish(connection, job.id, "done")
        assert not await jobs.finish(connection, job.id, "cancelled")
        found = await jobs.get(connection, job.id)
    assert found is not None
    assert found.state == "done"
    assert await claim(database, job, "second") is None


async def test_a_dedup_key_is_taken_once(database: Database) -> None:
    async with database.write() as connection:
        story = await add_story(connection)
        job = await add_job(connection, story, dedup_key="chat:1")
        assert await jobs.by_dedup_key(connection, "chat:1") == job
    with pytest.raises(sqlite3.IntegrityError):
        async with database.write() as connection:
            await add_job(connection, story, dedup_key="chat:1")


def test_a_process_number_that_was_given_away_again_is_known_as_dead() -> None:
    host, number, mark = own_name().split("/")
    assert number == str(os.getpid())
    assert not is_dead(own_name())
    assert is_dead(f"{host}/{number}/of an earlier run")
    parent = os.getppid()
    assert not is_dead(f"{host}/{parent}")
    if mark.isdigit():  # where there is /proc
        assert is_dead(f"{host}/{parent}/0")


def test_a_killed_child_that_nobody_has_buried_is_dead() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert not is_dead(f"{socket.gethostname()}/{process.pid}")
    process.kill()
    assert process.stdin is not None
    process.stdin.close()
    if os.path.exists("/proc/self/stat"):  # noqa: PTH110
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(f"{socket.gethostname()}/{process.pid}")
    process.wait()


def test_a_process_that_ended_is_known_to_be_dead() -> None:
    host = socket.gethostname()
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert is_dead(f"{host}/{process.pid}")
    assert not is_dead(f"{host}/{os.getpid()}")
    assert not is_dead(f"{host}/1")
    for unknown in ("another host/1", "", None, f"{host}/x"):
        assert not is_dead(unknown)
