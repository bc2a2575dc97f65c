"""docs/commands.md names every command, and each of its examples is right."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from bot.cli import app
from engine.image.styles import style_names
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "commands.md").read_text("utf-8")
EXAMPLES = re.findall(r"^pagewright (.+)$", PAGE, re.MULTILINE)


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def test_every_command_is_documented_with_an_example() -> None:
    known = {" ".join(path) for path in commands(typer.main.get_command(app))}
    shown = set()
    for example in EXAMPLES:
        words = shlex.split(example)
        shown.add(next(name for name in (words[0], " ".join(words[:2])) if name in known))
    assert shown == known


def test_every_command_says_what_it_does_in_a_short_line() -> None:
    group: Any = typer.main.get_command(app)
    for path in commands(group):
        command = group
        for name in path:
            command = command.commands[name]
        first = command.help.splitlines()[0]
        assert first.endswith((".", ")", ".)")), path
        assert len(first) <= 90, path


def test_the_help_and_the_examples_name_the_styles_that_there_are() -> None:
    group: Any = typer.main.get_command(app)
    (style,) = (option for option in group.commands["story"].params if option.name == "style")
    assert set(re.findall(r"\w+", style.help)) - {"or"} == set(style_names())
    assert set(re.findall(r"--style (\w+)", PAGE)) <= set(style_names())


def test_the_help_has_neither_types_nor_braces(capsys: pytest.CaptureFixture[str]) -> None:
    group: Any = typer.main.get_command(app)
    for name in ("story", "illustrate", "film", "continue"):
        command = group.commands[name]
        told = command.get_help(command.make_context(name, [], resilient_parsing=True))
        # A terminal's help is printed, not returned.
        text = told + capsys.readouterr().out
        assert "Usage: " in text
        assert not re.search(r"<(bool|str|list)|[{}]", text), name


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_understood(example: str) -> None:
    command: Any = typer.main.get_command(app)
    arguments = shlex.split(example)
    while hasattr(command, "commands"):
        command = command.commands[arguments.pop(0)]
    # Parses and converts as a call would, without making it.
    with command.make_context(command.name, arguments):
        pass
