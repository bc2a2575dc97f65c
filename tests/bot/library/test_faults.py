from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.errors import ConfigError, PagewrightError, UnavailableError
from bot.library import faults
from bot.library.faults import explain, explained

PATH = Path("/somewhere/library.db")


@pytest.mark.parametrize(
    ("reason", "kind", "says"),
    [
        ("database or disk is full", UnavailableError, "is full: free some space"),
        ("database is locked", UnavailableError, "wait for it or stop it"),
        ("database table is locked: jobs", UnavailableError, "wait for it or stop it"),
        ("file is not a database", ConfigError, "put a backup in its place"),
        ("database disk image is malformed", ConfigError, "put a backup in its place"),
        ("fts5: corruption found reading blob", ConfigError, "put a backup in its place"),
        ("Could not decode to UTF-8 column 'text'", ConfigError, "put a backup in its place"),
        ("locking protocol", ConfigError, "a disk of this machine"),
        ("unable to open database file", ConfigError, "check the folder's"),
        ("attempt to write a readonly database", ConfigError, "cannot be written"),
        ("disk I/O error", UnavailableError, "check the disk"),
        ("no such table: pages\n", PagewrightError, "pagewright db check"),
    ],
)
def test_each_fault_is_one_line_with_a_remedy(
    reason: str, kind: type[PagewrightError], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "_is_full", lambda path: False)
    error = explain(sqlite3.OperationalError(reason), PATH)
    assert type(error) is kind
    assert says in error.message
    assert str(PATH) in error.message
    assert "\n" not in error.message


def test_an_io_error_on_a_full_disk_is_told_as_a_full_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(faults, "_is_full", lambda path: True)
    assert "is full" in explain(sqlite3.OperationalError("disk I/O error"), PATH).message


def test_mistakes_in_the_code_are_not_dressed_up() -> None:
    with pytest.raises(sqlite3.IntegrityError), explained(PATH):
        raise sqlite3.IntegrityError("UNIQUE constraint failed: pages.id")
