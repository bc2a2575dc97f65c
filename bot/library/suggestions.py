"""Stories to suggest while somebody types: by title, by words, by the beginning of an id."""

from __future__ import annotations

from dataclasses import dataclass

from bot.library.database import Connection, fetch_all
from bot.library.words import HITS, hit_parameters

# Titles that are looked through for letters in their middle, the newest ones.
_LOOKED_THROUGH = 200
_COLUMNS = "s.id, s.title, s.person_id, a.name AS author"
# What somebody has left out of the gallery is suggested to nobody else.
_MAY_BE_NAMED = (
    "s.community_id = :community AND s.deleted_at IS NULL"
    " AND (s.person_id IN (:person, :linked) OR (s.listed = 1 AND a.listed = 1))"
)
_NEWEST = f"""
SELECT {_COLUMNS} FROM stories s JOIN people a ON a.id = s.person_id
WHERE {_MAY_BE_NAMED} ORDER BY s.updated_at DESC LIMIT :limit
"""  # noqa: S608
_WITH_WORDS = f"""
SELECT {_COLUMNS} FROM ({HITS}) hit CROSS JOIN stories s ON s.serial = hit.story
JOIN people a ON a.id = s.person_id
WHERE {_MAY_BE_NAMED} ORDER BY hit.score DESC, s.serial DESC LIMIT :limit
"""  # noqa: S608
_WITH_ID = f"""
SELECT {_COLUMNS} FROM stories s JOIN people a ON a.id = s.person_id
WHERE s.id GLOB :beginning AND {_MAY_BE_NAMED} ORDER BY s.id LIMIT :limit
"""  # noqa: S608


@dataclass(frozen=True)
class StoryName:
    """A story as it is suggested; ``author`` is the name of who told it, "" if unknown."""

    id: str
    title: str
    person_id: str
    author: str


async def newest(
    connection: Connection, community: str, persons: tuple[str, ...], *, limit: int
) -> list[StoryName]:
    """Return the stories to which something happened last."""
    return await _found(connection, _NEWEST, community, persons, limit)


async def with_words(
    connection: Connection, community: str, persons: tuple[str, ...], words: str, *, limit: int
) -> list[StoryName]:
    """Return stories that hold all words, or else letters of the title, best first."""
    found: list[StoryName] = []
    if (hits := hit_parameters(words, community)) is not None:
        found = await _found(connection, _WITH_WORDS, community, persons, limit, **hits)
    if found:
        return found
    recent = await newest(connection, community, persons, limit=_LOOKED_THROUGH)
    letters = words.strip().casefold()
    return [story for story in recent if letters in story.title.casefold()][:limit]


async def with_id(
    connection: Connection, community: str, persons: tuple[str, ...], beginning: str, *, limit: int
) -> list[StoryName]:
    """Return stories whose id begins with some letters and digits."""
    return await _found(connection, _WITH_ID, community, persons, limit, beginning=f"{beginning}*")


async def _found(
    connection: Connection,
    sql: str,
    community: str,
    persons: tuple[str, ...],
    limit: int,
    **more: str,
) -> list[StoryName]:
    values = {"community": community, "person": persons[0], "linked": persons[-1], "limit": limit}
    rows = await fetch_all(connection, sql, {**values, **more})
    return [StoryName(**dict(row)) for row in rows]
