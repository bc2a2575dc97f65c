"""The ``pagewright`` command line: what can be asked for, and how errors leave the process."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.commands import cli_care, cli_painting, cli_shelf, cli_telling
from bot.commands.grammar import HOUSE, Commands, app
from bot.commands.session import Options, say
from bot.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, PagewrightError

db = Commands(help="Migrate, check, copy and purge the database.", rich_markup_mode="rich")
models = Commands(help="List, fetch, import and verify models.", rich_markup_mode="rich")
house = Commands()
house.add_typer(db, name="db", rich_help_panel=HOUSE)
house.add_typer(models, name="models", rich_help_panel=HOUSE)

_IN_PLAIN_WORDS = (
    (r"^Invalid value for '(.+?)': ", r"\1: "),
    (r"Input should be greater than or equal to (\S+)", r"use a number from \1 up"),
    (r"Input should be less than or equal to (\S+)", r"use a number up to \1"),
    (r"Input should be a valid (?:integer|number).*", "use a number"),
)
# Raised for wrong use; Typer names it nowhere in public.
UsageError: type[Exception] = typer.BadParameter.__bases__[0]
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
Arguments = Annotated[list[str] | None, typer.Argument(metavar="…")]


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
    debug: Annotated[bool, typer.Option("--debug", metavar="", help="Show tracebacks.")] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_show_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Tell and illustrate stories."""
    context.obj = Options(config=config, debug=debug)
    if context.invoked_subcommand is None:
        print(context.get_help(), file=sys.stderr)
        raise typer.Exit(EXIT_USAGE)


@house.command(rich_help_panel=HOUSE)
def bot(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option(metavar="PLATFORM", help="discord or telegram; repeatable.")
    ] = None,
) -> None:
    """Serve Discord and Telegram, whichever has a token."""
    from bot.commands import serving

    raise typer.Exit(serving.run_bot(context.obj, only or ()))


@house.command(context_settings=PASS_ON, rich_help_panel=HOUSE)
def engine(context: typer.Context, arguments: Arguments = None) -> None:
    """Run the engine in the foreground."""
    from bot.commands import system

    raise typer.Exit(system.run_engine(context.obj, arguments or ()))


@house.command(context_settings=PASS_ON, rich_help_panel=HOUSE)
def train(arguments: Arguments = None) -> None:
    """Train a starter model, or the whole pack."""
    from bot.commands import system

    raise typer.Exit(system.become_engine(["train", *(arguments or ())]))


@house.command(context_settings=PASS_ON, rich_help_panel=HOUSE)
def evaluate(arguments: Arguments = None) -> None:
    """Measure the models: pictures by a judge apart, or text."""
    from bot.commands import system

    raise typer.Exit(system.become_engine(["evaluate", *(arguments or ())]))


@house.command(context_settings=PASS_ON, rich_help_panel=HOUSE)
def bench(arguments: Arguments = None) -> None:
    """Measure speed and memory."""
    from bot.commands import system

    raise typer.Exit(system.bench(arguments or ()))


@house.command(rich_help_panel=HOUSE)
def doctor(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead.")] = False,
    only: Annotated[str, typer.Option(metavar="PART", help="Only this part.")] = "",
) -> None:
    """Check the set-up: one line for each part, with a remedy."""
    from bot.doctor import examine

    raise typer.Exit(examine(context.obj.config, as_json=json, only=only))


@models.command("list", context_settings=PASS_ON)
def models_list(context: typer.Context, arguments: Arguments = None) -> None:
    """List the profiles: whether each is there and sound, how large, and where."""
    from bot.commands import system

    raise typer.Exit(system.models(context.obj, "list", arguments or ()))


@models.command("pull", context_settings=PASS_ON)
def models_pull(context: typer.Context, arguments: Arguments = None) -> None:
    """Fetch a profile's weights from the hub, or from a copy (--from DIR)."""
    from bot.commands import system

    raise typer.Exit(system.models(context.obj, "pull", arguments or ()))


@models.command("import", context_settings=PASS_ON)
def models_import(context: typer.Context, arguments: Arguments = None) -> None:
    """Turn a published VQGAN's FILE.ckpt into safetensors (--config FILE.yaml, --out FILE)."""
    from bot.commands import system

    raise typer.Exit(system.models(context.obj, "import", arguments or ()))


@models.command("verify", context_settings=PASS_ON)
def models_verify(context: typer.Context, arguments: Arguments = None) -> None:
    """Compare a VQGAN in DIR with reference numbers; without DIR, files with their hashes."""
    from bot.commands import system

    raise typer.Exit(system.models(context.obj, "verify", arguments or ()))


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


@db.command("purge")
def db_purge(context: typer.Context) -> None:
    """Remove for good what was deleted longer ago than limits.keep_deleted_days."""
    from bot.commands import places

    raise typer.Exit(places.purge(context.obj))


@db.command("backup")
def db_backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy; it must not exist yet.")],
) -> None:
    """Copy the database to a file, also while it is in use."""
    from bot.commands import system

    raise typer.Exit(system.db_backup(context.obj, file))


# The order in which --help lists them.
_PARTS = (cli_telling, cli_painting, cli_shelf, cli_care)
for part in (*(module.commands for module in _PARTS), house):
    app.add_typer(part)


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
    # Values are checked by a library that names the class of its error, and speaks of input.
    message = message.replace("Value error, ", "")
    for pattern, words in _IN_PLAIN_WORDS:
        message = re.sub(pattern, words, message)
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
