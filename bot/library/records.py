"""Rows of the library as plain data; field names are the columns' names."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class StoryRecord:
    """A story without its pages; moments are milliseconds since 1970."""

    id: str
    community_id: str
    person_id: str
    title: str
    idea: str
    style: str
    avoid: str
    seed: int
    profile: str
    mode: str
    picture: bytes | None
    created_at: int
    updated_at: int
    listed: int = 1
    loves: int = 0


@dataclass(frozen=True)
class JobRecord:
    """A piece of work: pages ``first_page`` to ``last_page`` behind ``base_page_id``.

    A ``redraw`` makes no page, but a further picture of ``target_page_id``.
    """

    id: str
    story_id: str
    person_id: str
    community_id: str
    kind: str
    state: str
    dedup_key: str | None
    base_page_id: str | None
    first_page: int
    last_page: int
    direction: str
    seed: int
    text_only: int
    attempt: int
    lease_owner: str | None
    lease_until: int | None
    error: str
    target_page_id: str | None = None
    charged_ms: int = 0
    charged_day: str = ""
    started_at: int | None = None


@dataclass(frozen=True)
class PageRecord:
    """One page of a story's tree; a first page has no parent.

    ``origin`` is "told", or "edited" where a person wrote the text.
    """

    id: str
    story_id: str
    parent_id: str | None
    job_id: str
    number: int
    chosen: int
    text: str
    prompt: str
    seed: int
    created_at: int
    origin: str = "told"


@dataclass(frozen=True)
class PictureRecord:
    """A page's picture; ``latents`` are codebook indices, uint16 little-endian, by rows.

    ``thumbnail`` is WebP, None until it is made; ``verdict`` is what the picture check said:
    "ok", "spoiler", "blocked", or "" where it was not asked.
    """

    page_id: str
    job_id: str
    image: bytes
    alt: str
    latents: bytes
    latents_height: int
    latents_width: int
    layout_json: str
    seed: int
    steps: int
    clip_score: float
    seconds: float
    created_at: int
    thumbnail: bytes | None = None
    verdict: str = ""


@dataclass(frozen=True)
class CommunityRecord:
    """A server or chat; ``direct`` is 1 where it is a conversation with one person."""

    id: str
    name: str
    created_at: int
    direct: int = 0


@dataclass(frozen=True)
class PersonRecord:
    """Somebody; ``listed`` is 0 where none of their stories may be in a gallery."""

    id: str
    name: str
    created_at: int
    language: str = ""
    listed: int = 1


@dataclass(frozen=True)
class ReportRecord:
    """A report of a story, or of one page of it; open while ``handled_at`` is None."""

    id: str
    community_id: str
    story_id: str
    page_id: str | None
    person_id: str | None
    reason: str
    created_at: int
    handled_at: int | None = None
    handled_by: str | None = None
    outcome: str = ""


@dataclass(frozen=True)
class AuditRecord:
    """A refusal or a moderator's act; ``person_id`` None: forgotten, or the program itself."""

    community_id: str
    person_id: str | None
    action: str
    subject: str
    detail: str
    created_at: int


@dataclass(frozen=True)
class FactRecord:
    """What a story keeps to; ``person_id`` None: who said it is forgotten."""

    id: str
    story_id: str
    person_id: str | None
    text: str
    created_at: int


@dataclass(frozen=True)
class MessageRecord:
    """What a chat message shows: a job at work, or a page; ``platform`` discord or telegram.

    ``number`` is the page's, 0 where nobody knows; ``live`` is 1 while more is to come in it.
    """

    platform: str
    channel_id: str
    message_id: str
    story_id: str
    page_id: str | None
    job_id: str | None
    created_at: int
    number: int = 0
    live: int = 0


def columns(record: type, *, table: str = "") -> str:
    """Return a record's columns for a SELECT, each with its table's name in front if given."""
    dot = f"{table}." if table else ""
    return ", ".join(f"{dot}{field.name}" for field in fields(record))


def placeholders(record: type) -> str:
    """Return named placeholders for an INSERT of a record."""
    return ", ".join(f":{field.name}" for field in fields(record))
