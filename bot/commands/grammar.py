"""The command line's root, and the options that several commands have in common."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

TELL = "Tell stories"
READ = "Look at stories"
CARE = "Look after stories"
HOUSE = "The house"


class PlainHelp:
    """Help without the names of types, and a usage line without braces."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, with what their help need not say left out."""
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            if isinstance(parameter, TyperArgument):
                parameter.display_type_rich = lambda ctx: None  # type: ignore[method-assign]
            elif parameter.is_flag and parameter.metavar is None:
                parameter.metavar = ""
        return parameters

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the usage line."""
        pieces: list[str] = super().collect_usage_pieces(ctx)  # type: ignore[misc]
        return [piece.replace("{", "").replace("}", "") for piece in pieces]


class PlainGroup(PlainHelp, TyperGroup):
    """A group of commands."""


class StrictCommand(PlainHelp, TyperCommand):
    """A command that refuses an option without a value, and one that is given twice."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; raises the library's error for wrong use."""
        values, _, order = self.make_parser(ctx).parse_args(list(args))
        for option in (parameter for parameter in order if isinstance(parameter, TyperOption)):
            name, value = option.opts[0], values.get(option.name or "")
            if "" in (value if isinstance(value, list) else [value]):
                ctx.fail(f"{name} is empty: give it a value, or leave it out.")
            if order.count(option) > 1 and not option.multiple:
                ctx.fail(f"{name} is given more than once: give it once.")
        return super().parse_args(ctx, args)


class Commands(typer.Typer):
    """Commands that are strict about their options."""

    def __init__(self, **options: Any) -> None:
        super().__init__(cls=PlainGroup, **options)

    def command(self, name: str | None = None, **options: Any) -> Callable[..., Any]:
        """Add a command as ``typer.Typer`` does."""
        return super().command(name, cls=StrictCommand, **options)


app = Commands(
    name="pagewright",
    help="A self-hosted storyteller: prose page by page, each page painted live.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

_STORY = 'Its id (the beginning will do), its book\'s folder, or "last".'
Story = Annotated[str, typer.Argument(metavar="STORY", help=_STORY)]
LastStory = Annotated[str, typer.Argument(metavar="STORY", help=_STORY)]
Page = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="The page; the last one if not given.")
]
Pages = Annotated[int, typer.Option(metavar="N", help="How many pages.")]
Style = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="storybook, dawn, golden, moonlit, winter, rainy, misty or rainbow.",
    ),
]
Avoid = Annotated[str, typer.Option(metavar="TEXT", help="What to keep out of it.")]
Seed = Annotated[int | None, typer.Option(metavar="N", help="The same seed, the same book.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="The book's folder.")]
Events = Annotated[bool, typer.Option("--events", metavar="", help="JSON lines instead.")]


class ProfileName(StrEnum):
    """Which models."""

    STARTER = "starter"
    CLASSIC = "classic"
    STUDIO = "studio"


Profile = Annotated[ProfileName | None, typer.Option(help="Models other than the settings'.")]
