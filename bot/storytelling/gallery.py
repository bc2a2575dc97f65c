"""The gallery as people leaf through it: one community's stories, six covers at a time."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.errors import PagewrightError, WordedError
from bot.library import community_settings, gallery, pictures
from bot.library.community_settings import CommunitySettings
from bot.library.cursors import Sort
from bot.library.database import Connection
from bot.library.gallery import SCREEN, SHUFFLES, GalleryItem, GalleryQuery, GalleryRows
from bot.library.ids import iso
from bot.library.library import Library
from bot.library.records import PictureRecord
from bot.library.thumbnails import make_thumbnail
from bot.library.words import match_query
from bot.settings import Settings
from bot.storytelling.permissions import Actor

if TYPE_CHECKING:
    from bot.books.contact_sheet import Cover

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Browse:
    """What somebody wants to see; ``author`` is a person's id, ``cursor`` a screen's neighbour.

    ``sort`` None: best hits first where ``words`` are given, else the newest. ``seed`` makes a
    random order the same again; None draws one, which the cursors of the screens then remember.
    """

    sort: Sort | None = None
    words: str = ""
    author: str = ""
    style: str = ""
    seed: int | None = None
    cursor: str = ""
    limit: int = SCREEN


@dataclass(frozen=True)
class GalleryEntry:
    """A story on a screen; ``number`` counts from 1, ``pages`` along the chosen siblings.

    ``cover_page`` is the id of the page whose picture is the cover, "" where there is none;
    ``thumbnail`` is WebP, b"" where there is nothing to show; a ``spoiler`` is to be shown only
    to those who ask for it. ``created_at`` is ISO 8601 in UTC.
    """

    number: int
    story_id: str
    title: str
    person: str
    author: str
    style: str
    mode: str
    loves: int
    pages: int
    created_at: str
    cover_page: str
    thumbnail: bytes
    spoiler: bool
    alt: str


@dataclass(frozen=True)
class GalleryScreen:
    """One screen; ``before`` and ``after`` are the cursors of its neighbours, "" at either end."""

    entries: tuple[GalleryEntry, ...]
    sort: Sort
    words: str = ""
    before: str = ""
    after: str = ""


class Gallery:
    """Shows an actor what is listed where they are; there is no way to name another place."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self._settings = settings

    async def browse(self, asked: Browse, actor: Actor) -> GalleryScreen:
        """Return a screen; raise ``BadInputError`` where there is no gallery, or a bad cursor."""
        query = _query(asked, actor)
        async with self._library.database.read() as connection:
            rules = await self._rules(connection, actor)
            rows = await gallery.find(connection, query)
            if query.cursor and not rows.items:
                # All that lay there was deleted meanwhile.
                rows = await gallery.find(connection, replace(query, cursor=""))
        items = await self._with_thumbnails(rows.items, rules)
        return _screen(query, rows, items, rules)

    async def search(
        self, words: str, actor: Actor, *, sort: Sort | None = None, cursor: str = ""
    ) -> GalleryScreen:
        """Return a screen of stories that hold all words, the beginnings of words included.

        Raises ``BadInputError`` where there is no word to look for.
        """
        if not match_query(words):
            raise WordedError(
                "There is no word to look for: name one that the story holds.", "no_word"
            )
        return await self.browse(Browse(sort=sort, words=words, cursor=cursor), actor)

    async def contact_sheet(self, screen: GalleryScreen) -> bytes:
        """Return a screen's covers as one JPEG, numbered like its entries (at most six)."""
        # What shapes letters is 15 MB of code, which a bot need not hold before it is asked for.
        from bot.books.contact_sheet import MOST_COVERS, contact_sheet

        entries = screen.entries[:MOST_COVERS]
        if not entries:
            raise WordedError("There is no story to show here yet.", "gallery_empty")
        shown = [entry.cover_page for entry in entries if entry.thumbnail]
        async with self._library.database.read() as connection:
            painted = await pictures.newest_of(connection, shown)
        covers = [_cover(entry, painted.get(entry.cover_page)) for entry in entries]
        return await asyncio.to_thread(contact_sheet, covers)

    async def _rules(self, connection: Connection, actor: Actor) -> CommunitySettings:
        defaults = community_settings.defaults_from(self._settings)
        rules = await community_settings.load(connection, actor.community, defaults)
        if actor.direct:
            raise WordedError(
                "Stories told in private are in no gallery: ask for one in a server or group.",
                "gallery_private",
            )
        if not rules.gallery:
            raise WordedError(
                "The gallery is switched off here: a moderator can switch it on in the settings.",
                "gallery_off",
            )
        return rules

    async def _with_thumbnails(
        self, items: Iterable[GalleryItem], rules: CommunitySettings
    ) -> list[GalleryItem]:
        """Return the items with the thumbnails that are missing made, and kept for next time."""
        return [
            replace(item, thumbnail=await self._thumbnail(item))
            if item.thumbnail is None and item.cover_page and _is_shown(item, rules)
            else item
            for item in items
        ]

    async def _thumbnail(self, item: GalleryItem) -> bytes:
        async with self._library.database.read() as connection:
            picture = await pictures.get(connection, item.cover_page, item.cover_job)
        if picture is None:  # purged meanwhile
            return b""
        try:
            thumbnail = await asyncio.to_thread(make_thumbnail, picture.image)
        except PagewrightError as error:
            log.warning("no thumbnail of page %s: %s", item.cover_page, error.message)
            return b""
        try:
            async with self._library.database.write() as connection:
                await pictures.set_thumbnail(connection, item.cover_page, item.cover_job, thumbnail)
        except PagewrightError as error:  # a gallery can be looked at on a full disk
            log.warning("the thumbnail of page %s is not kept: %s", item.cover_page, error.message)
        return thumbnail


