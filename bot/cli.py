"""The ``pagewright`` command line: what can be asked for, and how errors leave the process."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.commands.session import Options, say
from bot.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, PagewrightError

app = typer.Typer(
    name="pagewright",
    help="A self-hosted storyteller: prose page by page, each page painted live.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
db = typer.Typer(help="The database.", rich_markup_mode=None)
models = typer.Typer(help="The models' files.", rich_markup_mode=None)
app.add_typer(db, name="db")
app.add_typer(models, name="models")

# Raised for wrong use; Typer names it nowhere in public.
UsageError: type[Exception] = typer.BadParameter.__bases__[0]
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}

Pages = Annotated[int, typer.Option(help="How many pages.")]
Style = Annotated[str, typer.Option(metavar="NAME", help="How the pictures are painted.")]
Avoid = Annotated[str, typer.Option(metavar="TEXT", help="What to keep out of it.")]
Seed = Annotated[int | None, typer.Option(metavar="N", help="The same seed, the same book.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="The book's folder.")]
Events = Annotated[bool, typer.Option("--events", help="One JSON object a line instead.")]
Profile = Annotated[str, typer.Option(metavar="NAME", help="Models other than the settings'.")]
Arguments = Annotated[list[str] | None, typer.Argument(metavar="…")]


class ExportFormat(StrEnum):
    """What a story can be exported as."""

    PDF = "pdf"
    HTML = "html"
    ZIP = "zip"


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"pagewright {version('pagewright')}")
        except PackageNotFoundError:
            print("pagewright (not installed)")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings, instead of ./config.toml.")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Tell and illustrate stories."""
    context.obj = Options(config=config, debug=debug)
    if context.invoked_subcommand is None:
        print(context.get_help(), file=sys.stderr)
        raise typer.Exit(EXIT_USAGE)


@app.command()
def story(
    context: typer.Context,
    idea: Annotated[str, typer.Argument(help='What it is about: "a small dragon who …".')],
    pages: Pages = 4,
    style: Style = "",
    avoid: Avoid = "",
    seed: Seed = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A picture the first page starts from.")
    ] = None,
    profile: Profile = "",
    out: Out = None,
    events: Events = False,
) -> None:
    """Tell an illustrated story and make a book of it."""
    from bot.commands.session import read_settings
    from bot.commands.stories import read_picture, tell_story
    from bot.storytelling.wish import StoryWish

    limit = read_settings(context.obj).limits.picture_bytes
    start = read_picture(picture, limit=limit)
    wish = StoryWish(idea, style, avoid, pages, seed, start, profile=profile)
    raise typer.Exit(tell_story(context.obj, wish, out=out, events=events))


@app.command()
def write(
    context: typer.Context,
    idea: Annotated[str, typer.Argument(help="What the story is about.")],
    pages: Pages = 4,
    avoid: Avoid = "",
    seed: Seed = None,
    profile: Profile = "",
    events: Events = False,
) -> None:
    """Tell a story in words only."""
    from bot.commands.stories import tell_story
    from bot.storytelling.wish import StoryWish

    wish = StoryWish(idea, "", avoid, pages, seed, text_only=True, profile=profile)
    raise typer.Exit(tell_story(context.obj, wish, out=None, events=events))


@app.command("continue")
def continue_(
    context: typer.Context,
    book: Annotated[str, typer.Argument(help="A story's id, its book's folder, or \"last\".")],
    direction: Annotated[
        str, typer.Argument(help="What happens next; none finishes what was interrupted.")
    ] = "",
    from_page: Annotated[
        int | None, typer.Option(metavar="N", help="Go on from an older page: a new branch.")
    ] = None,
    pages: Annotated[int | None, typer.Option(help="How many pages more.")] = None,
    seed: Seed = None,
    out: Out = None,
    events: Events = False,
) -> None:
    """Go on with a story, or finish one that was interrupted."""
    from bot.commands.stories import Continuation, continue_story

    asked = Continuation(book, direction, from_page, pages, seed)
    raise typer.Exit(continue_story(context.obj, asked, out=out, events=events))


@app.command()
def illustrate(
    context: typer.Context,
    prompt: Annotated[list[str], typer.Argument(help='What to paint; "a fox:2" weighs 2.')],
    exclude: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="What not to.")] = None,
    extra: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="And a bit of.")] = None,
    style: Style = "",
    size: Annotated[str, typer.Option(metavar="WxH", help="In pixels.")] = "",
    steps: Annotated[int, typer.Option(min=0, max=2000, help="0: the profile's own.")] = 0,
    cuts: Annotated[int, typer.Option(min=0, max=256, help="0: the profile's own.")] = 0,
    seed: Seed = None,
    init: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A picture to start from.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The picture's file.")] = None,
    events: Events = False,
) -> None:
    """Paint one picture."""
    from bot.commands import pictures

    wish = pictures.PictureWish(
        prompts=tuple(prompt),
        exclude=tuple(exclude or ()),
        extra=tuple(extra or ()),
        size=size,
        steps=steps,
        cuts=cuts,
        seed=seed,
        style=style,
        init=init,
        out=out,
    )
    raise typer.Exit(pictures.illustrate(context.obj, wish, events=events))


