"""Files that are there whole or not at all, and what to say when the disk refuses them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from bot.errors import BadInputError, PagewrightError


def reason(error: OSError) -> str:
    """Return what the system says of a failure, in lower case."""
    return (error.strerror or str(error)).lower()


def remedy(error: OSError) -> str:
    """Return what to do about a failure to write."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return "free some space and try again" if full else "choose another folder"


def refuse_unwritable(folder: Path) -> None:
    """Raise where nothing can be made in ``folder`` or, if it is missing, in what is above it."""
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(f"{nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise BadInputError(f"the folder {nearest} cannot be written to; choose another folder")


def check_file_place(path: Path) -> None:
    """Raise ``BadInputError`` where no file can be written at ``path``; leaves nothing behind."""
    try:
        if path.is_dir():
            raise BadInputError(f"{path} is a folder; name a file in it")
        refuse_unwritable(path.parent)
    except OSError as error:
        raise BadInputError(f"cannot write {path}: {reason(error)}; {remedy(error)}") from None


def put_file(path: Path, write: Callable[[Path], bool]) -> None:
    """Have ``write`` make a file beside ``path``, then move it there; False gives it up.

    Whatever happens, ``path`` holds the whole file or what was there before, and nothing else is
    left. Raises ``PagewrightError`` where the disk fails.
    """
    missing = [folder for folder in path.parents if not folder.exists()]
    partial = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if write(partial):
            flush(partial)
            partial.replace(path)
    except OSError as error:
        raise PagewrightError(f"cannot write {path}: {reason(error)}; {remedy(error)}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        remove_empty(missing)


def flush(path: Path) -> None:
    """Wait until the disk has a file's content."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders from the deepest up, as far as they exist and are empty."""
    for path in folders:
        try:
            path.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return
