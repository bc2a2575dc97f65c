"""The gallery of one community: its painted stories, a screen at a time, in several orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.errors import BadInputError, WordedError
from bot.library.cursors import Cursor, Sort, decode
from bot.library.database import Connection, fetch_all
from bot.library.words import HITS, hit_parameters

SCREEN = 6
MOST_A_SCREEN = 24
# Places in a random order, as the triggers of stories draw them.
SHUFFLES = 2**32
# A story's place in an order: its serial, and before that what the order goes by.
Key = tuple[int, ...]
# The columns of each order; every one runs downwards, so that a row comparison finds its place.
_KEYS: dict[Sort, tuple[str, ...]] = {
    "newest": ("s.serial",),
    "loved": ("s.loves", "s.serial"),
    "random": ("s.shuffle", "s.serial"),
    "best": ("hit.score", "s.serial"),
}
# Told by the story's own row, and so by the indices of the orders …
_LISTED = "s.community_id = :community AND s.deleted_at IS NULL AND s.listed = 1"
# … and by others, looked at only for the stories next in the order.
_VISIBLE = """(SELECT direct FROM communities WHERE id = s.community_id) = 0
AND (SELECT listed FROM people WHERE id = s.person_id) = 1
AND EXISTS (SELECT 1 FROM pages p WHERE p.story_id = s.id
    AND EXISTS (SELECT 1 FROM pictures i WHERE i.page_id = p.id))"""
# What is shown of the few stories of a screen. Only for them the tree is walked: their pages are
# those along the chosen siblings, the cover is the first of them with a picture.
_ITEMS = """
WITH RECURSIVE branch (story_id, page_id, number) AS (
    SELECT p.story_id, p.id, p.number FROM pages p
    WHERE p.story_id IN (SELECT id FROM stories WHERE serial IN ({serials}))
    AND p.parent_id IS NULL AND p.chosen = 1
    UNION ALL
    SELECT p.story_id, p.id, p.number FROM branch b
    JOIN pages p ON p.parent_id = b.page_id AND p.story_id = b.story_id AND p.chosen = 1
),
cover (story_id, number, serial) AS (
    SELECT b.story_id, min(b.number),
        (SELECT max(i.serial) FROM pictures i WHERE i.page_id = b.page_id)
    FROM branch b WHERE EXISTS (SELECT 1 FROM pictures i WHERE i.page_id = b.page_id)
    GROUP BY b.story_id
)
SELECT s.serial, s.id, s.title, s.person_id, a.name AS author, s.style, s.mode, s.loves,
    s.created_at, (SELECT count(*) FROM branch b WHERE b.story_id = s.id) AS pages,
    i.page_id, i.job_id, i.thumbnail, coalesce(i.verdict, '') AS verdict, i.alt
