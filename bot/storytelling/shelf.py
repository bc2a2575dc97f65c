"""Finds stories and takes them off the shelf as books."""

from __future__ import annotations

import json
from pathlib import Path

from bot.books.book import Book, BookPage, BookTree, TreePage
from bot.errors import BadInputError
from bot.library import lookups, pages, pictures, stories
from bot.library.database import Connection
from bot.library.ids import iso, read_id
from bot.library.records import PageRecord, PictureRecord, StoryRecord
from bot.storytelling.permissions import Actor
from bot.storytelling.updates import StorySummary
from engine.api.events import Latents

# A page: its number along the chosen branch, its id, or None for the last one of that branch.
PageRef = int | str | None
LAST = "last"


async def find_story(connection: Connection, story_ref: str, actor: Actor) -> StoryRecord:
    """Return the story that ``story_ref`` means; raise ``BadInputError`` where none does.

    It is an id, an id's unambiguous beginning, the folder of a book, or "last"; of this community,
    or else one of the actor's own from elsewhere.
    """
    found: list[str] = []
    if story_ref.strip().lower() == LAST:
        newest = await stories.newest_id(connection, actor.community)
        found = [newest] if newest else []
    elif begun := _read_ref(story_ref):
        found = await stories.find_ids(connection, actor.community, begun)
        found = found or await lookups.ids_by(connection, actor.persons, begun)
    story = await stories.get(connection, _only(found, story_ref)) if found else None
    if story is None:
        raise BadInputError(
            f'There is no story "{_shown(story_ref)}" here: give its id, the id\'s beginning,'
            ' "last", or the folder of its book.'
        )
    return story


async def find_deleted(connection: Connection, story_ref: str, actor: Actor) -> StoryRecord:
    """Return a deleted story that can still be restored; "last" is the one deleted last."""
    last = story_ref.strip().lower() == LAST
    begun = "" if last else _read_ref(story_ref)
    found: list[StoryRecord] = []
    if last or begun:
        found = await lookups.deleted_stories(connection, actor.community, actor.persons, begun)
    if not found:
        raise BadInputError(
            f'There is no deleted story "{_shown(story_ref)}" here: it was not deleted, or it is'
            " gone for good."
        )
    _only([story.id for story in found[:1] if last] or [s.id for s in found], story_ref)
    return found[0]


async def find_page(connection: Connection, story: StoryRecord, page_ref: PageRef) -> PageRecord:
    """Return a page of a story; raise ``BadInputError`` where it has no such page."""
    if isinstance(page_ref, str):
        page = await pages.get(connection, page_ref)
        if page is None or page.story_id != story.id:
            raise BadInputError(f'"{_shown(page_ref)}" is no page of the story {story.id}.')
        return page
    branch = await pages.chosen_branch(connection, story.id)
    if not branch:
        raise BadInputError(f"The story {story.id} has no page yet: resume it first.")
    number = len(branch) if page_ref is None else page_ref
    if not 1 <= number <= len(branch):
        raise BadInputError(f"There is no page {number}: the story has pages 1 to {len(branch)}.")
    return branch[number - 1]


def _read_ref(story_ref: str) -> str:
    return _id_of_book(story_ref.strip()) or read_id(story_ref)


def _only(found: list[str], story_ref: str) -> str:
    if len(found) > 1:
        raise BadInputError(
            f'"{story_ref}" is the beginning of several ids ({", ".join(found)}): give more of it.'
        )
    return found[0]


def _shown(text: str) -> str:
    return text[:80]


def _id_of_book(story_ref: str) -> str:
    """Return the id in a book's folder, or "" where there is no such folder."""
    path = Path(story_ref)
    record = path if path.name == "book.json" else path / "book.json"
    try:
        if not story_ref or not record.is_file():
            return ""
    except (OSError, ValueError):  # too long, or nothing that could be a path
        return ""
    try:
        book = json.loads(record.read_text("utf-8"))
    except (OSError, ValueError):
        raise BadInputError(f"{record} cannot be read as a book: give the story's id.") from None
    return read_id(str(book.get("id", ""))) if isinstance(book, dict) else ""


async def take_book(connection: Connection, story: StoryRecord, leaf: str = "") -> Book:
    """Return the branch that ends with page id ``leaf``, or the chosen one, as a book."""
    branch = await take_branch(connection, story, leaf)
    painted = await pictures.newest_of(connection, (page.id for page in branch))
    author = await lookups.name_of(connection, story.person_id)
    return Book(
        id=story.id,
        title=story.title,
        idea=story.idea,
        style=story.style,
        seed=story.seed,
        profile=story.profile,
        created_at=iso(story.created_at),
        pages=tuple(_book_page(page, painted.get(page.id)) for page in branch),
        author=author,
    )


async def take_tree(connection: Connection, story: StoryRecord) -> BookTree:
    """Return all branches of a story."""
    found = await pages.of_story(connection, story.id)
    painted = await pictures.newest_of(connection, (page.id for page in found))
    return BookTree(
        tuple(
            TreePage(page.parent_id, bool(page.chosen), _book_page(page, painted.get(page.id)))
            for page in found
        )
    )


async def take_branch(
    connection: Connection, story: StoryRecord, leaf: str = ""
) -> list[PageRecord]:
    """Return the pages of the branch that ends with page id ``leaf``, or of the chosen one."""
    if not leaf:
        return await pages.chosen_branch(connection, story.id)
    return await pages.branch(connection, (await find_page(connection, story, leaf)).id)


def _book_page(page: PageRecord, picture: PictureRecord | None) -> BookPage:
    return BookPage(
        number=page.number,
        text=page.text,
        image=picture.image if picture else b"",
        prompt=page.prompt,
        alt=picture.alt if picture else "",
        seed=page.seed,
        steps=picture.steps if picture else 0,
        clip_score=picture.clip_score if picture else 0.0,
        id=page.id,
        latents=_latents(picture) if picture and picture.latents else None,
    )


def _latents(picture: PictureRecord) -> Latents:
    codes = pictures.unpack_codes(picture.latents)
    return Latents(picture.latents_height, picture.latents_width, codes)


def summary(line: stories.StoryLine) -> StorySummary:
    """Return a story's line in a list as people see it."""
    return StorySummary(
        id=line.id,
        title=line.title,
        idea=line.idea,
        style=line.style,
        seed=line.seed,
        pages=line.pages,
        painted=line.painted,
        state=line.state,
        created_at=iso(line.created_at),
    )
