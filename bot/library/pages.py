"""Pages in the database: a tree by ``parent_id``, one chosen among siblings, none overwritten."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from bot.library.database import Connection, fetch_all, fetch_one
from bot.library.records import PageRecord, columns, placeholders

_COLUMNS = columns(PageRecord)
_UP = f"""
WITH RECURSIVE up AS (
    SELECT {_COLUMNS} FROM pages WHERE id = ?
    UNION ALL
    SELECT {columns(PageRecord, table="p")} FROM pages p JOIN up ON p.id = up.parent_id
)
SELECT {_COLUMNS} FROM up ORDER BY number
"""  # noqa: S608
_CHOSEN = f"""
WITH RECURSIVE down AS (
    SELECT {_COLUMNS} FROM pages WHERE story_id = ? AND parent_id IS NULL AND chosen = 1
    UNION ALL
    SELECT {columns(PageRecord, table="p")} FROM pages p
    JOIN down ON p.parent_id = down.id AND p.story_id = down.story_id WHERE p.chosen = 1
)
SELECT {_COLUMNS} FROM down ORDER BY number
"""  # noqa: S608
_LEAF = f"""
WITH RECURSIVE down AS (
    SELECT {_COLUMNS} FROM pages WHERE id = ?
    UNION ALL
    SELECT {columns(PageRecord, table="p")} FROM pages p
    JOIN down ON p.parent_id = down.id AND p.story_id = down.story_id WHERE p.chosen = 1
)
SELECT {_COLUMNS} FROM down ORDER BY number DESC LIMIT 1
"""  # noqa: S608


@dataclass(frozen=True)
class Siblings:
    """The pages in one place of the tree, oldest first; ``position`` (from 1) is the asked one's.

    ``before`` and ``after`` are its neighbours, None at either end.
    """

    pages: tuple[PageRecord, ...]
    position: int

    @property
    def count(self) -> int:
        """Return how many there are, the asked one among them."""
        return len(self.pages)

    @property
    def before(self) -> PageRecord | None:
        """Return the next older sibling."""
        return self.pages[self.position - 2] if self.position > 1 else None

    @property
    def after(self) -> PageRecord | None:
        """Return the next newer sibling."""
        return self.pages[self.position] if self.position < self.count else None


async def insert(connection: Connection, page: PageRecord) -> None:
    """Add a page; a chosen one takes that place from its siblings."""
    if page.chosen:
        await _unchoose(connection, page.story_id, page.parent_id)
    await connection.execute(
        f"INSERT INTO pages ({_COLUMNS}) VALUES ({placeholders(PageRecord)})",  # noqa: S608
        asdict(page),
    )


async def choose(connection: Connection, page: PageRecord) -> None:
    """Show a page in the place of its siblings."""
    await _unchoose(connection, page.story_id, page.parent_id)
    await connection.execute("UPDATE pages SET chosen = 1 WHERE id = ?", (page.id,))


async def get(connection: Connection, page_id: str) -> PageRecord | None:
    """Return a page."""
    row = await fetch_one(
        connection,
        f"SELECT {_COLUMNS} FROM pages WHERE id = ?",  # noqa: S608
        (page_id,),
    )
    return PageRecord(*row) if row else None


async def branch(connection: Connection, leaf: str) -> list[PageRecord]:
    """Return the pages from the first one to page id ``leaf``, in reading order."""
    return [PageRecord(*row) for row in await fetch_all(connection, _UP, (leaf,))]


async def chosen_branch(connection: Connection, story_id: str) -> list[PageRecord]:
    """Return the pages along the chosen siblings, in reading order."""
    return [PageRecord(*row) for row in await fetch_all(connection, _CHOSEN, (story_id,))]


async def of_job(connection: Connection, job_id: str) -> list[PageRecord]:
    """Return the pages that a job has made so far, in reading order."""
    return await _select(connection, "job_id = ? ORDER BY number", job_id)


async def siblings(connection: Connection, page: PageRecord) -> Siblings:
    """Return the pages with the same parent (or the first pages), ``page`` among them."""
    found = await _select(
        connection, "story_id = ? AND parent_id IS ? ORDER BY serial", page.story_id, page.parent_id
    )
    position = next(place for place, other in enumerate(found, start=1) if other.id == page.id)
    return Siblings(tuple(found), position)


async def children(connection: Connection, page: PageRecord) -> list[PageRecord]:
    """Return the pages that go on from a page, the oldest first."""
    return await _select(
        connection, "story_id = ? AND parent_id = ? ORDER BY serial", page.story_id, page.id
    )


async def of_story(connection: Connection, story_id: str) -> list[PageRecord]:
    """Return a story's whole tree: parents before their children, siblings oldest first."""
    return await _select(connection, "story_id = ? ORDER BY number, serial", story_id)


async def leaf_below(connection: Connection, page_id: str) -> PageRecord | None:
    """Return where the chosen siblings below a page end; the page itself where nothing follows."""
    row = await fetch_one(connection, _LEAF, (page_id,))
    return PageRecord(*row) if row else None


async def count_children(connection: Connection, story_id: str, parent_id: str | None) -> int:
    """Return how many pages go on from a page (None: how many first pages there are)."""
    row = await fetch_one(
        connection,
        "SELECT count(*) FROM pages WHERE story_id = ? AND parent_id IS ?",
        (story_id, parent_id),
    )
    return int(row[0]) if row else 0


async def _select(connection: Connection, condition: str, *values: object) -> list[PageRecord]:
    rows = await fetch_all(
        connection,
        f"SELECT {_COLUMNS} FROM pages WHERE {condition}",  # noqa: S608
        values,
    )
    return [PageRecord(*row) for row in rows]


async def _unchoose(connection: Connection, story_id: str, parent_id: str | None) -> None:
    await connection.execute(
        "UPDATE pages SET chosen = 0 WHERE story_id = ? AND parent_id IS ? AND chosen = 1",
        (story_id, parent_id),
    )
