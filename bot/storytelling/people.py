"""Who is who: names as they are met, places, and the language each wants to read."""

from __future__ import annotations

from bot.library import community_settings, people
from bot.library.library import Library
from bot.settings import Settings
from bot.storytelling.permissions import Actor

# The longest name that is kept, in characters.
MAX_NAME = 100


class People:
    """Knows people and communities by what their platform calls them."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self._defaults = community_settings.defaults_from(settings)

    async def meet(
        self, actor: Actor, *, name: str = "", community_name: str = "", language: str = ""
    ) -> None:
        """Keep up with what somebody and their place are called; "" leaves what is known.

        Writes only where something is new.
        """
        name, community_name = _short(name), _short(community_name)
        async with self._library.database.read() as connection:
            person = await people.get_person(connection, actor.person)
            place = await people.get_community(connection, actor.community)
        known = person and name in ("", person.name) and language in ("", person.language)
        there = place and community_name in ("", place.name) and bool(place.direct) == actor.direct
        if known and there:
            return
        async with self._library.database.write() as connection:
            await people.know_person(connection, actor.person, name=name)
            if language:
                await people.set_language(connection, actor.person, language)
            await people.know_community(
                connection, actor.community, name=community_name, direct=actor.direct
            )

    async def language(self, actor: Actor) -> str:
        """Return what messages that everybody in a place sees are worded in.

        The community's own choice, else the actor's language, else "en".
        """
        async with self._library.database.read() as connection:
            chosen = await community_settings.load(connection, actor.community, self._defaults)
            if chosen.language:
                return chosen.language
            person = await people.get_person(connection, actor.person)
        return person.language if person and person.language else "en"

    async def move_community(self, old: str, new: str) -> None:
        """Take all that a place has along where its platform gives it another id."""
        async with self._library.database.write() as connection:
            await people.move_community(connection, old, new)


def _short(text: str) -> str:
    return " ".join(text.split())[:MAX_NAME]
