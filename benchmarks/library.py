"""How fast a large library answers: 25,000 stories with 100,000 pages in 50 communities."""

from __future__ import annotations

import asyncio
import io
import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from PIL import Image

from bot.library import gallery
from bot.library.gallery import GalleryQuery
from bot.library.library import Library, open_library
from bot.library.migrations import migrate
from bot.library.thumbnails import make_thumbnail
from bot.settings import Settings
from bot.storytelling.gallery import Browse, Gallery
from bot.storytelling.permissions import Actor

STYLES = ("", "ink", "oil", "watercolour", "woodcut")
PEOPLE = 2000
PAGES = 4
WORDS_A_PAGE = 45
REPEATS = 25
# As many stories of the largest community have pictures of their true size: those shown first.
FULL_SIZE = 150
Row = tuple[object, ...]


@dataclass(frozen=True)
class Timing:
    """Repeated measurements of one thing, in milliseconds, and what they are held against."""

    name: str
    milliseconds: list[float]
    against: float


def measure_library(folder: Path, *, stories: int = 25_000, repeats: int = REPEATS) -> list[Timing]:
    """Build a library under ``folder`` and measure what a gallery asks of it."""
    path = folder / "large.db"
    build_library(path, stories=stories)
    return asyncio.run(_measure(path, repeats))


def build_library(path: Path, *, stories: int = 25_000, communities: int = 50) -> None:
    """Fill a new database: a fifth of the stories in community 0, the rest in the others."""
    migrate(path)
    chance = random.Random(7)
    tell = _Teller(chance)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -100000")
        connection.execute("BEGIN")
        for table, count in (("communities", communities), ("people", PEOPLE)):
            connection.executemany(
                f"INSERT INTO {table} (id, name, created_at) VALUES (?, ?, 1)",  # noqa: S608
                ((key(n), f"{table} {n}") for n in range(count)),
            )
        for number in range(stories):
            home = 0 if number % 5 == 0 else 1 + chance.randrange(communities - 1)
            _add_story(connection, tell, number, home, full_size=stories - number < 5 * FULL_SIZE)
        connection.execute("COMMIT")


def key(number: int) -> str:
    """Return the id of a community or person."""
    return f"discord:{number:018}"


class _Teller:
    """Makes up words, few of them often and many of them seldom, and pictures."""

    def __init__(self, chance: random.Random) -> None:
        syllables = [a + b for a in "bdfgklmnprstvw" for b in ("a", "e", "i", "o", "u", "ai")]
        made_up = ("".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(9000))
        common = "the a and of to in was it that he she had for on with at by said then his her"
        self.words = [*common.split(), "fox", "moon", "lantern", *made_up]
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))
        self.chance = chance
        self.small = _png(8, chance)
        self.full = _png(192, chance)  # noise: as many bytes as a painting of 256 px
        self.thumbnail = make_thumbnail(self.full)

    def say(self, count: int) -> str:
        return " ".join(self.chance.choices(self.words, cum_weights=self._weights, k=count))


def _png(edge: int, chance: random.Random) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (edge, edge), chance.randbytes(3 * edge * edge)).save(out, "PNG")
    return out.getvalue()


