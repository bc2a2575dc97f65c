"""The commands that look after stories, people and places: their arguments, and a line on each."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.grammar import CARE, Commands, LastStory, Page, Story

commands = Commands()
settings_app = Commands(help="What holds here, beside config.toml.", rich_markup_mode="rich")
privacy_app = Commands(help="What is held about you.", rich_markup_mode="rich")
commands.add_typer(settings_app, name="settings", rich_help_panel=CARE)
commands.add_typer(privacy_app, name="privacy", rich_help_panel=CARE)


class Mode(StrEnum):
    """Who may go on with a story."""

    SOLO = "solo"
    OPEN = "open"


@commands.command(rich_help_panel=CARE)
def choose(
    context: typer.Context,
    story: Story,
    page: Page = None,
    next_one: Annotated[
        bool, typer.Option("--next", metavar="", help="The one told after it.")
    ] = False,
    previous: Annotated[
        bool, typer.Option("--previous", metavar="", help="The one told before it.")
    ] = False,
    sibling: Annotated[
        int | None, typer.Option(metavar="K", help="The K-th that was told in its place.")
    ] = None,
) -> None:
    """Show another of the pages that were told in one place."""
    from bot.commands import care

    steps = care.read_steps(next_one=next_one, previous=previous, sibling=sibling)
    raise typer.Exit(care.choose(context.obj, story, page=page, step=steps, sibling=sibling))


@commands.command(rich_help_panel=CARE)
def love(
    context: typer.Context,
    story: Story,
    undo: Annotated[bool, typer.Option("--undo", metavar="", help="Take it back.")] = False,
) -> None:
    """Love a story."""
    from bot.commands import care

    raise typer.Exit(care.love(context.obj, story, loved=not undo))


@commands.command(rich_help_panel=CARE)
def remember(
    context: typer.Context,
    story: Story,
    fact: Annotated[
        str,
        typer.Argument(
            metavar="FACT", help="What the story is to keep to; none lists what it does."
        ),
    ] = "",
    forget: Annotated[
        str, typer.Option(metavar="ID", help="Forget this one: its number or id.")
    ] = "",
) -> None:
    """Let a story keep to facts, list them, or forget one."""
    from bot.commands import care

    raise typer.Exit(care.remember(context.obj, story, fact, forget=forget))


@commands.command(rich_help_panel=CARE)
def change(
    context: typer.Context,
    story: Story,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Another title.")] = None,
    mode: Annotated[
        Mode | None, typer.Option(help="solo: only its author goes on with it; open: anybody.")
    ] = None,
    listed: Annotated[
        bool | None, typer.Option("--listed/--hidden", metavar="", help="In the gallery, or not.")
    ] = None,
) -> None:
    """Change its title, who may go on with it, whether it is listed."""
    from bot.commands import care

    changes = care.Changes(title, mode.value if mode else None, listed)
    raise typer.Exit(care.change(context.obj, story, changes))


@commands.command(rich_help_panel=CARE)
def delete(
    context: typer.Context,
    story: Story,
    for_good: Annotated[
        bool, typer.Option("--for-good", metavar="", help="At once and for ever, pictures and all.")
    ] = False,
) -> None:
    """Delete a story; it can be restored for a while."""
    from bot.commands import care

    raise typer.Exit(care.delete(context.obj, story, for_good=for_good))


@commands.command(rich_help_panel=CARE)
def restore(context: typer.Context, story: LastStory = "last") -> None:
    """Bring a deleted story back."""
    from bot.commands import care

    raise typer.Exit(care.restore(context.obj, story))


@commands.command(rich_help_panel=CARE)
def stop(context: typer.Context, story: LastStory = "last") -> None:
    """Stop a story that is being told; finished pages stay."""
    from bot.commands import care

    raise typer.Exit(care.stop(context.obj, story))


@commands.command(rich_help_panel=CARE)
def report(
    context: typer.Context,
    story: Story,
    page: Page = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What is wrong with it.")] = "",
) -> None:
    """Report a story, or one page of it, to the moderators."""
    from bot.commands import care

    raise typer.Exit(care.report(context.obj, story, page=page, reason=reason))


@commands.command(rich_help_panel=CARE)
def reports(
    context: typer.Context,
    dismiss: Annotated[str, typer.Option(metavar="ID", help="Close it; the story stays.")] = "",
    uphold: Annotated[str, typer.Option(metavar="ID", help="Close it; delete the story.")] = "",
) -> None:
    """List the open reports, or close one."""
    from bot.commands import care

    raise typer.Exit(care.reports(context.obj, dismiss=dismiss, uphold=uphold))


@settings_app.command("show")
def settings_show(context: typer.Context) -> None:
    """Show what holds here."""
    from bot.commands import places

    raise typer.Exit(places.show_settings(context.obj))


@settings_app.command("set")
def settings_set(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="A key that settings show lists.")],
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="Its value; none goes back to config.toml.")
    ] = "",
) -> None:
    """Set a key, or let it follow config.toml again."""
    from bot.commands import places

    raise typer.Exit(places.set_setting(context.obj, key, value))


Person = Annotated[
    str, typer.Option(metavar="ID", help="Somebody else, by platform and id: discord:123.")
]


@privacy_app.command("show")
def privacy_show(context: typer.Context, person: Person = "console") -> None:
    """Show what is held about you, in figures."""
    from bot.commands import places

    raise typer.Exit(places.show_privacy(context.obj, person))


@privacy_app.command("export")
def privacy_export(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file.")] = Path("my-data.zip"),
    person: Person = "console",
) -> None:
    """Write everything that is held about you as a ZIP file."""
    from bot.commands import places

    raise typer.Exit(places.export_privacy(context.obj, person, out))


@privacy_app.command("delete")
def privacy_delete(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", metavar="", help="Do not ask again.")] = False,
    person: Person = "console",
) -> None:
    """Delete everything that is held about you: stories, pictures, loves, reports, budgets."""
    from bot.commands import places

    raise typer.Exit(places.delete_privacy(context.obj, person, sure=yes))
