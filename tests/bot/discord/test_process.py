"""The real bot, as a process of its own with the starter models, killed while it paints."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.library.check import check_database
from tests.bot.discord.loopback import LoopbackDiscord
from tests.bot.discord.reading import labels, was_done

PATIENCE_S = 180.0


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


@asynccontextmanager
async def serving(
    folder: Path, environ: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the bot's process until the block ends, with whatever it has begun."""
    with (folder / "bot.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "bot", "--only", "discord",
            env=dict(environ), cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def test_a_bot_that_is_killed_while_it_paints_delivers_its_page_once(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord:
        ann = discord.person("Ann", discord.add_guild())
        environ = environment(discord, tmp_path)
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
        assert page.file().data.startswith(b"\x89PNG")
        assert "fox" in page.text.lower()
        assert discord.token.encode() not in (tmp_path / "bot.log").read_bytes()
        assert check_database(tmp_path / "library.db") == ()
        discord.check()
