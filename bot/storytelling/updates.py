"""What a story's listener is told: its opening, then the engine's events, each stored before."""

from __future__ import annotations

from dataclasses import dataclass

from engine.api.events import (
    Failed,
    Heartbeat,
    PageDone,
    PageText,
    Preview,
    Queued,
    StoryDone,
    TextDelta,
)


@dataclass(frozen=True)
class StoryOpened:
    """A story is in the library and pages ``first_page`` to ``pages`` are to come.

    ``title`` is provisional (the idea, shortened) until the end of the story's first telling.
    ``kind`` is the job's; ``page_id`` the page that an edit wrote or a redraw paints again.
    ``duplicate``: this wish came before; nothing else follows.
    """

    story_id: str
    job_id: str
    title: str
    seed: int
    first_page: int
    pages: int
    style: str = ""
    duplicate: bool = False
    kind: str = "tell"
    page_id: str = ""


@dataclass(frozen=True)
class EngineLost:
    """The engine went away; the story goes on by itself from ``resume_from_page``."""

    attempt: int
    attempts: int
    resume_from_page: int
    message: str


Update = (
    StoryOpened
    | EngineLost
    | Queued
    | TextDelta
    | PageText
    | Preview
    | PageDone
    | StoryDone
    | Failed
    | Heartbeat
)


@dataclass(frozen=True)
class StorySummary:
    """One line of a list of stories; ``created_at`` is ISO 8601 in UTC, ``state`` a job state.

    ``pages`` counts those on the chosen branch, ``painted`` the ones with a picture.
    """

    id: str
    title: str
    idea: str
    style: str
    seed: int
    pages: int
    painted: int
    state: str
    created_at: str
