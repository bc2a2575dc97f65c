"""The real bot, as a process of its own with the starter models, killed while it paints."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image

from bot.discord.artwork import FINAL_LEAST
from bot.library.check import check_database
from tests.bot.discord.loopback import LoopbackDiscord
from tests.bot.discord.reading import labels, was_done

# An engine with the real models beside other tests on two cores.
PATIENCE_S = 400.0


def environment(discord: LoopbackDiscord, folder: Path) -> dict[str, str]:
    return (
        os.environ
        | discord.environment
        | {
            "PAGEWRIGHT_DATABASE__PATH": str(folder / "library.db"),
            "PAGEWRIGHT_ENGINE__ADDRESS": f"unix:{folder / 'engine.sock'}",
            "PAGEWRIGHT_ENGINE__THREADS": "1",
        }
    )


BOT = ("bot", "bot", "--only", "discord")


@asynccontextmanager
async def serving(
    folder: Path, environ: Mapping[str, str], *command: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run one of Pagewright's processes, the bot if none is named, until the block ends."""
    with (folder / "bot.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *(command or BOT),
            env=dict(environ), cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.mark.timeout(900)
async def test_a_bot_that_is_killed_while_it_paints_delivers_its_page_once(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord, AsyncExitStack() as stack:
        ann = discord.person("Ann", discord.add_guild())
        environ = environment(discord, tmp_path)
        # One that the bot starts would outlive the test.
        engine = ("engine", "--listen", environ["PAGEWRIGHT_ENGINE__ADDRESS"], "--threads", "1")
        await stack.enter_async_context(serving(tmp_path, environ, *engine))
        async with serving(tmp_path, environ) as process:
            await discord.until(lambda: discord.commands, seconds=PATIENCE_S)
            await asyncio.wait_for(discord.gateway.ready.wait(), PATIENCE_S)
            told = await ann.slash("story", idea="a fox who is afraid of the dark", pages=1)
            await ann.answered(told)
            page = await discord.message(lambda m: "Painting" in m.text, seconds=PATIENCE_S)
            process.kill()
            await process.wait()
        assert not was_done(page)
        discord.gateway.ready.clear()
        async with serving(tmp_path, environ) as process:
            await discord.until(lambda: was_done(page), seconds=PATIENCE_S)
            process.terminate()
            assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
        assert discord.messages == [page]
        assert was_done(page) == 1
        assert labels(page) == ["Continue", "Retry", "Redraw", "Branch", "More"]
        with Image.open(io.BytesIO(page.file().data)) as picture:
            assert picture.size == (FINAL_LEAST, FINAL_LEAST)
        assert "fox" in page.text.lower()
        assert discord.token.encode() not in (tmp_path / "bot.log").read_bytes()
        assert check_database(tmp_path / "library.db") == ()
        await discord.check()
