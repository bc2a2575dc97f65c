"""``models list|pull|import|verify``; heavy parts are imported when needed."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from engine.profiles import PROFILES, PULLED, STORE, SUMS_FILE, check_files, profile_folder

EXIT_FAILED, EXIT_CONFIG = 1, 78
_SAY_EVERY = 1.0  # seconds

models = typer.Typer(
    help="Profiles and their weights; docs/models.md tells more.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Store = Annotated[
    Path,
    typer.Option(envvar="PAGEWRIGHT_ENGINE__MODELS", metavar="DIR", help="Folder of the models."),
]


@models.command("list")
def list_profiles(
    store: Store = STORE,
    profile: Annotated[str, typer.Option(metavar="NAME", help="The one in use.")] = "starter",
) -> None:
    """List the profiles: whether each is there and sound, how large, and where."""
    for name in (*PROFILES, *PULLED):
        used = "*" if name == profile else " "
        cells = (used, name, *_state(name, store))
        line = "\t".join(cells[1:])
        if sys.stdout.isatty():
            line = "{} {:8} {:10} {:>16}  {}".format(*cells)
        typer.echo(line)


def _state(name: str, store: Path) -> tuple[str, str, str]:
    """Return a profile's state, size and place in words."""
    folder = PROFILES.get(name, store / name)
    if not (folder / SUMS_FILE).is_file():
        begun = (store / f"{name}.part").is_dir()
        return ("unfinished" if begun else "absent", "-", f"pagewright models pull {name}")
    checks = list(check_files(folder))
    bad = [check.path.name for check in checks if check.problem]
    size = sum(check.path.stat().st_size for check in checks if check.path.is_file())
    state = f"damaged: {', '.join(bad)}" if bad else "ok"
    return state, f"{len(checks)} files, {size / 1e6:.0f} MB", str(folder)


@models.command()
def pull(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="classic or studio.")],
    mirror: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="A copy of the models, instead of the hub."),
    ] = None,
    store: Store = STORE,
) -> None:
    """Fetch a profile's weights; what was cut off goes on, sizes and hashes are checked."""
    from engine.supply.pulling import pull as pull_profile

    pull_profile(
        profile, store.absolute(), mirror=mirror, say=lambda line: typer.echo(line, err=True),
        progress=_Meter(),
    )  # fmt: skip


class _Meter:
    """Shows on a terminal how much of a file has come."""

    def __init__(self) -> None:
        self._shown = 0.0

    def __call__(self, name: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or (now - self._shown < _SAY_EVERY and done != total):
            return
        self._shown = now
        share = f"{done / total:4.0%} of {total / 1e6:.0f} MB" if total else f"{done / 1e6:.0f} MB"
        sys.stderr.write(f"\r\x1b[K{name}: {share}{chr(10) if done == total else ''}")
        sys.stderr.flush()


@models.command("import")
def import_checkpoint(
    file: Annotated[Path, typer.Argument(metavar="FILE.ckpt", help="A published VQGAN.")],
    config: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="Its model.yaml, if not beside it.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.safetensors", help="Where not beside it.")
    ] = None,
) -> None:
    """Turn a published VQGAN's checkpoint into the safetensors that the engine loads."""
    from engine.supply.importing import import_vqgan

    made = import_vqgan(file, config=config, out=out or file.with_suffix(".safetensors"))
    p = made.params
    kind = "Gumbel " if p.gumbel else ""
    typer.echo(
        f"{made.path}: {kind}f{p.factor}, {p.codes} codes, {made.weights / 1e6:.2f} M weights"
    )


@models.command()
def verify(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A VQGAN with vectors beside it.")
    ] = None,
    store: Store = STORE,
    profile: Annotated[
        str, typer.Option(metavar="NAME", help="Without DIR: whose files' hashes are checked.")
    ] = "starter",
) -> None:
    """Compare a VQGAN with reference numbers; without DIR, a profile's files with their hashes."""
    if folder is None:
        raise typer.Exit(check_sums(profile_folder(profile, store)))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from engine.supply.verifying import TOLERANCE
    from engine.supply.verifying import verify as compare

    found = compare(folder)
    for item in found:
        verdict = "ok" if item.sound else "WRONG"
        typer.echo(f"{item.name:20} {item.largest:10.2e}  {verdict}  {item.remark}".rstrip())
    wrong = sum(not item.sound for item in found)
    largest = max(item.largest for item in found)
    typer.echo(
        f"{wrong} of {len(found)} comparisons wrong"
        if wrong
        else f"all {len(found)} comparisons agree: at most {largest:.1e} apart, {TOLERANCE} allowed"
    )
    raise typer.Exit(EXIT_FAILED if wrong else 0)


def check_sums(folder: Path) -> int:
    """Say of each file of a folder whether its hash is the recorded one; return the exit code."""
    checks = []
    for check in check_files(folder):
        checks.append(check)
        typer.echo(f"{check.path.name}: {check.problem or 'ok'}")
    return EXIT_CONFIG if any(check.problem for check in checks) else 0