def _add_story(
    connection: sqlite3.Connection, tell: _Teller, number: int, home: int, *, full_size: bool
) -> None:
    story, job = f"s{number:07}", f"j{number:07}"
    person, place = key(tell.chance.randrange(PEOPLE)), key(home)
    connection.execute(
        "INSERT INTO stories (id, community_id, person_id, title, idea, style, seed, loves,"
        " created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (story, place, person, tell.say(5), tell.say(10), tell.chance.choice(STYLES), number,
         0, number, number),
    )  # fmt: skip
    connection.execute(
        "INSERT INTO jobs (id, story_id, person_id, community_id, kind, state, first_page,"
        " last_page, seed, next_run_at, created_at, finished_at)"
        " VALUES (?, ?, ?, ?, 'tell', 'done', 1, ?, 7, 1, 1, 1)",
        (job, story, person, place, PAGES),
    )
    for page in range(1, PAGES + 1):
        before = f"p{number:06}{page - 1}" if page > 1 else None
        page_id = f"p{number:06}{page}"
        connection.execute(
            "INSERT INTO pages (id, story_id, parent_id, job_id, number, text, seed, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, 7, 1)",
            (page_id, story, before, job, page, tell.say(WORDS_A_PAGE)),
        )
        image = tell.full if full_size and home == 0 else tell.small
        connection.execute(
            "INSERT INTO pictures (page_id, job_id, image, latents, latents_height, latents_width,"
            " seed, steps, clip_score, seconds, created_at, thumbnail)"
            " VALUES (?, ?, ?, x'0000', 1, 1, 7, 20, 0.3, 1.0, 1, ?)",
            (page_id, job, image, tell.thumbnail if full_size and home == 0 else tell.small),
        )
    lovers = range(min(PEOPLE, int(tell.chance.paretovariate(0.9)) - 1, 40))
    connection.executemany(
        "INSERT INTO loves (story_id, person_id, created_at) VALUES (?, ?, 1)",
        ((story, key(lover)) for lover in lovers),
    )


async def _measure(path: Path, repeats: int) -> list[Timing]:
    async with open_library(path) as library:
        timings = [
            Timing(f"gallery, {name}", await _time_queries(library, queries), 20.0)
            for name, queries in _queries(repeats)
        ]
        screens = await _time_screens(library, repeats)
        timings.append(Timing("gallery, six with thumbnails", screens, 100.0))
    return timings


def _queries(repeats: int) -> Iterator[tuple[str, list[GalleryQuery]]]:
    """Yield what is asked, in ``repeats`` variations each: none is asked all the time."""
    chance, home = random.Random(11), key(0)
    tell = _Teller(random.Random(7))
    rare = [chance.choice(tell.words[200:]) for _ in range(repeats)]
    yield "newest", [GalleryQuery(home)] * repeats
    yield "most loved", [GalleryQuery(home, sort="loved")] * repeats
    starts = (chance.randrange(gallery.SHUFFLES) for _ in range(repeats))
    yield "random", [GalleryQuery(home, sort="random", start=start) for start in starts]
    authors = [key(chance.randrange(PEOPLE)) for _ in range(repeats)]
    yield "by author", [GalleryQuery(home, author=author) for author in authors]
    yield (
        "by author, most loved",
        [GalleryQuery(home, author=author, sort="loved") for author in authors],
    )
    yield (
        "by style",
        [GalleryQuery(home, style=chance.choice(STYLES[1:])) for _ in range(repeats)],
    )
    yield "by a word", [GalleryQuery(home, words=word) for word in rare]
    yield "by a beginning", [GalleryQuery(home, words=word[:3]) for word in rare]
    yield 'by the word "the"', [GalleryQuery(home, words="the")] * repeats
    yield "by three words", [GalleryQuery(home, words=f"the {word[:4]} of") for word in rare]


async def _time_queries(library: Library, queries: Sequence[GalleryQuery]) -> list[float]:
    """Time each query and the screen behind its first one."""
    taken = []
    for query in queries:
        cursor = ""
        for _ in range(2):
            asked = GalleryQuery(**(vars(query) | {"cursor": cursor}))
            started = time.perf_counter()
            async with library.database.read() as connection:
                rows = await gallery.find(connection, asked)
            taken.append(1000 * (time.perf_counter() - started))
            cursor = rows.after
            if not cursor:
                break
    return taken


async def _time_screens(library: Library, repeats: int) -> list[float]:
    """Time whole screens through the use case, leafing on from the newest stories."""
    shown, actor, cursor, taken = Gallery(library, Settings()), Actor(key(1), key(0)), "", []
    for _ in range(min(repeats, FULL_SIZE // gallery.SCREEN)):
        started = time.perf_counter()
        screen = await shown.browse(Browse(cursor=cursor), actor)
        taken.append(1000 * (time.perf_counter() - started))
        cursor = screen.after
        if not cursor or not all(entry.thumbnail for entry in screen.entries):
            break
    return taken
