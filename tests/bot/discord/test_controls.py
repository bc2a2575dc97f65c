"""Whatever is drawn to be pressed is handled, by one function."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bot.discord
from bot.discord import controls
from bot.discord.cogs import COGS

CODE = "".join(p.read_text("utf-8") for p in Path(bot.discord.__file__).parent.rglob("*.py"))


def test_every_button_and_menu_has_a_function_that_handles_it() -> None:
    assert COGS  # their modules say what they handle
    drawn = set(re.findall(r'\b(?:button|menu)\(\s*"([a-z]+)"', CODE))
    assert len(drawn) > 30
    # Where among its siblings a page stands is told by a button that cannot be pressed.
    assert drawn - controls._handlers.keys() == {"place"}


def test_every_form_has_a_function_that_handles_it() -> None:
    forms = set(re.findall(r'\bform\(\s*"([a-z]+)"', CODE))
    assert forms >= {"edit", "report", "set"}
    assert forms <= controls._form_handlers.keys()


async def test_two_functions_for_one_action_are_a_mistake() -> None:
    async def other(interaction: object, subject: str) -> None: ...

    with pytest.raises(ValueError, match="Two functions handle 'retry'"):
        controls.on("retry")(other)
