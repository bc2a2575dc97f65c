"""People's own data: show what is held, hand it over as a ZIP, forget it."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import BadInputError, PagewrightError
from bot.library import audit, people, privacy
from bot.library.ids import iso
from bot.library.library import Library
from bot.library.privacy import Forgotten, Holding, Requester

# Where the trail says that somebody was forgotten: the bot's own place, no chat of theirs.
HOME = "console"
_README = """Everything that this bot holds about you.

person.json            your name here, settings, loves, reports, facts, budgets, jobs, messages, the
                       account that yours is linked with, and the rows of the audit trail that
                       name you
stories/ID/story.json  a story of yours with its whole tree of pages; "own" is false for pages that
                       somebody else asked for
elsewhere.json         pages that you asked for in other people's stories
*.png                  pictures, named page-NUMBER-ID-COUNT.png; start.* is what you sent along

Times are in UTC. Pictures that were withheld are not kept and so are not here.
"""


@dataclass(frozen=True)
class HeldStory:
    """A story of somebody's; ``deleted`` where it only waits to be purged."""

    id: str
    title: str
    created_at: str
    pages: int
    deleted: bool


@dataclass(frozen=True)
class Held:
    """What is held about somebody: their name, figures by kind, and their stories, newest first."""

    person: str
    name: str
    counts: dict[str, int]
    stories: tuple[HeldStory, ...]


class Privacy:
    """What everybody may ask for about themselves, and whoever runs the bot about anybody.

    ``stop_job`` tells the engine of work that is not wanted any more.
    """

    def __init__(
        self, library: Library, *, stop_job: Callable[[str], Awaitable[None]] | None = None
    ) -> None:
        self._library = library
        self._stop_job = stop_job

    async def show(self, person: str) -> Held:
        """Return what is held about somebody, in figures."""
        async with self._library.database.read() as connection:
            held = await privacy.holding(connection, person)
        known = held.records["people.id"]
        return Held(person, known[0]["name"] if known else "", _counts(held), _stories(held))

    async def export(self, person: str, out: Path) -> Path:
        """Write all that is held about somebody to a new ZIP file and return its path.

        Raises ``BadInputError`` where it cannot be written; then nothing is left of it.
        """
        async with self._library.database.read() as connection:
            held = await privacy.holding(connection, person)
        with _new_zip(out) as archive:
            for name, text in _documents(person, held):
                await asyncio.to_thread(archive.writestr, name, text)
            async for name, data in self._pictures(held):
                await asyncio.to_thread(archive.writestr, name, data, zipfile.ZIP_STORED)
        return out

    async def delete(self, person: str, *, requester: Requester = "user") -> Forgotten:
        """Forget somebody: stop their jobs, remove what is theirs, keep what others built on.

        Doing it again changes nothing. The trail keeps that somebody was forgotten, not who.
        """
        async with self._library.database.write() as connection:
            gone = await privacy.forget(connection, person, requester=requester)
            if gone.known:
                await people.know_community(connection, HOME)
                detail = f"{gone.stories} stories removed, {gone.kept} kept without the name"
                await audit.note(
                    connection, "forgot_person", community=HOME, subject=requester, detail=detail
                )
                await privacy.scrub(connection)
        await self._stop(gone.jobs)
        return gone

    async def _stop(self, jobs: tuple[str, ...]) -> None:
        for job in jobs:
            if self._stop_job is not None:
                with suppress(PagewrightError):
                    await self._stop_job(job)

    async def _pictures(self, held: Holding) -> AsyncIterator[tuple[str, bytes]]:
        own = {story["id"] for story in held.records["stories.person_id"]}
        counted: dict[str, int] = {}
        for line in held.pictures:
            page = line["page_id"]
            counted[page] = counted.get(page, 0) + 1
            name = f"page-{line['number']:02}-{page}-{counted[page]}.png"
            folder = "stories" if line["story_id"] in own else "elsewhere"
            async with self._library.database.read() as connection:
                data = await privacy.picture_bytes(connection, line["serial"])
            if data:
                yield f"{folder}/{line['story_id']}/{name}", data
        for story in own:
            async with self._library.database.read() as connection:
                data = await privacy.start_picture(connection, story)
            if data:
                yield f"stories/{story}/start.{_kind(data)}", data


