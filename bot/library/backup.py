"""Copies a database while it is in use, whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import BadInputError, ConfigError, UnavailableError
from bot.library.faults import explained


def copy_database(path: Path, target: Path) -> None:
    """Write a consistent copy of ``path`` to ``target``, which must not exist yet.

    The copy appears under its name only when it is complete.
    """
    if not path.is_file():
        raise ConfigError(f"There is no database {path} yet: the first story makes it.")
    if target.exists():
        raise BadInputError(f"{target} exists already: choose another name for the backup.")
    if not target.parent.is_dir():
        raise BadInputError(f"There is no folder {target.parent}: make it, or choose another.")
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with explained(path), closing(_open_read_only(path)) as live:
            _copy(live, partial, target)
        partial.rename(target)
    except OSError as error:
        raise UnavailableError(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)


def _open_read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _copy(live: sqlite3.Connection, partial: Path, target: Path) -> None:
    with explained(target), closing(sqlite3.connect(partial)) as copy:
        live.backup(copy)
        # One file without a log beside it, so that it can be moved about.
        copy.execute("PRAGMA journal_mode = DELETE")
    partial.chmod(0o600)
