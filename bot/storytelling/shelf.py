"""Finds stories and takes them off the shelf as books."""

from __future__ import annotations

import json
from pathlib import Path

from bot.books.book import Book, BookPage
from bot.errors import BadInputError
from bot.library import pages, pictures, stories
from bot.library.database import Connection
from bot.library.ids import iso, read_id
from bot.library.records import PageRecord, PictureRecord, StoryRecord
from bot.storytelling.updates import StorySummary


async def find_story(connection: Connection, story_ref: str, community: str) -> StoryRecord:
    """Return the story that ``story_ref`` means; raise ``BadInputError`` where none does.

    It is an id, an id's unambiguous beginning, the folder of a book, or "last".
    """
    story_id = await _find_id(connection, story_ref.strip(), community)
    story = await stories.get(connection, story_id) if story_id else None
    if story is None or story.community_id != community:
        raise BadInputError(
            f'There is no story "{story_ref[:80]}" here: give its id, the id\'s beginning,'
            ' "last", or the folder of its book.'
        )
    return story


async def _find_id(connection: Connection, story_ref: str, community: str) -> str | None:
    if story_ref.lower() == "last":
        return await stories.newest_id(connection, community)
    begun = _id_of_book(story_ref) or read_id(story_ref)
    found = await stories.find_ids(connection, community, begun) if begun else []
    if len(found) > 1:
        raise BadInputError(
            f'"{story_ref}" is the beginning of several ids ({", ".join(found)}): give more of it.'
        )
    return found[0] if found else None


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
    return Book(
        id=story.id,
        title=story.title,
        idea=story.idea,
        style=story.style,
        seed=story.seed,
        profile=story.profile,
        created_at=iso(story.created_at),
        pages=tuple(_book_page(page, painted.get(page.id)) for page in branch),
    )


async def take_branch(
    connection: Connection, story: StoryRecord, leaf: str = ""
) -> list[PageRecord]:
    """Return the pages of the branch that ends with page id ``leaf``, or of the chosen one."""
    if not leaf:
        return await pages.chosen_branch(connection, story.id)
    branch = await pages.branch(connection, leaf)
    if not branch or branch[0].story_id != story.id:
        raise BadInputError(f'"{leaf[:40]}" is no page of the story {story.id}.')
    return branch


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
    )


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
