"""Small things that a front-end notes for itself and finds again after a restart."""

from __future__ import annotations

from bot.library import marks
from bot.library.library import Library


class Marks:
    """Notes of front-ends; keys begin with the platform: "discord:commands"."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def get(self, key: str) -> str:
        """Return what was noted under a key, "" for nothing."""
        async with self._library.database.read() as connection:
            return await marks.get(connection, key)

    async def put(self, key: str, value: str) -> None:
        """Note a value in the place of what was there; "" forgets the key."""
        async with self._library.database.write() as connection:
            await marks.put(connection, key, value)