def _counts(held: Holding) -> dict[str, int]:
    counts = {
        "stories": held.records["stories.person_id"],
        "pages": [page for page in held.pages if page["own"]],
        "pictures": held.pictures,
        "loves": held.records["loves.person_id"],
        "facts": held.records["facts.person_id"],
        "reports": held.records["reports.person_id"],
        "reports handled": held.records["reports.handled_by"],
        "jobs": held.records["jobs.person_id"],
        "linked accounts": held.records["account_links.person_id"],
        "codes to link accounts": [
            *held.records["link_codes.person_id"],
            *held.records["link_guesses.person_id"],
        ],
        "days with a budget": held.records["budgets.person_id"],
        "messages": held.messages,
        "rows of the audit trail": held.records["audit.person_id"],
    }
    return {name: len(rows) for name, rows in counts.items()}


def _stories(held: Holding) -> tuple[HeldStory, ...]:
    pages: dict[str, int] = {}
    for page in held.pages:
        pages[page["story_id"]] = pages.get(page["story_id"], 0) + 1
    rows = sorted(held.records["stories.person_id"], key=lambda row: -row["created_at"])
    return tuple(
        HeldStory(
            id=row["id"],
            title=row["title"],
            created_at=iso(row["created_at"]),
            pages=pages.get(row["id"], 0),
            deleted=row["deleted_at"] is not None,
        )
        for row in rows
    )


def _documents(person: str, held: Holding) -> Iterator[tuple[str, str]]:
    """Give the names and texts of all files that are no pictures."""
    yield "README.txt", _README
    stories = held.records["stories.person_id"]
    # A picture's serial is how it is found here, and means nothing elsewhere.
    pictures = [{k: v for k, v in row.items() if k != "serial"} for row in held.pictures]
    yield (
        "person.json",
        _json(
            {
                "id": person,
                **{key: rows for key, rows in held.records.items() if key != "stories.person_id"},
                "messages": held.messages,
                "settings": held.settings,
                "pictures": pictures,
            }
        ),
    )
    for story in stories:
        tree = [page for page in held.pages if page["story_id"] == story["id"]]
        yield f"stories/{story['id']}/story.json", _json({**story, "pages": tree})
    own = {story["id"] for story in stories}
    yield "elsewhere.json", _json([page for page in held.pages if page["story_id"] not in own])


def _json(value: Any) -> str:
    return json.dumps(_dated(value), ensure_ascii=False, indent=2)


def _dated(value: Any) -> Any:
    """Return a value with its moments readable and its flags as such."""
    if isinstance(value, list):
        return [_dated(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {}
    for key, item in value.items():
        if key.endswith("_at") and isinstance(item, int):
            item = iso(item)
        plain[key] = bool(item) if key == "own" else _dated(item)
    return plain


def _kind(data: bytes) -> str:
    """Return the ending for a picture's file."""
    if data.startswith(b"\x89PNG"):
        return "png"
    if data.startswith(b"\xff\xd8"):
        return "jpg"
    return "webp" if data[8:12] == b"WEBP" else "bin"


@contextmanager
def _new_zip(out: Path) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP that is in its place once it is whole; one that exists is never overwritten."""
    if out.exists():
        raise BadInputError(f"{out} exists already: name another file.")
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=out.parent, prefix=".export-", suffix=".zip")
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            archive.compression = zipfile.ZIP_DEFLATED
            yield archive
        Path(temporary).replace(out)
    except OSError as error:
        reason = error.strerror or error
        raise BadInputError(f"{out} cannot be written ({reason}): name another file.") from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
