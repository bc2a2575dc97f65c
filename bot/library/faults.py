"""Turns SQLite's errors into one line each, with a remedy."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import ConfigError, PagewrightError, UnavailableError

_LEAST_FREE_BYTES = 1_000_000
_LOCKED = ("database is locked", "database table is locked")
# What SQLite's message holds, what it means, and whose fault it is.
_FAULTS: tuple[tuple[tuple[str, ...], type[PagewrightError], str], ...] = (
    (
        ("database or disk is full",),
        UnavailableError,
        "The disk of {path} is full: free some space and try again; nothing was half-written.",
    ),
    (
        _LOCKED,
        UnavailableError,
        "Another process keeps {path} locked: wait for it or stop it, then try again.",
    ),
    (
        ("not a database", "malformed", "corrupt", "unsupported file format", "could not decode"),
        ConfigError,
        "{path} is not a sound SQLite database ({reason}): put a backup in its place"
        " or set database.path to another file.",
    ),
    (
        ("locking protocol",),
        ConfigError,
        "The file system of {path} does not lock files as SQLite needs it: set database.path to a"
        " file on a disk of this machine.",
    ),
    (
        ("unable to open", "readonly database"),
        ConfigError,
        "{path} cannot be written: check the folder's and the file's permissions,"
        " or set database.path to another file.",
    ),
    (
        ("disk i/o error",),
        UnavailableError,
        "Reading or writing {path} failed ({reason}): check the disk and the space left on it.",
    ),
)


def explain(error: sqlite3.Error, path: Path) -> PagewrightError:
    """Return the error to show for one of SQLite's."""
    reason = " ".join(str(error).split())
    if "disk i/o error" in reason.lower() and _is_full(path):
        reason = "database or disk is full"
    for marks, kind, message in _FAULTS:
        if any(mark in reason.lower() for mark in marks):
            return kind(message.format(path=path, reason=reason))
    return PagewrightError(f"The database {path} failed: {reason}; run `pagewright db check`.")


def is_locked(error: BaseException) -> bool:
    """Return whether another connection's lock is in the way, which passes."""
    return isinstance(error, sqlite3.OperationalError) and str(error) in _LOCKED


def _is_full(path: Path) -> bool:
    # The log's index is a mapped file: where it cannot grow, SQLite speaks of an I/O error.
    try:
        return shutil.disk_usage(path.parent).free < _LEAST_FREE_BYTES
    except OSError:
        return False


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as ``PagewrightError``; mistakes in the code stay as they are."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except sqlite3.Error as error:
        raise explain(error, path) from None
