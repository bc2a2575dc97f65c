"""Profiles: folders of weights, and a check that each file is the one it should be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ModelFileError

PROFILES = {"starter": Path(__file__).resolve().parent / "starter"}
SUMS_FILE = "SHA256SUMS"
REMEDY = "restore it with git checkout, or reinstall Pagewright"


@dataclass(frozen=True)
class FileCheck:
    """One weight file's state: ``problem`` is "" where all is well, else one line."""

    path: Path
    problem: str = ""


def profile_folder(name: str) -> Path:
    """Return the folder of a profile; raises ``ModelFileError`` for one this engine lacks."""
    folder = PROFILES.get(name)
    if folder is None:
        raise ModelFileError(
            f'There is no profile "{name}" here: use one of {", ".join(sorted(PROFILES))}.'
        )
    return folder


def record_sums(folder: Path) -> None:
    """Write ``SHA256SUMS`` anew for the weights, shapes and tokenizers in a folder."""
    files = sorted(p for p in folder.iterdir() if p.suffix in (".safetensors", ".json"))
    lines = [f"{_digest(path)}  {path.name}\n" for path in files]
    (folder / SUMS_FILE).write_text("".join(lines), encoding="utf-8")


def require_sound(folder: Path) -> None:
    """Raise ``ModelFileError`` for the first missing or damaged file of a folder with sums."""
    # Whoever trains into a folder of their own need not keep sums.
    if not (folder / SUMS_FILE).exists():
        return
    for check in check_files(folder):
        if check.problem:
            raise ModelFileError(f"The weight file {check.path} is {check.problem}.")


def check_files(folder: Path) -> Iterator[FileCheck]:
    """Compare every file named in a folder's ``SHA256SUMS`` with its sum, one after the other."""
    sums = folder / SUMS_FILE
    try:
        lines = sums.read_text(encoding="utf-8").splitlines()
    except OSError:
        yield FileCheck(sums, f"missing: {REMEDY}")
        return
    for line in lines:
        digest, _, name = line.partition("  ")
        if name:
            yield FileCheck(folder / name, _problem(folder / name, digest))


def _problem(path: Path, digest: str) -> str:
    try:
        actual = _digest(path)
    except OSError:
        return f"missing: {REMEDY}"
    return "" if actual == digest else f"damaged (its SHA-256 differs): {REMEDY}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
