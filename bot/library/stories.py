"""Stories in the database."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from bot.library.database import Connection, fetch_all, fetch_one
from bot.library.ids import now_ms
from bot.library.records import StoryRecord, columns, placeholders
from bot.library.words import HITS, hit_parameters

_COLUMNS = columns(StoryRecord)
# A story's shown pages are the chosen sibling of each number, from the first page on.
_SUMMARY = """
WITH RECURSIVE found AS MATERIALIZED ({found}),
branch (story_id, page_id) AS (
    SELECT p.story_id, p.id FROM found f CROSS JOIN pages p ON p.story_id = f.id
    WHERE p.parent_id IS NULL AND p.chosen = 1
    UNION ALL
    SELECT p.story_id, p.id FROM pages p JOIN branch b
    ON p.parent_id = b.page_id AND p.story_id = b.story_id WHERE p.chosen = 1
)
SELECT s.id, s.title, s.idea, s.style, s.seed, s.created_at,
    (SELECT count(*) FROM branch b WHERE b.story_id = s.id) AS pages,
    (SELECT count(*) FROM branch b WHERE b.story_id = s.id
        AND EXISTS (SELECT 1 FROM pictures i WHERE i.page_id = b.page_id)) AS painted,
    coalesce((SELECT state FROM jobs j WHERE j.story_id = s.id ORDER BY j.serial DESC LIMIT 1), '')
        AS state
FROM found f JOIN stories s ON s.id = f.id ORDER BY f.place
"""
_NEWEST = """SELECT id, -updated_at AS place FROM stories
WHERE community_id = :community AND deleted_at IS NULL
ORDER BY updated_at DESC, serial DESC LIMIT :limit"""
_WITH_WORDS = f"""SELECT s.id, -hit.score AS place FROM ({HITS}) hit
CROSS JOIN stories s ON s.serial = hit.story
WHERE s.community_id = :community AND s.deleted_at IS NULL
ORDER BY place, s.serial DESC LIMIT :limit"""  # noqa: S608


@dataclass(frozen=True)
class StoryLine:
    """A story in a list: ``pages`` on the chosen branch, ``state`` of its newest job."""

    id: str
    title: str
    idea: str
    style: str
    seed: int
    created_at: int
    pages: int
    painted: int
    state: str


async def insert(connection: Connection, story: StoryRecord) -> None:
    """Add a story; its community and person are made known first."""
    for table, key in (("communities", story.community_id), ("people", story.person_id)):
        await make_known(connection, table, key)
    await connection.execute(
        f"INSERT INTO stories ({_COLUMNS}) VALUES ({placeholders(StoryRecord)})",  # noqa: S608
        asdict(story),
    )


async def make_known(connection: Connection, table: str, key: str) -> None:
    """Add a community or person unless it is there."""
    await connection.execute(
        f"INSERT INTO {table} (id, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",  # noqa: S608
        (key, now_ms()),
    )


async def get(connection: Connection, story_id: str) -> StoryRecord | None:
    """Return a story that is not deleted."""
    row = await fetch_one(
        connection,
        f"SELECT {_COLUMNS} FROM stories WHERE id = ? AND deleted_at IS NULL",  # noqa: S608
        (story_id,),
    )
    return StoryRecord(*row) if row else None


async def find_ids(connection: Connection, community: str, prefix: str) -> list[str]:
    """Return up to eight ids of a community's stories that begin with ``prefix``."""
    rows = await fetch_all(
        connection,
        "SELECT id FROM stories WHERE id GLOB ? AND community_id = ? AND deleted_at IS NULL"
        " ORDER BY id LIMIT 8",
        (f"{prefix}*", community),
    )
    return [row["id"] for row in rows]


async def newest_id(connection: Connection, community: str) -> str | None:
    """Return the id of the story that something happened to last."""
    row = await fetch_one(
        connection,
        "SELECT id FROM stories WHERE community_id = ? AND deleted_at IS NULL"
        " ORDER BY updated_at DESC, serial DESC LIMIT 1",
        (community,),
    )
    return str(row["id"]) if row else None


