"""``gallery`` and ``show``: the library, locally."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.commands.session import Options, open_shelf, read_settings

if TYPE_CHECKING:
    from bot.library.cursors import Sort
    from bot.storytelling.gallery import GalleryScreen
    from bot.storytelling.updates import StorySummary

_SORTS: dict[str, Sort] = {"new": "newest", "loved": "loved", "random": "random"}
# What a cursor begins with tells its order.
_SORT_OF_CURSOR: dict[str, Sort] = {"n": "newest", "l": "loved", "r": "random", "b": "best"}
_MOST_A_SCREEN = 24


@dataclass(frozen=True)
class GalleryWish:
    """What ``gallery`` was asked for; ``sort`` "" and nothing else lists all there is."""

    words: str = ""
    sort: str = ""
    style: str = ""
    by: str = ""
    more: str = ""
    limit: int = 20

    @property
    def browses(self) -> bool:
        """Tell whether the gallery is meant as chats show it: painted stories, by screens."""
        return bool(self.sort or self.style or self.by or self.more)


def gallery(options: Options, asked: GalleryWish) -> int:
    """List stories: all of them, those that hold the words, or a screen of the gallery."""
    from bot.console.gallery import print_gallery, print_screen

    if asked.browses:
        print_screen(asyncio.run(_browse(options, asked)))
    else:
        found = asyncio.run(_list(options, asked))
        print_gallery(found, searched=bool(asked.words.strip()))
    return 0


def show(options: Options, story: str) -> int:
    """Print a story with its pictures."""
    from bot.console.reading import print_book
    from bot.console.terminal import inspect_terminal

    settings = read_settings(options)

    async def take() -> None:
        async with open_shelf(settings) as teller:
            print_book(await teller.book(story), inspect_terminal())

    asyncio.run(take())
    return 0


def show_details(options: Options, story: str, *, tree: bool) -> int:
    """Print a story's branches, or all that made it."""
    from bot.console.details import print_details, print_tree
    from bot.storytelling.permissions import CONSOLE

    settings = read_settings(options)

    async def take() -> None:
        async with open_shelf(settings) as teller:
            details = await teller.views.details(story, CONSOLE)
        (print_tree if tree else print_details)(details)

    asyncio.run(take())
    return 0


async def _list(options: Options, asked: GalleryWish) -> tuple[StorySummary, ...]:
    async with open_shelf(read_settings(options)) as teller:
        if asked.words.strip():
            return await teller.search(asked.words, limit=asked.limit)
        return await teller.list_stories(limit=asked.limit)


async def _browse(options: Options, asked: GalleryWish) -> GalleryScreen:
    from bot.storytelling.gallery import Browse
    from bot.storytelling.permissions import CONSOLE

    sort = _SORTS.get(asked.sort) or _SORT_OF_CURSOR.get(asked.more[:1])
    browse = Browse(
        sort=sort,
        words=asked.words,
        author=asked.by,
        style=asked.style,
        cursor=asked.more,
        limit=min(asked.limit, _MOST_A_SCREEN),
    )
    async with open_shelf(read_settings(options)) as teller:
        return await teller.gallery.browse(browse, CONSOLE)
