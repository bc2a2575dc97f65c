"""Command line of the engine: ``python -m engine``; heavy parts are imported when needed."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from engine.api.address import default_address, parse_address
from engine.api.errors import AddressError
from engine.errors import EngineError
from engine.evaluation.command import evaluate
from engine.profiles import STORE
from engine.supply.command import models

if TYPE_CHECKING:
    from engine.serving.worker import Studio

EXIT_FAILED, EXIT_USAGE, EXIT_UNAVAILABLE, EXIT_CONFIG, EXIT_INTERRUPTED = 1, 2, 69, 78, 130
_EXITS = {"model_file": EXIT_CONFIG, "bad_input": EXIT_USAGE, "unavailable": EXIT_UNAVAILABLE}

# Commands that Pagewright hands on to the engine as they are.
_AS_PAGEWRIGHT = ("models", "train", "evaluate")

# Raised for wrong use; Typer names it nowhere in public.
UsageError: type[Exception] = typer.BadParameter.__bases__[0]

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Pagewright's engine: runs the models, trains them, checks their files. Without a command"
    " it serves.",
)
app.add_typer(evaluate, name="evaluate")
app.add_typer(models, name="models")

Listen = Annotated[
    str,
    typer.Option(
        envvar="PAGEWRIGHT_ENGINE__ADDRESS",
        help="unix:PATH or HOST:PORT; by default a socket of this user's own.",
    ),
]
IdleExit = Annotated[
    float, typer.Option(min=0, help="End after so many seconds without a job; 0: never.")
]
Threads = Annotated[
    int, typer.Option(envvar="PAGEWRIGHT_ENGINE__THREADS", min=0, help="0: one a core.")
]
Batch = Annotated[
    int,
    typer.Option(
        envvar="PAGEWRIGHT_ENGINE__BATCH", min=0,
        help="Stories and pictures at work together; 0: as many as the machine does well.",
    ),
]  # fmt: skip
TlsFile = Annotated[
    Path | None,
    typer.Option(help="PEM file, for an address that others reach; a token belongs to it."),
]


class Device(StrEnum):
    """Where models compute."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


OnDevice = Annotated[
    Device,
    typer.Option(
        "--device", envvar="PAGEWRIGHT_ENGINE__DEVICE",
        help="Where models compute; auto: on a GPU where there is one.",
    ),
]  # fmt: skip
Compiled = Annotated[
    bool,
    typer.Option(
        "--compile/--no-compile", envvar="PAGEWRIGHT_ENGINE__COMPILE",
        help="Have torch.compile make the picture decoder faster (GPU).",
    ),
]  # fmt: skip
Profile = Annotated[
    str, typer.Option(envvar="PAGEWRIGHT_ENGINE__PROFILE", help="Which models to run.")
]
Models = Annotated[
    Path | None, typer.Option(help="Folder of the weights, where not the profile's own.")
]
Store = Annotated[
    Path,
    typer.Option(
        envvar="PAGEWRIGHT_ENGINE__MODELS", help="Folder of the profiles that are pulled."
    ),
]


class Preset(StrEnum):
    """Sizes of a recipe."""

    CPU = "cpu"
    GPU = "gpu"


class Recipe(StrEnum):
    """What can be trained; ``data`` renders the scenes that the others learn from.

    ``codes`` prepares what ``draft`` and ``decoder`` learn from, ``sittings`` gives subjects of a
    finished draft new looks; ``all`` is the whole pack.
    """

    DATA = "data"
    VQGAN = "vqgan"
    DECODER = "decoder"
    CLIP = "clip"
    DRAFT = "draft"
    LAYOUT = "layout"
    STORY = "story"
    JUDGE = "judge"
    CODES = "codes"
    SITTINGS = "sittings"
    ALL = "all"


@app.command()
def serve(
    listen: Listen = "",
    idle_exit: IdleExit = 0.0,
    threads: Threads = 0,
    batch: Batch = 0,
    device: OnDevice = Device.AUTO,
    compiled: Compiled = False,
    profile: Profile = "starter",
    models: Models = None,
    store: Store = STORE,
    tls_cert: TlsFile = None,
    tls_key: TlsFile = None,
) -> None:
    """Serve stories and pictures until told to stop (the default command)."""
    from engine.machine import choose_device, usable_cores
    from engine.profiles import profile_folder, require_sound

    address = parse_address(listen or default_address())
    folder = models or profile_folder(profile, store)
    threads = threads or usable_cores()
    _set_thread_pools(threads)
    _log_to_stderr()

    from engine.image.styles import style_names
    from engine.serving.guard import read_guard
    from engine.serving.server import ServeOptions
    from engine.serving.server import serve as serve_engine

    options = ServeOptions(
        address=address,
        profile=profile,
        styles=style_names(),
        idle_exit=idle_exit,
        at_once=batch,
        guard=None if address.socket else read_guard(tls_cert, tls_key),
    )

    def load() -> Studio:
        require_sound(folder)
        from engine.storytelling.loading import Workplace
        from engine.storytelling.studio import StoryStudio

        place = Workplace(choose_device(device.value), threads, compiled)
        return StoryStudio.load(folder, profile=profile, place=place)

    end(serve_engine(options, load))


