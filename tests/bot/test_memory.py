from __future__ import annotations

import platform
import subprocess
import sys

import pytest

LOADED = """
import sys
import bot.discord.front, bot.commands.serving
print(*(name for name in ("fontTools", "uharfbuzz", "jinja2", "fpdf", "av", "telegram", "rich")
        if name in sys.modules))
"""


def said(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_bot_on_discord_holds_nothing_that_only_books_need() -> None:
    assert said(LOADED) == ""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
def test_the_allocator_takes_the_limit_of_its_arenas() -> None:
    assert said("from bot.memory import share_arenas; print(share_arenas())") == "True"
