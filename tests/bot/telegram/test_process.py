"""The real bot, as a process of its own with the starter models, killed while it paints."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.library.check import check_database
from tests.bot.telegram.house import done, finals
from tests.bot.telegram.loopback import Loopback

# An engine with the real models beside other tests on two cores.
PATIENCE_S = 400.0


def environment(telegram: Loopback, folder: Path) -> dict[str, str]:
    return os.environ | {
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_BASE_URL": telegram.url,
        "PAGEWRIGHT_TELEGRAM__CHOOSE_S": "0",
        "PAGEWRIGHT_DATABASE__PATH": str(folder / "library.db"),
        "PAGEWRIGHT_ENGINE__ADDRESS": f"unix:{folder / 'engine.sock'}",
        "PAGEWRIGHT_ENGINE__START": "false",
        "PAGEWRIGHT_LIMITS__PAGES": "1",
    }


@asynccontextmanager
async def running(
    folder: Path, environ: Mapping[str, str], *command: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run one of Pagewright's processes until the block ends."""
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, env=dict(environ), cwd=folder, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.mark.timeout(900)
async def test_a_bot_that_is_killed_while_it_paints_delivers_every_page_once(
    telegram: Loopback, tmp_path: Path
) -> None:
    environ = environment(telegram, tmp_path)
    engine = ("engine", "--listen", environ["PAGEWRIGHT_ENGINE__ADDRESS"], "--threads", "1")
    bot = ("bot", "bot", "--only", "telegram")
    ann = telegram.private("Ann")
    async with running(tmp_path, environ, *engine):
        async with running(tmp_path, environ, *bot) as process:
            written = ann.say("/story a fox who is afraid of the dark")
            shown = await ann.chat.sees("Page 1/1", seconds=PATIENCE_S)
            process.kill()
            await process.wait()
        assert not done(shown)
        async with running(tmp_path, environ, *bot) as process:
            await ann.chat.sees(done, seconds=PATIENCE_S)
            process.terminate()
            assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
    assert [m.number for m in ann.chat.from_bot] == [shown.number]
    assert shown.reply_to == written.number
    assert finals(shown) == 1
    assert shown.photo.startswith(b"\x89PNG")
    assert "fox" in shown.text.lower()
    assert telegram.unknown == []
    assert telegram.token.encode() not in (tmp_path / "log").read_bytes()
    assert check_database(tmp_path / "library.db") == ()