@app.command()
def train(
    name: Recipe,
    preset: Annotated[Preset, typer.Option(help="Size of the recipe.")] = Preset.CPU,
    minutes: Annotated[float | None, typer.Option(min=0, help="Budget of the run.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    out: Annotated[Path, typer.Option(help="Folder for weights.")] = Path("engine/starter"),
    runs: Annotated[Path, typer.Option(help="Folder for checkpoints and logs.")] = Path("runs"),
    data: Annotated[Path, typer.Option(help="Folder of rendered scenes.")] = Path("runs/data"),
    corpus: Annotated[Path | None, typer.Option(help="Folder of prose, for story.")] = None,
    start: Annotated[
        Path | None, typer.Option(help="Folder of earlier weights to begin from.")
    ] = None,
    fresh: Annotated[bool, typer.Option(help="Start anew, not from a checkpoint.")] = False,
    only: Annotated[str, typer.Option(help="Subjects, for sittings: dragon, cat.")] = "",
) -> None:
    """Train one of the starter models (or render its data)."""
    from engine.profiles import SUMS_FILE, record_sums
    from engine.training.common import TrainOptions, stop_at_sigterm
    from engine.training.curves import draw_curves

    options = TrainOptions(
        out=out,
        runs=runs,
        data=data,
        corpus=corpus,
        start=start,
        minutes=minutes,
        preset=preset.value,
        seed=seed,
        resume=not fresh,
        only=tuple(subject.strip() for subject in only.split(",") if subject.strip()),
    )
    stop_at_sigterm()
    module = "together" if name is Recipe.ALL else name.value
    importlib.import_module(f"engine.training.{module}").train(options)
    if (log := runs / name.value / "log.jsonl").exists():
        draw_curves(log, log.with_name("curves.png"))
    if (out / SUMS_FILE).exists():
        record_sums(out)


@app.command("check-models")
def check_models(
    profile: Profile = "starter",
    models: Models = None,
    record: Annotated[bool, typer.Option(help="Write the sums of the files as they are.")] = False,
    store: Store = STORE,
) -> None:
    """Compare each weight file with its known sum; one line each."""
    from engine.profiles import profile_folder, record_sums
    from engine.supply.command import check_sums

    folder = models or profile_folder(profile, store)
    if record:
        record_sums(folder)
    raise typer.Exit(check_sums(folder))


def main() -> None:
    """Run the command line; what a user can cause ends in one line, not in a traceback."""
    arguments = _with_command(sys.argv[1:])
    name = _name(arguments[0])
    try:
        raise SystemExit(app(arguments, prog_name=name, standalone_mode=False))
    except UsageError as error:
        _leave(_wrong_use(error, name), EXIT_USAGE)
    except AddressError as error:
        _leave(str(error), EXIT_USAGE)
    except EngineError as error:
        _leave(error.message, _EXITS.get(error.code, EXIT_FAILED))
    except OSError as error:
        place = f"use {error.filename}" if error.filename else "go on"
        _leave(f"cannot {place}: {(error.strerror or str(error)).lower()}.", EXIT_FAILED)
    except KeyboardInterrupt:
        _leave("interrupted", EXIT_INTERRUPTED)


def _wrong_use(error: Exception, name: str) -> str:
    """Return in one line what was wrong with the arguments, and where to read how it is right."""
    message = str(getattr(error, "format_message", lambda: str(error))()).rstrip(".")
    if not message:
        return ""  # the help was shown instead
    # Values are checked by a library that speaks of them in its own words.
    message = message.replace("Value error, ", "").replace("Input should be", "use a number")
    command = getattr(getattr(error, "ctx", None), "command_path", name)
    return f"{' '.join(message.split())}: see {command} --help"


def _name(command: str) -> str:
    """Return by which name people know a command."""
    return "pagewright" if command in _AS_PAGEWRIGHT else "python -m engine"


def _with_command(arguments: list[str]) -> list[str]:
    """Put ``serve`` in front of arguments that begin with its options, or of none."""
    named = bool(arguments) and (arguments[0] == "--help" or not arguments[0].startswith("-"))
    return arguments if named else ["serve", *arguments]


def _set_thread_pools(threads: int) -> None:
    """Tell the pools of native libraries how to behave; before the first import of torch."""
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    # Threads that wait in a busy loop take each other's core where another process works too:
    # painting was then fifteen times slower on two cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def end(code: int) -> NoReturn:
    """End the process at once: native thread pools now and then abort when torn down."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _leave(message: str, code: int) -> NoReturn:
    if message:
        sys.stderr.write(f"pagewright engine: {message}\n")
    raise SystemExit(code)


def _log_to_stderr() -> None:
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
