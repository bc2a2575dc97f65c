"""Pulls a profile from the hub or a mirror: into ``NAME.part``, and to ``NAME`` when whole."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from engine.errors import EngineError
from engine.profiles import (
    SUMS_FILE,
    ProfileParts,
    check_files,
    file_digest,
    read_parts,
    read_sums,
    record_all_sums,
    write_parts,
)
from engine.supply.fetching import Progress, RemoteFile, fetch
from engine.supply.sources import HubPart, hub_files, supply_of

Say = Callable[[str], None]
_BLOCK = 1 << 22
_CHECKPOINT, _CONFIG = "vqgan.ckpt", "vqgan.yaml"


def pull(profile: str, store: Path, *, mirror: Path | None, say: Say, progress: Progress) -> Path:
    """Bring a profile into the folder of models and return its own; whole ones are left alone.

    Whatever was fetched stays in ``NAME.part`` until all is there, so that the next call goes on.
    Raises ``EngineError``, one line, where the hub or mirror has not what is needed, or the disk
    no room for it.
    """
    supply_of(profile)
    store.mkdir(parents=True, exist_ok=True)
    with _alone(store):
        return _pull(profile, store, mirror, say, progress)


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """Keep two pulls from writing to the same files."""
    with (store / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise EngineError("failed", f"Another pull is at work in {store}.") from None
        yield


def _pull(profile: str, store: Path, mirror: Path | None, say: Say, progress: Progress) -> Path:
    supply = supply_of(profile)
    folder, work = store / profile, store / f"{profile}.part"
    if _is_whole(folder):
        say(f"{profile} is complete in {folder}")
        return folder
    if mirror is not None:
        source = _find_mirror(mirror, profile)
        _take_up(folder, work)
        parts = _copy_mirror(source, work, progress) or supply.parts
    else:
        files = [*supply.files, *(file for part in supply.hub for file in hub_files(part))]
        _take_up(folder, work)
        _fetch_all(files, work, say, progress)
        parts = supply.parts
    _import_checkpoint(work, parts, say)
    _finish(work, folder, parts)
    say(f"{profile} is ready in {folder}")
    return folder


def fetch_repository(
    repository: str, patterns: tuple[str, ...], store: Path, *, say: Say = lambda line: None
) -> Path:
    """Bring files of a repository on the hub into a folder of ``store`` and return that folder.

    What is there is taken as it is, without asking the hub. Raises ``EngineError`` as ``pull``.
    """
    name = repository.replace("/", "--")
    folder, work = store / name, store / f"{name}.part"
    if (folder / SUMS_FILE).is_file():
        return folder
    files = hub_files(HubPart("", repository, patterns))
    work.mkdir(parents=True, exist_ok=True)
    with _alone(store):
        _fetch_all(files, work, say, lambda *_: None)
        record_all_sums(work)
        work.rename(folder)
    return folder


def _is_whole(folder: Path) -> bool:
    return (folder / SUMS_FILE).is_file() and not any(c.problem for c in check_files(folder))


def _take_up(folder: Path, work: Path) -> None:
    """Go on with an unfinished pull, or with a profile of which files are missing or damaged."""
    if folder.is_dir() and not work.is_dir():
        for check in check_files(folder):
            if check.problem:
                check.path.unlink(missing_ok=True)
        folder.rename(work)
    work.mkdir(parents=True, exist_ok=True)


def _fetch_all(files: Sequence[RemoteFile], work: Path, say: Say, progress: Progress) -> None:
    missing = [file for file in files if not _has(work, file)]
    _require_room(work, sum(file.size or 0 for file in missing))
    for file in missing:
        unchecked = "" if file.sha256 or file.git else " (its source tells no hash)"
        say(f"{file.path}{unchecked}")
        fetch(file, work, progress)


def _has(work: Path, file: RemoteFile) -> bool:
    """Say whether a file has come before; a checkpoint is gone once it has been imported."""
    if file.path == _CHECKPOINT and (work / "vqgan.safetensors").is_file():
        return True
    # Sizes only: hashes are looked at when it is fetched, and at the end.
    with suppress(OSError):
        size = (work / file.path).stat().st_size
        return file.size is None or size == file.size
    return False


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise EngineError(
            "failed",
            f"{folder} has room for {free / 1e9:.1f} GB, and {needed / 1e9:.1f} GB are to come.",
        )


def _find_mirror(mirror: Path, profile: str) -> Path:
    """Return the folder in a mirror that holds a profile and its sums."""
    for folder in (mirror / profile, mirror):
        if (folder / SUMS_FILE).is_file():
            return folder
    raise EngineError(
        "bad_input",
        f"{mirror} holds no {profile}/{SUMS_FILE}: give a folder of models that pull has filled,"
        " or add the file with sha256sum.",
    )


def _copy_mirror(source: Path, work: Path, progress: Progress) -> ProfileParts | None:
    """Copy what a mirror's sums list, going on with what was cut off; return its own parts."""
    sums = read_sums(source)
    for name in sums:
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts:
            raise EngineError(
                "bad_input", f"{source / SUMS_FILE} names {name[:80]}, outside of it."
            )
    missing = [name for name in sums if not (source / name).is_file()]
    if missing:
        raise EngineError("bad_input", f"{source} lacks {missing[0]}, which its sums list.")
    _require_room(work, sum((source / n).stat().st_size for n in sums if not (work / n).exists()))
    for name, digest in sums.items():
        _copy(source / name, work / name, digest, lambda *a, n=name: progress(n, *a))
    return read_parts(source)


def _copy(
    source: Path, target: Path, digest: str, progress: Callable[[int, int | None], None]
) -> None:
    if target.is_file() and file_digest(target) == digest:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part, size = target.with_name(f"{target.name}.part"), source.stat().st_size
    have = part.stat().st_size if part.is_file() else 0
    with source.open("rb") as read, part.open("ab" if have <= size else "wb") as write:
        done = read.seek(have if have <= size else 0)
        while block := read.read(_BLOCK):
            done += write.write(block)
            progress(done, size)
    if file_digest(part) != digest:
        part.unlink()
        raise EngineError("damaged", f"{source} is damaged: its SHA-256 is not the listed one.")
    part.replace(target)


def _import_checkpoint(work: Path, parts: ProfileParts, say: Say) -> None:
    """Turn a checkpoint that came into safetensors, and drop it: it would double the profile."""
    out = work / parts.vqgan
    if not out.is_file() and (work / _CHECKPOINT).is_file():
        # PyTorch takes seconds to import, and most pulls end before this.
        from engine.supply.importing import import_vqgan

        say(f"{_CHECKPOINT} becomes {parts.vqgan}")
        import_vqgan(work / _CHECKPOINT, config=work / _CONFIG, out=out)
        (work / _CHECKPOINT).unlink()
    if not out.is_file():
        raise EngineError("bad_input", f"{work} holds neither {parts.vqgan} nor {_CHECKPOINT}.")


def _finish(work: Path, folder: Path, parts: ProfileParts) -> None:
    """Record what is there and put it in its place."""
    for rest in (*work.rglob("*.part"), *work.rglob("*.tag")):
        rest.unlink()
    write_parts(work, parts)
    record_all_sums(work)
    work.rename(folder)