async def touch(connection: Connection, story_id: str, *, title: str = "") -> None:
    """Note that something happened to a story, and its title where one is given."""
    await connection.execute(
        "UPDATE stories SET updated_at = max(updated_at + 1, ?),"
        " title = CASE WHEN ? = '' THEN title ELSE ? END WHERE id = ?",
        (now_ms(), title, title, story_id),
    )


async def newest(connection: Connection, community: str, limit: int) -> list[StoryLine]:
    """Return a community's stories, the one with the newest change first."""
    sql = _SUMMARY.format(found=_NEWEST)
    rows = await fetch_all(connection, sql, {"community": community, "limit": limit})
    return [StoryLine(**dict(row)) for row in rows]


async def with_words(
    connection: Connection, community: str, words: str, limit: int
) -> list[StoryLine]:
    """Return stories whose title and idea, or one of whose pages, hold all words, best first.

    The last letters of a word may be missing. No words, no stories.
    """
    hits = hit_parameters(words, community)
    if hits is None:
        return []
    parameters = {"community": community, "limit": limit, **hits}
    rows = await fetch_all(connection, _SUMMARY.format(found=_WITH_WORDS), parameters)
    return [StoryLine(**dict(row)) for row in rows]


async def set_title(connection: Connection, story_id: str, title: str) -> None:
    """Give a story another title."""
    await _set(connection, story_id, "title", title)


async def set_mode(connection: Connection, story_id: str, mode: Literal["solo", "open"]) -> None:
    """Let only its author go on with a story ("solo"), or anybody ("open")."""
    await _set(connection, story_id, "mode", mode)


async def set_listed(connection: Connection, story_id: str, *, listed: bool) -> None:
    """Put a story into its community's gallery, or leave it out."""
    await _set(connection, story_id, "listed", int(listed))


async def _set(connection: Connection, story_id: str, column: str, value: object) -> None:
    await connection.execute(f"UPDATE stories SET {column} = ? WHERE id = ?", (value, story_id))  # noqa: S608


async def delete(connection: Connection, story_id: str) -> bool:
    """Hide a story from everything but ``restore`` and ``purge``; False where it was gone."""
    row = await fetch_one(
        connection,
        "UPDATE stories SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL RETURNING 1",
        (now_ms(), story_id),
    )
    return row is not None


async def restore(connection: Connection, story_id: str) -> bool:
    """Bring a deleted story back; False where it is not deleted, or purged already."""
    row = await fetch_one(
        connection,
        "UPDATE stories SET deleted_at = NULL WHERE id = ? AND deleted_at IS NOT NULL RETURNING 1",
        (story_id,),
    )
    return row is not None


async def get_deleted(connection: Connection, story_id: str) -> StoryRecord | None:
    """Return a story that is deleted and not yet purged."""
    row = await fetch_one(
        connection,
        f"SELECT {_COLUMNS} FROM stories WHERE id = ? AND deleted_at IS NOT NULL",  # noqa: S608
        (story_id,),
    )
    return StoryRecord(*row) if row else None


async def purge(connection: Connection, *, deleted_before: int, limit: int = 20) -> int:
    """Remove up to ``limit`` stories deleted before a moment, with all that hangs on them.

    Returns how many there were. Call it again in a new transaction until it returns 0, so that
    nobody waits long for the writer; each story goes whole or not at all.
    """
    rows = await fetch_all(
        connection,
        # One statement: its foreign keys are checked at its end, when pages, jobs and pictures
        # that point to each other are all gone.
        "DELETE FROM stories WHERE serial IN (SELECT serial FROM stories WHERE deleted_at < ?"
        " ORDER BY deleted_at LIMIT ?) RETURNING 1",
        (deleted_before, limit),
    )
    return len(rows)


async def purge_one(connection: Connection, story_id: str) -> bool:
    """Remove one story at once, deleted or not; False where there is none."""
    row = await fetch_one(connection, "DELETE FROM stories WHERE id = ? RETURNING 1", (story_id,))
    return row is not None


async def set_profile(connection: Connection, story_id: str, profile: str) -> None:
    """Note which models tell a story, unless that is known."""
    await connection.execute(
        "UPDATE stories SET profile = ? WHERE id = ? AND profile = ''", (profile, story_id)
    )
