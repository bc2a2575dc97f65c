"""``settings``, ``privacy`` and ``db purge``: what holds here, and what is held about people."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.session import Options, open_session, open_shelf, read_settings
from bot.console.state import readable
from bot.errors import BadInputError
from bot.storytelling.permissions import CONSOLE

if TYPE_CHECKING:
    from bot.library.privacy import Forgotten, Requester
    from bot.storytelling.privacy import Held


def show_settings(options: Options) -> int:
    """Print each key and its value, as ``settings set`` takes it."""

    async def read() -> Mapping[str, object]:
        async with open_shelf(read_settings(options)) as teller:
            return (await teller.stewards.settings(CONSOLE)).model_dump()

    _print_settings(asyncio.run(read()))
    return 0


def set_setting(options: Options, key: str, value: str) -> int:
    """Set a key, or with "" let it follow ``config.toml`` again; print its value."""

    async def write() -> Mapping[str, object]:
        async with open_shelf(read_settings(options)) as teller:
            return (await teller.stewards.set_setting(key, value, CONSOLE)).model_dump()

    _print_settings({key: asyncio.run(write())[key]})
    return 0


def show_privacy(options: Options, person: str) -> int:
    """Print what is held about somebody: figures, then a line for each story."""

    async def read() -> Held:
        async with open_shelf(read_settings(options)) as teller:
            return await teller.privacy.show(person)

    held = asyncio.run(read())
    print(_one_line(f"{held.person}  {held.name}"))
    for name, count in held.counts.items():
        print(f"{count:>6}  {name}")
    for story in held.stories:
        gone = "\tdeleted" if story.deleted else ""
        title = _one_line(story.title)
        print(f"{story.id}\t{title}\t{story.pages} pages\t{story.created_at[:10]}{gone}")
    return 0


def export_privacy(options: Options, person: str, out: Path) -> int:
    """Write all that is held about somebody as a ZIP file and print its name."""

    async def write() -> Path:
        async with open_shelf(read_settings(options)) as teller:
            return await teller.privacy.export(person, out)

    print(asyncio.run(write()))
    return 0


def delete_privacy(options: Options, person: str, *, sure: bool) -> int:
    """Forget somebody; asks before unless ``sure``."""
    if not sure and not _says_yes(f"Delete everything that is held about {person}? [y/N] "):
        raise BadInputError("Nothing was deleted: say yes, or give --yes.")
    requester: Requester = "user" if person == CONSOLE.person else "owner"

    async def act() -> Forgotten:
        settings = read_settings(options)
        async with open_session(settings, notify=lambda _: None) as session:
            return await session.teller.privacy.delete(person, requester=requester)

    gone = asyncio.run(act())
    print(f"{gone.stories} stories are gone, {gone.kept} are kept for others without the name")
    return 0


def purge(options: Options) -> int:
    """Remove for good what was deleted long ago."""

    async def act() -> int:
        async with open_shelf(read_settings(options)) as teller:
            return await teller.stewards.purge_deleted()

    gone = asyncio.run(act())
    print("1 story is gone" if gone == 1 else f"{gone} stories are gone")
    return 0


def _says_yes(question: str) -> bool:
    if not sys.stdin.isatty():
        return False
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _one_line(text: str) -> str:
    return " ".join(readable(text).split())


def _print_settings(values: Mapping[str, object]) -> None:
    for key, value in values.items():
        print(f"{key} = {_shown(value)}")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
