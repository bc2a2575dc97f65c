"""Remembers what nobody knows to have arrived, so that a last view is not drawn a second time.

Discord may do what it was asked and its answer be lost on the way. A post is safe by its nonce, but
an end that is drawn again would be a second one: before that the message is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import discord

from bot.chat.page import PageView
from bot.discord.buttons import rows_of
from bot.discord.faults import translated


class Arrivals:
    """Last views and posts whose answers are missing."""

    def __init__(self) -> None:
        self._unsure: dict[str, PageView] = {}
        self._tried: set[str] = set()

    def post_failed(self, nonce: str) -> None:
        """Note that a post may have arrived."""
        if nonce:
            self._tried.add(nonce)

    def posted(self, nonce: str, message: str, view: PageView) -> None:
        """Note a post; after a try that failed it may be the earlier one, with an older view."""
        if nonce in self._tried:
            self._tried.discard(nonce)
            if not view.live:
                self._unsure[message] = view

    def edit_failed(self, message: str, view: PageView) -> None:
        """Note that a last view may have arrived in a message that showed a page at work."""
        self._unsure[message] = view

    async def has_arrived(self, target: discord.PartialMessage, view: PageView) -> bool:
        """Tell whether a message shows a view of which that was not known."""
        message = str(target.id)
        if self._unsure.get(message) != view:
            self._unsure.pop(message, None)
            return False
        with translated():
            found = await target.fetch()
        del self._unsure[message]
        wanted = {button.custom_id for row in rows_of(view) for button in row}
        return bool(wanted) and wanted <= set(_ids(found.components))


def _ids(components: Iterable[Any]) -> Iterator[str]:
    for part in components:
        if custom_id := getattr(part, "custom_id", None):
            yield str(custom_id)
        yield from _ids(getattr(part, "children", ()))
