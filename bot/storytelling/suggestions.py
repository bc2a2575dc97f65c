"""What to suggest while somebody types a story's title, and which story a typed title means."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from bot.errors import BadInputError, UnavailableError
from bot.library import suggestions
from bot.library.ids import read_id
from bot.library.library import Library
from bot.library.suggestions import StoryName
from bot.storytelling.accounts import with_link
from bot.storytelling.permissions import Actor
from bot.storytelling.shelf import LAST, find_story

MOST = 25
# An id's beginning is taken for one from here on; shorter ones are words.
_ID_BEGINS = 3
# So long the engine's styles are not asked for again.
_STYLES_SECONDS = 60.0


@dataclass(frozen=True)
class Suggestion:
    """A story that may be meant; ``author`` is a name, "" where it is unknown."""

    story_id: str
    title: str
    author: str


class Suggestions:
    """Suggests by indexed queries alone: people type, and every letter asks again."""

    def __init__(
        self, library: Library, *, styles: Callable[[], Awaitable[tuple[str, ...]]]
    ) -> None:
        self._library = library
        self._ask_styles = styles
        self._styles: tuple[str, ...] = ()
        self._asked = float("-inf")

    async def stories(self, typed: str, actor: Actor, *, limit: int = MOST) -> list[Suggestion]:
        """Return stories of the place that what was typed may mean; the newest for nothing."""
        async with self._library.database.read() as connection:
            who = (await with_link(connection, actor)).persons
            place = actor.community
            if not typed.strip():
                found = await suggestions.newest(connection, place, who, limit=limit)
                return [_suggestion(story) for story in found]
            found = []
            begun = read_id(typed) if len(typed.strip()) >= _ID_BEGINS else ""
            if begun:
                found = await suggestions.with_id(connection, place, who, begun, limit=limit)
            found += await suggestions.with_words(connection, place, who, typed, limit=limit)
        unique = {story.id: _suggestion(story) for story in found}
        return list(unique.values())[:limit]

    async def meant(self, typed: str, actor: Actor) -> str:
        """Return the id of the one story that an id, its beginning or a title means, else "".

        A title that several stories have means none of them.
        """
        # Only ids: what people type in a chat never names a folder of this machine.
        if read_id(typed) or typed.strip().lower() == LAST:
            with suppress(BadInputError):
                async with self._library.database.read() as connection:
                    linked = await with_link(connection, actor)
                    return (await find_story(connection, typed, linked)).id
        found = await self.stories(typed, actor)
        same = [story for story in found if story.title.casefold() == typed.strip().casefold()]
        chosen = same or found
        return chosen[0].story_id if len(chosen) == 1 else ""

    async def styles(self, typed: str, *, limit: int = MOST) -> list[str]:
        """Return the engine's styles that begin with or hold what was typed."""
        if time.monotonic() - self._asked > _STYLES_SECONDS:
            self._asked = time.monotonic()
            # One that is away for a moment had these styles a minute ago.
            with suppress(UnavailableError):
                self._styles = await self._ask_styles()
        letters = typed.strip().casefold()
        fitting = [style for style in self._styles if letters in style.casefold()]
        return sorted(fitting, key=lambda style: not style.startswith(letters))[:limit]


def _suggestion(story: StoryName) -> Suggestion:
    return Suggestion(story.id, story.title, story.author)
