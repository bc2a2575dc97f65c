"""``evaluate pictures|text``: measure the models; heavy parts are imported when needed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from engine.errors import EngineError

EXIT_USAGE = 2
_SAY_EVERY = 5.0  # seconds
T = TypeVar("T")

evaluate = typer.Typer(
    help="Measure the models: what the figures mean is told in docs/quality.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Models = Annotated[
    Path | None, typer.Option(help="Folder of the weights, where not the starter's own.")
]
Seed = Annotated[int, typer.Option(min=0, help="The same seed, the same figures.")]
Out = Annotated[Path | None, typer.Option(metavar="FILE.json", help="Write them here as well.")]


@evaluate.command()
def pictures(
    count: Annotated[int, typer.Option(min=1, max=100, help="How many captions.")] = 100,
    judge: Annotated[Path, typer.Option(help="Folder of the judge.")] = Path("runs/judge"),
    without_judge: Annotated[
        bool, typer.Option("--without-judge", help="Leave the judge's figures out.")
    ] = False,
    models: Models = None,
    data: Annotated[Path, typer.Option(help="Folder of rendered scenes.")] = Path("runs/data"),
    steps: Annotated[int, typer.Option(min=0, max=1000, help="0: the profile's own.")] = 0,
    seed: Seed = 0,
    threads: Annotated[int, typer.Option(min=0, help="0: one a core.")] = 0,
    out: Out = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Drafts above, pictures below.")
    ] = None,
) -> None:
    """Paint captions written by hand, as drafts and by VQGAN+CLIP, and let a judge look."""
    _require_writable(out, sheet)
    threads = _prepare(threads)

    from engine.evaluation.pictures import PictureOptions, evaluate_pictures
    from engine.evaluation.report import picture_lines, show, write_json
    from engine.evaluation.sheet import save_sheet

    options = PictureOptions(
        models=models or _starter(), judge=None if without_judge else judge, data=data,
        count=count, steps=steps, seed=seed, threads=threads,
    )  # fmt: skip
    outcome = _checked(lambda: evaluate_pictures(options, say=_teller()))
    show(picture_lines(outcome.figures), title="Pictures")
    if out is not None:
        write_json(outcome.figures, out)
    if sheet is not None:
        save_sheet(outcome, sheet)


@evaluate.command()
def text(
    corpus: Annotated[
        Path | None, typer.Option(help="Folder of prose; without it, less is measured.")
    ] = None,
    models: Models = None,
    wishes: Annotated[int, typer.Option(min=1, help="How many wishes are told.")] = 24,
    seed: Seed = 0,
    out: Out = None,
) -> None:
    """Measure the story model on prose held out and on wishes."""
    _require_writable(out)
    _prepare(0)

    from engine.evaluation.report import show, text_lines, write_json
    from engine.evaluation.text import evaluate_text

    folder = models or _starter()
    figures = _checked(lambda: evaluate_text(folder, corpus, wishes=wishes, seed=seed))
    show(text_lines(figures), title="Text")
    if out is not None:
        write_json(figures, out)


def _starter() -> Path:
    from engine.profiles import profile_folder

    return profile_folder("starter")


def _prepare(threads: int) -> int:
    """Set the pools of native libraries, before the first import of torch; return the threads."""
    from engine.machine import usable_cores

    threads = threads or usable_cores()
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    return threads


def _require_writable(*files: Path | None) -> None:
    """Find out before minutes of painting whether the files asked for can be written."""
    for path in files:
        if path is None:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            problem = "it is a folder" if path.is_dir() else ""
        except OSError as error:
            problem = (error.strerror or str(error)).lower()
        if problem or not os.access(path.parent, os.W_OK):
            reason = problem or "its folder cannot be written to"
            sys.stderr.write(f"pagewright evaluate: cannot write {path}: {reason}\n")
            raise typer.Exit(EXIT_USAGE)


def _checked(function: Callable[[], T]) -> T:
    """Do something; what the user forgot to make ends in one line and exit code 2."""
    try:
        return function()
    except EngineError as error:
        if error.code != "bad_input":
            raise
        sys.stderr.write(f"pagewright evaluate: {error.message}\n")
        raise typer.Exit(EXIT_USAGE) from None


def _teller() -> Callable[[str], None]:
    """Return a function that tells how far things are, on standard error, now and then."""
    last = time.monotonic()

    def say(line: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _SAY_EVERY:
            last = time.monotonic()
            sys.stderr.write(f"{line}\n")

    return say
