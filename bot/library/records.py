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


@dataclass(frozen=True)
class JobRecord:
    """A piece of work: pages ``first_page`` to ``last_page`` behind ``base_page_id``."""

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


@dataclass(frozen=True)
class PageRecord:
    """One page of a story's tree; a first page has no parent."""

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


@dataclass(frozen=True)
class PictureRecord:
    """A page's picture; ``latents`` are codebook indices, uint16 little-endian, by rows."""

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


def columns(record: type, *, table: str = "") -> str:
    """Return a record's columns for a SELECT, each with its table's name in front if given."""
    dot = f"{table}." if table else ""
    return ", ".join(f"{dot}{field.name}" for field in fields(record))


def placeholders(record: type) -> str:
    """Return named placeholders for an INSERT of a record."""
    return ", ".join(f":{field.name}" for field in fields(record))
