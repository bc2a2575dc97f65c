"""Reports, and what moderators and whoever runs the bot do: handle them, settings, purge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.errors import BadInputError, WordedError
from bot.library import audit, community_settings, lookups, reports, stories
from bot.library.community_settings import CommunitySettings
from bot.library.ids import ID_LENGTH, iso, new_id, now_ms, read_id
from bot.library.library import Library
from bot.library.records import ReportRecord, StoryRecord
from bot.settings import Settings
from bot.storytelling.actions import Actions, delete_now
from bot.storytelling.house_rules import house_rules
from bot.storytelling.permissions import Actor, check
from bot.storytelling.shelf import PageRef, find_page, find_story
from bot.storytelling.wording import worded_reason

__all__ = ["CommunitySettings", "Outcome", "Report", "Stewards"]

Outcome = Literal["dismissed", "deleted"]
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Report:
    """A report as moderators see it; ``page_id`` "" is the whole story, ``title`` the story's."""

    id: str
    story_id: str
    title: str
    page_id: str
    person: str
    reason: str
    created_at: str


@dataclass(frozen=True)
class DeletedStory:
    """A deleted story that is not gone for good yet."""

    id: str
    title: str


class Stewards:
    """Looks after a community."""

    def __init__(self, library: Library, settings: Settings, acts: Actions) -> None:
        self._library = library
        self._settings = settings
        self._acts = acts

    async def report(
        self, story_ref: str, actor: Actor, *, reason: str = "", page: PageRef = None
    ) -> Report:
        """Tell the moderators of a story, or of one page; a repeat gives the open report."""
        reason = worded_reason(reason)
        async with self._library.database.write() as connection:
            story = await find_story(connection, story_ref, actor)
            check(actor, "report", story)
            found = None if page is None else await find_page(connection, story, page)
            record = ReportRecord(
                id=new_id(),
                community_id=story.community_id,
                story_id=story.id,
                page_id=found.id if found else None,
                person_id=actor.person,
                reason=reason,
                created_at=now_ms(),
            )
            return _report(await reports.insert(connection, record), story)

    async def open_reports(self, actor: Actor, *, limit: int = 50) -> tuple[Report, ...]:
        """Return the community's open reports, the oldest first."""
        check(actor, "handle_reports")
        found = []
        async with self._library.database.read() as connection:
            for record in await reports.open_of(connection, actor.community, limit=limit):
                if story := await stories.get(connection, record.story_id):
                    found.append(_report(record, story))
        return tuple(found)

    async def handle_report(self, report_id: str, outcome: Outcome, actor: Actor) -> None:
        """Close a report; "deleted" deletes its story too, which can be restored for a while."""
        check(actor, "handle_reports")
        async with self._library.database.write() as connection:
            record = await reports.get(connection, _whole_id(report_id))
            if record is None or record.community_id != actor.community:
                raise BadInputError(
                    f'There is no report "{report_id[:40]}" here: look at the list.'
                )
            story = await stories.get(connection, record.story_id)
            if not await reports.handle(connection, record.id, by=actor.person, outcome=outcome):
                raise WordedError(f"The report {record.id} was handled before.", "report_handled")
            stopped = []
            if outcome == "deleted" and story is not None:
                check(actor, "delete", story)
                stopped = await delete_now(connection, story, actor)
            await audit.note(
                connection,
                "handled_report",
                community=actor.community,
                person=actor.person,
                subject=record.id,
                detail=outcome,
            )
        for job_id in stopped:
            await self._acts.stop_job(job_id)

    async def deleted(self, actor: Actor) -> tuple[DeletedStory, ...]:
        """Return the community's stories deleted last, which ``acts.restore`` brings back."""
        check(actor, "handle_reports")
        async with self._library.database.read() as connection:
            found = await lookups.deleted_stories(connection, actor.community, (), "")
        return tuple(DeletedStory(story.id, story.title) for story in found)

    async def settings(self, actor: Actor) -> CommunitySettings:
        """Return the community's settings."""
        async with self._library.database.read() as connection:
            return (await house_rules(connection, self._settings, actor.community)).chosen

    async def set_setting(self, key: str, value: str, actor: Actor) -> CommunitySettings:
        """Set one of the community's settings from text, "" for what config.toml says.

        Raises ``BadInputError`` for an unknown key or a value outside its kind or the bot's limits.
        """
        check(actor, "set_settings")
        defaults = community_settings.defaults_from(self._settings)
        async with self._library.database.write() as connection:
            community = actor.community
            if value:
                chosen = await community_settings.save(
                    connection, community, key, value, defaults=defaults
                )
            else:
                chosen = await community_settings.reset(
                    connection, community, key, defaults=defaults
                )
            await audit.note(
                connection, "changed_setting", community=community, person=actor.person, subject=key
            )
        return chosen

    async def purge_deleted(self) -> int:
        """Remove for good what was deleted ``limits.keep_deleted_days`` ago; return how much."""
        moment = now_ms() - self._settings.limits.keep_deleted_days * _DAY_MS
        gone = 0
        while True:
            async with self._library.database.write() as connection:
                found = await stories.purge(connection, deleted_before=moment)
            gone += found
            if not found:
                return gone


def _report(record: ReportRecord, story: StoryRecord) -> Report:
    return Report(
        id=record.id,
        story_id=record.story_id,
        title=story.title,
        page_id=record.page_id or "",
        person=record.person_id or "",
        reason=record.reason,
        created_at=iso(record.created_at),
    )


def _whole_id(text: str) -> str:
    report_id = read_id(text)
    return report_id if len(report_id) == ID_LENGTH else ""