FROM stories s JOIN people a ON a.id = s.person_id
LEFT JOIN cover c ON c.story_id = s.id LEFT JOIN pictures i ON i.serial = c.serial
WHERE s.serial IN ({serials}) AND s.deleted_at IS NULL
"""


@dataclass(frozen=True)
class GalleryQuery:
    """What to show of a community; ``words``, ``author`` (a person's id) and ``style`` narrow it.

    ``sort`` None: the best hits of a search first, else the newest stories. ``start`` is where a
    random order begins (modulo ``SHUFFLES``). ``cursor`` is a screen's ``before`` or ``after``;
    it says where a random order began.
    """

    community: str
    sort: Sort | None = None
    words: str = ""
    author: str = ""
    style: str = ""
    start: int = 0
    cursor: str = ""
    limit: int = SCREEN


@dataclass(frozen=True)
class GalleryItem:
    """A story as the gallery shows it; ``thumbnail`` is WebP, None until it is made.

    ``pages`` counts those along the chosen siblings. ``cover_page`` and ``cover_job`` name the
    cover's picture, "" where none of those pages is painted.
    """

    story_id: str
    title: str
    person_id: str
    author: str
    style: str
    mode: str
    loves: int
    pages: int
    created_at: int
    cover_page: str
    cover_job: str
    thumbnail: bytes | None
    verdict: str
    alt: str


@dataclass(frozen=True)
class GalleryRows:
    """One screen; ``before`` and ``after`` are the cursors of its neighbours, "" at either end."""

    items: tuple[GalleryItem, ...]
    before: str = ""
    after: str = ""


async def find(connection: Connection, query: GalleryQuery) -> GalleryRows:
    """Return one screen of a community's gallery.

    Left out: deleted stories, those whose author has hidden them or all of theirs, those without
    a painted page, and all that was told in direct messages. Raises ``BadInputError`` for a
    cursor that is none, or of another order. Words without a letter or digit find nothing.
    """
    edge = _edge(query)
    hits = hit_parameters(query.words, query.community) if query.words.strip() else {}
    if hits is None:
        return GalleryRows(())
    keys = await _keys(connection, query, edge, hits)
    more = len(keys) > query.limit
    keys = keys[: query.limit]
    if not edge.after:
        keys.reverse()
    items = await _items(connection, [key[-1] for key in keys])
    return _with_cursors(keys, items, edge, more=more)


def sort_of(query: GalleryQuery) -> Sort:
    """Return the order of a query; without words nothing is a better hit than another."""
    if query.sort is None or (query.sort == "best" and not query.words.strip()):
        return "best" if query.words.strip() else "newest"
    return query.sort


def _edge(query: GalleryQuery) -> Cursor:
    if not 1 <= query.limit <= MOST_A_SCREEN:
        raise BadInputError(f"A screen of the gallery holds 1 to {MOST_A_SCREEN} stories.")
    sort = sort_of(query)
    if not query.cursor:
        return Cursor(sort, (), start=query.start % SHUFFLES if sort == "random" else 0)
    cursor = decode(query.cursor)
    if cursor.sort != sort:
        raise WordedError(
            f"This place belongs to the order {cursor.sort}, not {sort}: open the gallery again.",
            "gallery_place",
        )
    return cursor


async def _keys(
    connection: Connection, query: GalleryQuery, edge: Cursor, hits: dict[str, str]
) -> list[Key]:
    """Return the keys of up to ``limit`` + 1 stories behind an edge, the nearest first."""
    found: list[Key] = []
    chunk = 4 * (query.limit + 1)
    while len(found) <= query.limit:
        seen, visible = await _next_keys(connection, query, edge, hits, chunk)
        found += visible
        if len(seen) < chunk:
            break
        edge, chunk = replace(edge, key=seen[-1]), 4 * chunk
    return found[: query.limit + 1]


async def _next_keys(
    connection: Connection, query: GalleryQuery, edge: Cursor, hits: dict[str, str], chunk: int
) -> tuple[list[Key], list[Key]]:
    """Return the keys of the next ``chunk`` stories, and of those of them that may be seen."""
    seen: list[Key] = []
    visible: list[Key] = []
    for arc in _arcs(edge):
        sql = _key_sql(query, edge, arc, with_hits=bool(hits))
        values = {**hits, **_values(query, edge), "chunk": chunk - len(seen)}
        rows = await fetch_all(connection, sql, values)
        seen += [tuple(row)[:-1] for row in rows]
        visible += [tuple(row)[:-1] for row in rows if row["visible"]]
        if len(seen) == chunk:
            break
    return seen, visible


def _arcs(edge: Cursor) -> Sequence[str]:
    """Return the stretches of an order in which a screen may lie, one after the other.

    A random order is a ring: from its start down to 0, then from the top down to the start.
    """
    columns = ", ".join(_KEYS[edge.sort])
    names = ", ".join(f":edge{place}" for place in range(len(edge.key)))
    behind = f"({columns}) {'<' if edge.after else '>'} ({names})" if edge.key else "1"
    if edge.sort != "random":
        return (behind,)
    arcs = ("s.shuffle <= :start", "s.shuffle > :start")
    if not edge.after:
        arcs = arcs[::-1]
    if not edge.key:
        return arcs
    in_first = (edge.key[0] <= edge.start) == edge.after
    return (f"{arcs[0]} AND {behind}", arcs[1]) if in_first else (f"{arcs[1]} AND {behind}",)


def _key_sql(query: GalleryQuery, edge: Cursor, arc: str, *, with_hits: bool) -> str:
    columns = _KEYS[edge.sort]
    aliased = ", ".join(f"{column} AS key{place}" for place, column in enumerate(columns))
    keys = [f"key{place}" for place in range(len(columns))]
    downwards = "DESC" if edge.after else "ASC"
    filters = [_LISTED, arc]
    if query.author:
        filters.append("s.person_id = :author")
    if query.style:
        filters.append("s.style = :style")
    stories = "hit CROSS JOIN stories s ON s.serial = hit.story" if with_hits else "stories s"
    return (
        f"{f'WITH hit AS MATERIALIZED ({HITS}) ' if with_hits else ''}"  # noqa: S608
        f"SELECT {', '.join(f'c.{key}' for key in keys)}, ({_VISIBLE}) AS visible"
        f" FROM (SELECT {aliased} FROM {stories} WHERE {' AND '.join(filters)}"
        f" ORDER BY {', '.join(f'{key} {downwards}' for key in keys)} LIMIT :chunk) c"
        f" CROSS JOIN stories s ON s.serial = c.{keys[-1]}"
        f" ORDER BY {', '.join(f'c.{key} {downwards}' for key in keys)}"
    )


def _values(query: GalleryQuery, edge: Cursor) -> dict[str, object]:
    return {
        "community": query.community,
        "author": query.author,
        "style": query.style,
        "start": edge.start,
        **{f"edge{place}": number for place, number in enumerate(edge.key)},
    }


async def _items(connection: Connection, serials: Sequence[int]) -> dict[int, GalleryItem]:
    sql = _ITEMS.format(serials=", ".join(str(serial) for serial in serials))
    rows = await fetch_all(connection, sql) if serials else []
    return {
        row["serial"]: GalleryItem(
            story_id=row["id"],
            title=row["title"],
            person_id=row["person_id"],
            author=row["author"],
            style=row["style"],
            mode=row["mode"],
            loves=row["loves"],
            pages=row["pages"],
            created_at=row["created_at"],
            cover_page=row["page_id"] or "",
            cover_job=row["job_id"] or "",
            thumbnail=row["thumbnail"],
            verdict=row["verdict"],
            alt=row["alt"] or "",
        )
        for row in rows
    }


def _with_cursors(
    keys: Sequence[Key], items: dict[int, GalleryItem], edge: Cursor, *, more: bool
) -> GalleryRows:
    if not keys:
        return GalleryRows(())
    # Where one came from is there, unless it was deleted meanwhile: then that screen is empty.
    is_more_before, is_more_after = (bool(edge.key), more) if edge.after else (more, True)
    before = replace(edge, key=keys[0], after=False).encode() if is_more_before else ""
    after = replace(edge, key=keys[-1], after=True).encode() if is_more_after else ""
    # A story deleted between the two queries is missing here.
    shown = tuple(items[key[-1]] for key in keys if key[-1] in items)
    return GalleryRows(shown, before=before, after=after)