def _query(asked: Browse, actor: Actor) -> GalleryQuery:
    return GalleryQuery(
        community=actor.community,
        sort=asked.sort,
        words=asked.words,
        author=asked.author,
        style=asked.style.strip().lower(),
        start=_start(asked.seed),
        cursor=asked.cursor,
        limit=asked.limit,
    )


def _start(seed: int | None) -> int:
    """Return where a random order begins; neighbouring seeds begin far from each other."""
    if seed is None:
        return secrets.randbelow(SHUFFLES)
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:4])


def _screen(
    query: GalleryQuery, rows: GalleryRows, items: list[GalleryItem], rules: CommunitySettings
) -> GalleryScreen:
    return GalleryScreen(
        entries=tuple(_entry(n, item, rules) for n, item in enumerate(items, start=1)),
        sort=gallery.sort_of(query),
        words=query.words,
        before=rows.before,
        after=rows.after,
    )


def _entry(number: int, item: GalleryItem, rules: CommunitySettings) -> GalleryEntry:
    return GalleryEntry(
        number=number,
        story_id=item.story_id,
        title=item.title,
        person=item.person_id,
        author=item.author,
        style=item.style,
        mode=item.mode,
        loves=item.loves,
        pages=item.pages,
        created_at=iso(item.created_at),
        cover_page=item.cover_page,
        thumbnail=(item.thumbnail or b"") if _is_shown(item, rules) else b"",
        spoiler=_is_flagged(item) and rules.pictures == "spoiler",
        alt=item.alt,
    )


def _is_flagged(item: GalleryItem) -> bool:
    return item.verdict in {"spoiler", "blocked"}


def _is_shown(item: GalleryItem, rules: CommunitySettings) -> bool:
    # What was found in a picture stays; what is done about it is the moderators' present choice.
    return not (_is_flagged(item) and rules.pictures == "block")


def _cover(entry: GalleryEntry, picture: PictureRecord | None) -> Cover:
    from bot.books.contact_sheet import Cover

    # What a page was redrawn to meanwhile is not what the screen was checked for.
    is_same = picture is not None and picture.thumbnail == entry.thumbnail
    return Cover(
        title=entry.title,
        author=entry.author,
        image=picture.image if picture and is_same else entry.thumbnail,
        hidden=entry.spoiler,
        fallback=f"Story {entry.story_id}",
    )
