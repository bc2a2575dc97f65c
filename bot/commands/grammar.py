"""The command line's root, and the options that several commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TELL = "Tell stories"
READ = "Look at stories"
CARE = "Look after stories"
HOUSE = "The house"

app = typer.Typer(
    name="pagewright",
    help="A self-hosted storyteller: prose page by page, each page painted live.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

_STORY = 'Its id (the beginning will do), its book\'s folder, or "last".'
Story = Annotated[str, typer.Argument(metavar="STORY", help=_STORY)]
LastStory = Annotated[str, typer.Argument(metavar="STORY", help=_STORY)]
Page = Annotated[int | None, typer.Option(metavar="N", help="The page; the last one if not given.")]
Pages = Annotated[int, typer.Option(metavar="N", help="How many pages.")]
Style = Annotated[str, typer.Option(metavar="NAME", help="How the pictures are painted.")]
Avoid = Annotated[str, typer.Option(metavar="TEXT", help="What to keep out of it.")]
Seed = Annotated[int | None, typer.Option(metavar="N", help="The same seed, the same book.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="The book's folder.")]
Events = Annotated[bool, typer.Option("--events", metavar="", help="JSON lines instead.")]
Profile = Annotated[str, typer.Option(metavar="NAME", help="Models other than the settings'.")]
