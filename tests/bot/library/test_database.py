from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bot.errors import BadInputError, ConfigError, UnavailableError
from bot.library import stories
from bot.library.backup import copy_database
from bot.library.check import check_database
from bot.library.database import Database, fetch_all, fetch_one
from tests.bot.library.rows import add_job, add_page, add_picture, add_story


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "library.db", busy_timeout_s=0.2)
    yield database
    await database.close()


async def count(database: Database, table: str) -> int:
    async with database.read() as connection:
        row = await fetch_one(connection, f"SELECT count(*) FROM {table}")  # noqa: S608
    assert row is not None
    return int(row[0])


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    async def write() -> None:
        async with database.write() as connection:
            await add_story(connection)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        await write()
    assert await count(database, "stories") == 0


async def test_a_cancelled_transaction_leaves_nothing_and_frees_the_writer(
    database: Database,
) -> None:
    async def write_slowly() -> None:
        async with database.write() as connection:
            await add_story(connection)
            await asyncio.sleep(60)

    task = asyncio.create_task(write_slowly())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.write() as connection:
        await add_story(connection)
    assert await count(database, "stories") == 1


async def test_cancelling_at_any_moment_is_all_or_nothing(database: Database) -> None:
    async def write() -> None:
        async with database.write() as connection:
            await add_page(connection, await add_job(connection, await add_story(connection)))

    for step in range(40):
        task = asyncio.create_task(write())
        for _ in range(step):
            await asyncio.sleep(0)
        await asyncio.sleep(0.0002 * (step % 8))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await write()
    assert await count(database, "stories") == await count(database, "pages") > 0
    assert check_database(database.path) == ()


async def test_readers_are_not_kept_waiting_by_a_writer(database: Database) -> None:
    async with database.write() as connection:
        await add_story(connection)
        assert await count(database, "stories") == 0
    assert await count(database, "stories") == 1


async def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        async with database.read() as connection:
            await add_story(connection)


async def test_writers_take_turns(database: Database) -> None:
    async def write() -> None:
        async with database.write() as connection:
            await add_story(connection)

    await asyncio.gather(*(write() for _ in range(20)))
    assert await count(database, "stories") == 20


async def test_another_process_with_the_lock_is_one_line(database: Database) -> None:
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError, match="Another process keeps"):
        async with database.write() as connection:
            await add_story(connection)
    other.close()
    async with database.write() as connection:
        await add_story(connection)


async def test_a_full_disk_is_one_line_and_nothing_is_half_written(database: Database) -> None:
    async with database.write() as connection:
        story = await add_story(connection)
        job = await add_job(connection, story)
        await connection.execute("UPDATE jobs SET text_only = 1")
    async with database.read() as connection:
        row = await fetch_one(connection, "PRAGMA page_count")
        assert row is not None

    async def write_page() -> None:
        async with database.write() as connection:
            page = await add_page(connection, job)
            await add_picture(connection, page, image=b"x" * 1_000_000)

    # SQLite's own limit on the file's size fails with the very error of a full disk.
    await database._writer.execute(f"PRAGMA max_page_count = {row[0] + 8}")
    with pytest.raises(UnavailableError, match=r"disk of .* is full"):
        await write_page()
    assert await count(database, "pages") == 0
    await database._writer.execute("PRAGMA max_page_count = 1000000")
    await write_page()
    assert check_database(database.path) == ()


async def test_a_page_cannot_hang_on_another_storys_page(database: Database) -> None:
    async with database.write() as connection:
        page = await add_page(connection, await add_job(connection, await add_story(connection)))

    async def write() -> None:
        async with database.write() as connection:
            other = await add_job(connection, await add_story(connection), base=page)
            await add_page(connection, other, parent=page)

    with pytest.raises(sqlite3.IntegrityError):
        await write()
    assert await count(database, "pages") == 1


async def test_a_deleted_story_takes_all_its_rows_with_it(database: Database) -> None:
    async with database.write() as connection:
        story = await add_story(connection)
        job = await add_job(connection, story, count=2)
        first = await add_page(connection, job)
        await add_picture(connection, await add_page(connection, job, parent=first))
        await connection.execute("DELETE FROM stories WHERE id = ?", (story.id,))
    for table in ("stories", "jobs", "pages", "pictures"):
        assert await count(database, table) == 0
    assert check_database(database.path) == ()