@app.command()
def gallery(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(help="Words to look for.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 20,
) -> None:
    """List stories, or find them by their words."""
    from bot.commands import shelf

    raise typer.Exit(shelf.gallery(context.obj, " ".join(words or ()), limit=limit))


@app.command()
def show(
    context: typer.Context,
    story: Annotated[str, typer.Argument(help='Its id, its book\'s folder, or "last".')] = "last",
) -> None:
    """Show a story again."""
    from bot.commands import shelf

    raise typer.Exit(shelf.show(context.obj, story))


@app.command()
def export(
    context: typer.Context,
    story: Annotated[str, typer.Argument(help='Its id, its book\'s folder, or "last".')],
    kind: Annotated[ExportFormat, typer.Option("--format", help="The kind of file.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The file.")] = None,
) -> None:
    """Write a story as one file."""
    from bot.commands import shelf

    raise typer.Exit(shelf.export(context.obj, story, kind=kind.value, out=out))


@app.command(context_settings=PASS_ON)
def engine(context: typer.Context, arguments: Arguments = None) -> None:
    """Run the engine process in the foreground (--listen ADDR, --idle-exit S)."""
    from bot.commands import system

    raise typer.Exit(system.run_engine(context.obj, arguments or ()))


@app.command(context_settings=PASS_ON)
def train(arguments: Arguments = None) -> None:
    """Train a starter model: data, vqgan, clip, draft, layout or story."""
    from bot.commands import system

    raise typer.Exit(system.become_engine(["train", *(arguments or ())]))


@app.command(context_settings=PASS_ON)
def bench(arguments: Arguments = None) -> None:
    """Measure speed and memory."""
    from bot.commands import system

    raise typer.Exit(system.bench(arguments or ()))


@app.command()
def doctor(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead.")] = False,
    only: Annotated[str, typer.Option(metavar="PART", help="Only this part.")] = "",
) -> None:
    """Check the set-up: one line for each part, with a remedy."""
    from bot.doctor import examine

    raise typer.Exit(examine(context.obj.config, as_json=json, only=only))


@models.command("list")
def models_list(context: typer.Context) -> None:
    """List the weight files and whether each is the one it should be."""
    from bot.commands import system

    raise typer.Exit(system.models(context.obj))


@models.command("verify")
def models_verify(context: typer.Context) -> None:
    """Check every weight file's SHA-256; exit code 78 where one is missing or damaged."""
    from bot.commands import system

    raise typer.Exit(system.models(context.obj))


@db.command("migrate")
def db_migrate(context: typer.Context) -> None:
    """Bring the database to this version; a copy is kept beside it."""
    from bot.commands import system

    raise typer.Exit(system.db_migrate(context.obj))


@db.command("check")
def db_check(context: typer.Context) -> None:
    """Check the database for faults."""
    from bot.commands import system

    raise typer.Exit(system.db_check(context.obj))


@db.command("backup")
def db_backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The copy; it must not exist yet.")],
) -> None:
    """Copy the database to a file, also while it is in use."""
    from bot.commands import system

    raise typer.Exit(system.db_backup(context.obj, file))


def main() -> None:
    """Run the command line; what a user can cause ends in one line, not in a traceback."""
    _make_printable()
    # Read here as well, for errors that come up before the options are understood.
    debug = "--debug" in sys.argv[1:]
    try:
        code = app(standalone_mode=False)
        _flush_or_fail(code)
    except UsageError as error:
        say(_wrong_use(error))
        raise SystemExit(EXIT_USAGE) from None
    except KeyboardInterrupt:
        say("interrupted")
        raise SystemExit(EXIT_INTERRUPTED) from None
    except PagewrightError as error:
        if debug:
            raise
        say(error.message)
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        _drop_stdout()
        raise SystemExit(EXIT_FAILED) from None
    except OSError as error:
        if debug:
            raise
        _leave_for(error)
    except Exception as error:
        if debug:
            raise
        say(f"something went wrong that should not ({type(error).__name__}: {_line(error)}).")
        say("run it again with --debug before the command to see where, and tell the authors.")
        raise SystemExit(EXIT_FAILED) from None
    raise SystemExit(code)


def _wrong_use(error: Exception) -> str:
    """Return what was wrong with the arguments, and where to read how it is right."""
    message = str(getattr(error, "format_message", lambda: str(error))()).rstrip(".")
    command = getattr(getattr(error, "ctx", None), "command_path", "pagewright")
    return f"{' '.join(message.split())}: see {command} --help"


def _make_printable() -> None:
    """Print what the terminal's encoding lacks as question marks rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _flush_or_fail(code: object) -> None:
    """Notice a full disk under standard output, which Python tells only at the very end."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
        raise SystemExit(code if isinstance(code, int) and code else EXIT_FAILED) from None
    except OSError as error:
        _leave_for(error)


def _leave_for(error: OSError) -> NoReturn:
    _drop_stdout()
    place = f"use {error.filename}" if error.filename else "write the output"
    say(f"cannot {place}: {(error.strerror or str(error)).lower()}.")
    raise SystemExit(EXIT_FAILED) from None


def _drop_stdout() -> None:
    """Keep Python from flushing once more what cannot be written."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
