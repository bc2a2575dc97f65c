"""Questions that the use cases ask across tables; nothing here changes a row."""

from __future__ import annotations

from dataclasses import dataclass

from bot.library.database import Connection, fetch_all, fetch_one
from bot.library.records import JobRecord, StoryRecord, columns

_STORY = columns(StoryRecord)
_JOB = columns(JobRecord)


@dataclass(frozen=True)
class PageLine:
    """A page in its tree without its picture's bytes; ``pictures`` counts what was painted.

    ``person_id`` asked for it; figures are those of the newest picture, 0 without one.
    """

    id: str
    parent_id: str | None
    number: int
    chosen: int
    origin: str
    text: str
    prompt: str
    seed: int
    created_at: int
    person_id: str
    pictures: int
    picture_seed: int
    steps: int
    clip_score: float
    seconds: float
    alt: str


_TREE = """
SELECT p.id, p.parent_id, p.number, p.chosen, p.origin, p.text, p.prompt, p.seed, p.created_at,
    j.person_id, (SELECT count(*) FROM pictures c WHERE c.page_id = p.id) AS pictures,
    coalesce(i.seed, 0) AS picture_seed, coalesce(i.steps, 0) AS steps,
    coalesce(i.clip_score, 0.0) AS clip_score, coalesce(i.seconds, 0.0) AS seconds,
    coalesce(i.alt, '') AS alt
FROM pages p JOIN jobs j ON j.id = p.job_id
LEFT JOIN pictures i ON i.serial = (SELECT max(serial) FROM pictures WHERE page_id = p.id)
WHERE p.story_id = ? ORDER BY p.number, p.serial
"""


async def tree(connection: Connection, story_id: str) -> list[PageLine]:
    """Return a story's pages, parents before their children, siblings in the order they came."""
    return [PageLine(**dict(row)) for row in await fetch_all(connection, _TREE, (story_id,))]


async def count_jobs_from(connection: Connection, story_id: str, base: str | None) -> int:
    """Return how many jobs were to go on from a page (None: from nothing), however they ended."""
    return await _count(
        connection,
        "SELECT count(*) FROM jobs WHERE story_id = ? AND base_page_id IS ? AND kind <> 'redraw'",
        (story_id, base),
    )


async def count_redraws(connection: Connection, page_id: str) -> int:
    """Return how often a page was to be painted again."""
    return await _count(
        connection, "SELECT count(*) FROM jobs WHERE target_page_id = ?", (page_id,)
    )


async def ids_by(connection: Connection, persons: tuple[str, ...], prefix: str) -> list[str]:
    """Return up to eight ids of own stories of a person's accounts, wherever they are told."""
    rows = await fetch_all(
        connection,
        f"SELECT id FROM stories WHERE id GLOB ? AND person_id IN ({_marks(persons)})"  # noqa: S608
        " AND deleted_at IS NULL ORDER BY id LIMIT 8",
        (f"{prefix}*", *persons),
    )
    return [row["id"] for row in rows]


async def own_stories(
    connection: Connection, persons: tuple[str, ...], community: str, limit: int
) -> list[tuple[str, str]]:
    """Return ids and titles of some persons' stories that have a page, the newest first.

    ``community`` "" is everywhere.
    """
    rows = await fetch_all(
        connection,
        f"SELECT id, title FROM stories s WHERE person_id IN ({_marks(persons)})"  # noqa: S608
        " AND (community_id = ? OR ? = '') AND deleted_at IS NULL"
        " AND EXISTS (SELECT 1 FROM pages WHERE story_id = s.id) ORDER BY serial DESC LIMIT ?",
        (*persons, community, community, limit),
    )
    return [(row[0], row[1]) for row in rows]


async def deleted_stories(
    connection: Connection, community: str, persons: tuple[str, ...], prefix: str
) -> list[StoryRecord]:
    """Return up to eight deleted stories of a community or some persons, the last deleted first.

    Their ids begin with ``prefix``; purged ones are gone.
    """
    rows = await fetch_all(
        connection,
        f"SELECT {_STORY} FROM stories WHERE id GLOB ? AND deleted_at IS NOT NULL"  # noqa: S608
        f" AND (community_id = ? OR person_id IN ({_marks(persons)}))"
        " ORDER BY deleted_at DESC, serial DESC LIMIT 8",
        (f"{prefix}*", community, *persons),
    )
    return [StoryRecord(*row) for row in rows]


async def newest_act(connection: Connection, subject: str, *actions: str) -> tuple[str, str] | None:
    """Return what was done last to a subject, of these actions, and by whom."""
    row = await fetch_one(
        connection,
        "SELECT action, coalesce(person_id, '') FROM audit"  # noqa: S608
        f" WHERE subject = ? AND action IN ({_marks(actions)}) ORDER BY serial DESC LIMIT 1",
        (subject, *actions),
    )
    return (row[0], row[1]) if row else None


async def unfinished_of_story(connection: Connection, story_id: str) -> list[JobRecord]:
    """Return a story's jobs that are queued or at work, the oldest first."""
    rows = await fetch_all(
        connection,
        f"SELECT {_JOB} FROM jobs WHERE story_id = ? AND finished_at IS NULL ORDER BY serial",  # noqa: S608
        (story_id,),
    )
    return [JobRecord(*row) for row in rows]


async def name_of(connection: Connection, person_id: str) -> str:
    """Return what a person is called, "" where that is not known."""
    row = await fetch_one(connection, "SELECT name FROM people WHERE id = ?", (person_id,))
    return str(row[0]) if row else ""


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))


async def _count(connection: Connection, sql: str, parameters: tuple[object, ...]) -> int:
    row = await fetch_one(connection, sql, parameters)
    return int(row[0]) if row else 0
