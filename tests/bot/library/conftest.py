from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.library.check import check_database
from bot.library.database import Connection, Database


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Connection]:
    """Give a new library's writer; afterwards every promise about its rows must be kept."""
    database = await Database.open(tmp_path / "library.db")
    async with database.write() as connection:
        yield connection
    await database.close()
    assert check_database(database.path) == ()
