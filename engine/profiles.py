"""Profiles: folders of weights, and a check that each file is the one it should be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import ModelFileError

PROFILES = {"starter": Path(__file__).resolve().parent / "starter"}
PULLED = ("classic", "studio")
STORE = Path("data/models")
SUMS_FILE, PARTS_FILE = "SHA256SUMS", "profile.json"
REMEDY = "restore it with git checkout, or reinstall Pagewright"
PULL_REMEDY = "fetch it again with pagewright models pull"


@dataclass(frozen=True)
class FileCheck:
    """One weight file's state: ``problem`` is "" where all is well, else one line."""

    path: Path
    problem: str = ""


@dataclass(frozen=True)
class ClipPart:
    """One of a profile's CLIPs: a folder beside ``profile.json`` or a name on the hub.

    One without ``weight`` does not guide but judges.
    """

    source: str
    weight: float = 1.0


@dataclass(frozen=True)
class ProfileParts:
    """What a profile of published models is made of; ``side``, ``steps`` and ``cuts`` of pictures.

    ``vqgan`` is a file, ``writer`` a folder beside ``profile.json`` or a name on the hub.
    """

    vqgan: str = "vqgan.safetensors"
    clips: tuple[ClipPart, ...] = (ClipPart("clip"),)
    writer: str = "writer"
    side: int = 256
    steps: int = 200
    cuts: int = 32


def profile_folder(name: str, store: Path = STORE) -> Path:
    """Return the folder of a profile, in ``store`` where it does not come with Pagewright.

    Raises ``ModelFileError`` for one that is unknown or has not been pulled.
    """
    if name in PROFILES:
        return PROFILES[name]
    if name not in PULLED:
        known = ", ".join(sorted([*PROFILES, *PULLED]))
        raise ModelFileError(f'There is no profile "{name}" here: use one of {known}.')
    folder = store / name
    if not (folder / PARTS_FILE).is_file():
        raise ModelFileError(
            f'The profile "{name}" is not in {store.absolute()}: fetch it with'
            f" pagewright models pull {name}."
        )
    return folder


def read_parts(folder: Path) -> ProfileParts | None:
    """Read ``profile.json``, None where there is none as in the starter's folder.

    Raises ``ModelFileError`` where it says something else than what a profile is made of.
    """
    path = folder / PARTS_FILE
    try:
        saved: dict[str, Any] = json.loads(path.read_text("utf-8"))
        clips = tuple(ClipPart(**clip) for clip in saved.pop("clips"))
        parts = ProfileParts(**saved, clips=clips)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError, OSError):
        raise ModelFileError(f"{path} is damaged: {PULL_REMEDY}.") from None
    _check_parts(parts, path)
    return parts


def _check_parts(parts: ProfileParts, path: Path) -> None:
    texts = (parts.vqgan, parts.writer, *(clip.source for clip in parts.clips))
    numbers = (parts.side, parts.steps, parts.cuts)
    sound = (
        all(isinstance(text, str) and text for text in texts)
        and all(isinstance(number, int) and number > 0 for number in numbers)
        and all(isinstance(c.weight, int | float) and 0 <= c.weight <= 100 for c in parts.clips)
        and any(c.weight for c in parts.clips)
        and bool(parts.clips)
    )
    if not sound:
        raise ModelFileError(f"{path} names no VQGAN, CLIP and writer as docs/models.md tells.")


def write_parts(folder: Path, parts: ProfileParts) -> None:
    """Write ``profile.json``."""
    text = json.dumps(asdict(parts), indent=2) + "\n"
    (folder / PARTS_FILE).write_text(text, encoding="utf-8")


def record_sums(folder: Path) -> None:
    """Write ``SHA256SUMS`` anew for the weights, shapes and tokenizers in a folder."""
    files = sorted(p for p in folder.iterdir() if p.suffix in (".safetensors", ".json"))
    lines = [f"{file_digest(path)}  {path.name}\n" for path in files]
    (folder / SUMS_FILE).write_text("".join(lines), encoding="utf-8")


def record_all_sums(folder: Path) -> None:
    """Write ``SHA256SUMS`` for all files of a folder and below, but what a person may edit."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    lines = [
        f"{file_digest(path)}  {path.relative_to(folder).as_posix()}\n"
        for path in files
        if path.name not in (SUMS_FILE, PARTS_FILE)
    ]
    (folder / SUMS_FILE).write_text("".join(lines), encoding="utf-8")


def require_sound(folder: Path) -> None:
    """Raise ``ModelFileError`` for the first missing or damaged file of a folder with sums.

    Of large profiles only the files' presence is looked at: hashing gigabytes at every start would
    take longer than loading them, and what is cut short is noticed then.
    """
    # Whoever trains into a folder of their own need not keep sums.
    if not (folder / SUMS_FILE).exists():
        return
    quick = (folder / PARTS_FILE).exists()
    for check in check_files(folder, quick=quick):
        if check.problem:
            raise ModelFileError(f"The weight file {check.path} is {check.problem}.")


def check_files(folder: Path, *, quick: bool = False) -> Iterator[FileCheck]:
    """Compare every file named in a folder's ``SHA256SUMS`` with its sum, one after the other.

    ``quick`` only looks whether it is there.
    """
    remedy = PULL_REMEDY if (folder / PARTS_FILE).exists() else REMEDY
    try:
        sums = read_sums(folder)
    except OSError:
        yield FileCheck(folder / SUMS_FILE, f"missing: {remedy}")
        return
    for name, digest in sums.items():
        path = folder / name
        if not path.is_file():
            yield FileCheck(path, f"missing: {remedy}")
        elif not quick and file_digest(path) != digest:
            yield FileCheck(path, f"damaged (its SHA-256 differs): {remedy}")
        else:
            yield FileCheck(path)


def read_sums(folder: Path) -> dict[str, str]:
    """Read a folder's ``SHA256SUMS``: each file's hash by its name; ``OSError`` without one."""
    lines = (folder / SUMS_FILE).read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("  ") for line in lines)
    return {name.strip().lstrip("*"): digest for digest, _, name in pairs if name.strip()}


def file_digest(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
