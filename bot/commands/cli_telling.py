"""The commands that make pages: their arguments, and what each does in a line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.grammar import (
    TELL,
    Avoid,
    Commands,
    Events,
    Out,
    Page,
    Pages,
    Profile,
    Seed,
    Story,
    Style,
)

commands = Commands()


@commands.command(rich_help_panel=TELL)
def story(
    context: typer.Context,
    idea: Annotated[
        str, typer.Argument(metavar="IDEA", help='What it is about: "a small dragon who …".')
    ],
    pages: Pages = 4,
    style: Style = "",
    avoid: Avoid = "",
    seed: Seed = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A picture the first page starts from.")
    ] = None,
    profile: Profile = None,
    out: Out = None,
    events: Events = False,
) -> None:
    """Tell an illustrated story and make a book of it."""
    from bot.commands.session import read_settings
    from bot.commands.stories import read_picture, tell_story
    from bot.storytelling.wish import StoryWish

    limit = read_settings(context.obj).limits.picture_bytes
    start = read_picture(picture, limit=limit)
    wish = StoryWish(idea, style, avoid, pages, seed, start, profile=profile or "")
    raise typer.Exit(tell_story(context.obj, wish, out=out, events=events))


@commands.command(rich_help_panel=TELL)
def write(
    context: typer.Context,
    idea: Annotated[str, typer.Argument(metavar="IDEA", help="What the story is about.")],
    pages: Pages = 4,
    avoid: Avoid = "",
    seed: Seed = None,
    profile: Profile = None,
    events: Events = False,
) -> None:
    """Tell a story in words only."""
    from bot.commands.stories import tell_story
    from bot.storytelling.wish import StoryWish

    wish = StoryWish(idea, "", avoid, pages, seed, text_only=True, profile=profile or "")
    raise typer.Exit(tell_story(context.obj, wish, out=None, events=events))


@commands.command("continue", rich_help_panel=TELL)
def continue_(
    context: typer.Context,
    story: Story,
    direction: Annotated[
        str,
        typer.Argument(
            metavar="DIRECTION", help="What happens next; none finishes what was interrupted."
        ),
    ] = "",
    from_page: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Go on from an older page: a new branch.")
    ] = None,
    branch: Annotated[
        bool,
        typer.Option("--branch", metavar="", help="Another turn in the place of the last page."),
    ] = False,
    pages: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many pages more.")
    ] = None,
    seed: Seed = None,
    out: Out = None,
    events: Events = False,
) -> None:
    """Go on with a story, or finish one that was interrupted."""
    from bot.commands.stories import Continuation, continue_story

    asked = Continuation(story, direction, from_page, pages, seed, branch)
    raise typer.Exit(continue_story(context.obj, asked, out=out, events=events))


@commands.command(rich_help_panel=TELL)
def retry(
    context: typer.Context,
    story: Story,
    page: Page = None,
    direction: Annotated[
        str, typer.Option(metavar="TEXT", help="What happens instead; none keeps what was asked.")
    ] = "",
    seed: Seed = None,
    out: Out = None,
    events: Events = False,
) -> None:
    """Tell a page anew, beside the one there is."""
    from bot.commands.stories import at_page
    from bot.storytelling.orders import PageWish

    asked = PageWish(story, page, direction, seed=seed)
    raise typer.Exit(at_page(context.obj, "retry", asked, out=out, events=events))


@commands.command(rich_help_panel=TELL)
def redraw(
    context: typer.Context,
    story: Story,
    page: Page = None,
    seed: Seed = None,
    out: Out = None,
    events: Events = False,
) -> None:
    """Paint a page again; its words stay."""
    from bot.commands.stories import at_page
    from bot.storytelling.orders import PageWish

    asked = PageWish(story, page, seed=seed)
    raise typer.Exit(at_page(context.obj, "redraw", asked, out=out, events=events))


@commands.command(rich_help_panel=TELL)
def edit(
    context: typer.Context,
    story: Story,
    text: Annotated[
        str, typer.Option(metavar="TEXT", help="What the page is to say; - reads standard input.")
    ],
    page: Page = None,
    seed: Seed = None,
    out: Out = None,
    events: Events = False,
) -> None:
    """Write a page yourself and have it painted."""
    from bot.commands.stories import at_page, read_text
    from bot.storytelling.orders import PageWish

    asked = PageWish(story, page, text=read_text(text), seed=seed)
    raise typer.Exit(at_page(context.obj, "edit", asked, out=out, events=events))
