"""The commands that look at stories and at the queue: their arguments, and a line on each."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.grammar import READ, Commands, LastStory, Story

commands = Commands()


class ExportFormat(StrEnum):
    """What a story can be exported as."""

    PDF = "pdf"
    EPUB = "epub"
    HTML = "html"
    ZIP = "zip"
    MP4 = "mp4"


class GallerySort(StrEnum):
    """Orders of the gallery."""

    NEW = "new"
    LOVED = "loved"
    RANDOM = "random"


@commands.command(rich_help_panel=READ)
def gallery(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS…", help="Words to look for.")
    ] = None,
    sort: Annotated[
        GallerySort | None, typer.Option(help="The gallery as chats show it, in this order.")
    ] = None,
    style: Annotated[str, typer.Option(metavar="NAME", help="Only pictures in this style.")] = "",
    by: Annotated[str, typer.Option(metavar="PERSON", help="Only stories by this one.")] = "",
    more: Annotated[
        str, typer.Option(metavar="CURSOR", help="Go on where the last screen ended.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="At most.")] = 20,
) -> None:
    """List stories, or find them by their words."""
    from bot.commands import shelf

    asked = shelf.GalleryWish(
        " ".join(words or ()), sort.value if sort else "", style, by, more, limit
    )
    raise typer.Exit(shelf.gallery(context.obj, asked))


@commands.command(rich_help_panel=READ)
def show(
    context: typer.Context,
    story: LastStory = "last",
    tree: Annotated[
        bool, typer.Option("--tree", metavar="", help="All its branches instead.")
    ] = False,
    details: Annotated[
        bool, typer.Option("--details", metavar="", help="Seed, models, scores and times instead.")
    ] = False,
) -> None:
    """Show a story again."""
    from bot.commands import shelf
    from bot.errors import BadInputError

    if tree and details:
        raise BadInputError("--tree and --details each show something else: give one of them.")
    if tree or details:
        raise typer.Exit(shelf.show_details(context.obj, story, tree=tree))
    raise typer.Exit(shelf.show(context.obj, story))


@commands.command(rich_help_panel=READ)
def export(
    context: typer.Context,
    story: Story,
    kind: Annotated[ExportFormat, typer.Option("--format", help="The kind of file.")],
    tree: Annotated[
        bool,
        typer.Option(
            "--tree", metavar="", help="All branches, not only the one shown (html, zip)."
        ),
    ] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The file.")] = None,
) -> None:
    """Write a story as one file."""
    from bot.commands import exporting

    raise typer.Exit(exporting.export(context.obj, story, kind=kind.value, tree=tree, out=out))


@commands.command(rich_help_panel=READ)
def queue(context: typer.Context) -> None:
    """List your stories that are waiting or being told."""
    from bot.commands import care

    raise typer.Exit(care.queue(context.obj))
