"""Stories by their titles, for whoever is to choose one from a list."""

from __future__ import annotations

from dataclasses import dataclass

from bot.library import lookups
from bot.library.library import Library
from bot.storytelling.accounts import with_link
from bot.storytelling.permissions import Actor, check

# As many as fit into a list that somebody reads at a glance.
MOST = 8


@dataclass(frozen=True)
class StoryTitle:
    """A story's id and title."""

    id: str
    title: str


class Titles:
    """Lists stories; nothing here changes anything."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def own(self, actor: Actor, *, limit: int = MOST) -> tuple[StoryTitle, ...]:
        """Return the actor's own stories that have a page, the newest first.

        In a conversation of their own these are all of theirs, those of a linked account too;
        where others read along, only the ones that are told there.
        """
        async with self._library.database.read() as connection:
            actor = await with_link(connection, actor)
            place = "" if actor.direct else actor.community
            found = await lookups.own_stories(connection, actor.persons, place, limit)
        return tuple(StoryTitle(story, title) for story, title in found)

    async def deleted(self, actor: Actor) -> tuple[StoryTitle, ...]:
        """Return the place's deleted stories that can be restored, the last deleted one first."""
        check(actor, "handle_reports")
        async with self._library.database.read() as connection:
            found = await lookups.deleted_stories(connection, actor.community, (), "")
        return tuple(StoryTitle(story.id, story.title) for story in found)