async def test_a_backup_of_a_database_in_use_is_whole(database: Database, tmp_path: Path) -> None:
    async with database.write() as connection:
        story = await add_story(connection)
    target = tmp_path / "backup.db"
    async with database.write() as connection:
        await add_story(connection)
        await asyncio.to_thread(copy_database, database.path, target)
    assert check_database(target) == ()
    assert not list(await asyncio.to_thread(tmp_path.glob, "*.part"))
    copy = await Database.open(target)
    async with copy.read() as connection:
        assert await stories.get(connection, story.id) == story
    assert await count(copy, "stories") == 1
    await copy.close()


def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "a.db", tmp_path / "b.db"
    with pytest.raises(ConfigError, match="no database"):
        copy_database(source, target)
    sqlite3.connect(source).execute("CREATE TABLE a (b)")
    target.write_text("mine")
    with pytest.raises(BadInputError, match="exists already"):
        copy_database(source, target)
    with pytest.raises(BadInputError, match="no folder"):
        copy_database(source, tmp_path / "nowhere" / "b.db")
    assert target.read_text() == "mine"


WRITER = """
import asyncio, sys
from pathlib import Path
from bot.library.database import Database
from tests.bot.library.rows import add_job, add_page, add_picture, add_story

async def main() -> None:
    database = await Database.open(Path(sys.argv[1]))
    while True:
        async with database.write() as connection:
            job = await add_job(connection, await add_story(connection), count=2)
            first = await add_page(connection, job)
            await add_picture(connection, first, image=b"x" * 50_000)
            await add_page(connection, job, parent=first)
        print("kept", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("delay", [0.0, 0.013, 0.05])
async def test_a_killed_writer_leaves_a_sound_database(tmp_path: Path, delay: float) -> None:
    path = tmp_path / "library.db"
    told = await asyncio.to_thread(write_and_kill, path, delay)
    assert check_database(path) == ()
    database = await Database.open(path)
    kept = await count(database, "stories")
    assert told <= kept <= told + 1
    assert await count(database, "pages") == 2 * kept
    assert await count(database, "pictures") == kept
    async with database.read() as connection:
        queued = await fetch_all(connection, "SELECT id FROM jobs WHERE state = 'queued'")
    assert len(queued) == kept
    await database.close()


def write_and_kill(path: Path, delay: float) -> int:
    """Return how many transactions the killed process had said were kept."""
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout is not None
    for _ in range(3):
        assert process.stdout.readline() == b"kept\n"
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    told = 3 + process.stdout.read().count(b"kept")
    process.wait()
    process.stdout.close()
    return told


async def test_a_backup_while_another_process_writes_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    command = [sys.executable, "-c", WRITER, str(path)]
    root = Path(__file__).parents[3]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}
    )
    try:
        assert process.stdout is not None
        for number in range(4):
            await process.stdout.readline()  # so that something was written since
            await asyncio.to_thread(copy_database, path, tmp_path / f"copy-{number}.db")
    finally:
        process.kill()
        await process.wait()
    kept = []
    for number in range(4):
        assert check_database(tmp_path / f"copy-{number}.db") == ()
        with closing(sqlite3.connect(tmp_path / f"copy-{number}.db")) as copy:
            kept.append(copy.execute("SELECT count(*) FROM stories").fetchone()[0])
    assert kept == sorted(kept)
    assert kept[0] < kept[-1]


@pytest.mark.parametrize("seed", range(8))
async def test_a_damaged_database_is_told_in_clear_lines(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "library.db"
    database = await Database.open(path)
    async with database.write() as connection:
        for number in range(20):
            story = await add_story(connection, f"fox {number}")
            page = await add_page(connection, await add_job(connection, story), text="Once. " * 99)
            await add_picture(connection, page, image=b"x" * 3000)
    await database.close()
    spoilt = bytearray(path.read_bytes())
    chance = random.Random(seed)
    for _ in range(3):
        place = 4096 * chance.randrange(1, len(spoilt) // 4096)
        spoilt[place : place + 512] = chance.randbytes(512)
    path.write_bytes(spoilt)

    try:
        faults = await asyncio.to_thread(check_database, path)
    except ConfigError as error:
        faults = (error.message,)
    assert faults
    assert all(fault and "\n" not in fault for fault in faults)

    with suppress(ConfigError):
        database = await Database.open(path)
        async with database.read() as connection:
            await stories.with_words(connection, "console", "fox once", 50)
            await fetch_all(connection, "SELECT * FROM pages JOIN pictures ON page_id = pages.id")
    await database.close()
