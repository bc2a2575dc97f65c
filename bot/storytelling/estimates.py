"""How long jobs take, from those that were done lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.library.database import Connection, fetch_one

# Until something was done: about what the starter models take on two cores.
PRIOR_PAGE_S = 5.0
PRIOR_TEXT_S = 1.0
PRIOR_PICTURE_S = 5.0
# A median of so many forgets another profile's or machine's times within a day.
RECENT = 40

# A done job's charge was settled to the time that the models took for it.
_MEDIAN_OF_JOBS = """
SELECT avg(seconds) FROM (
    SELECT seconds, row_number() OVER (ORDER BY seconds) AS place, count(*) OVER () AS many FROM (
        SELECT charged_ms / 1000.0 / (last_page - first_page + 1) AS seconds FROM jobs
        WHERE state = 'done' AND charged_ms > 0 AND text_only = :text_only
        AND (kind IN ('edit', 'redraw')) = :picture
        ORDER BY serial DESC LIMIT :recent))
WHERE place IN ((many + 1) / 2, (many + 2) / 2)
"""
_MEDIAN_OF_PICTURES = """
SELECT avg(seconds) FROM (
    SELECT seconds, row_number() OVER (ORDER BY seconds) AS place, count(*) OVER () AS many
    FROM (SELECT seconds FROM pictures WHERE seconds > 0 ORDER BY serial DESC LIMIT :recent))
WHERE place IN ((many + 1) / 2, (many + 2) / 2)
"""


class Sized(Protocol):
    """What tells how much work a job is."""

    @property
    def kind(self) -> str:
        """What is made."""

    @property
    def text_only(self) -> int:
        """Whether there are no pictures."""

    @property
    def pages(self) -> int:
        """How many pages are to be made."""


@dataclass(frozen=True)
class Times:
    """Seconds that the models take for a page with its picture, its text, or its picture alone."""

    page_s: float = PRIOR_PAGE_S
    text_s: float = PRIOR_TEXT_S
    picture_s: float = PRIOR_PICTURE_S

    def seconds(self, job: Sized) -> float:
        """Return the seconds that a job's pages will take."""
        if job.kind in ("edit", "redraw"):
            return self.picture_s * job.pages
        return (self.text_s if job.text_only else self.page_s) * job.pages


async def measure(connection: Connection) -> Times:
    """Return the medians of what was done lately; priors where there is nothing to go by."""
    page = await _median(connection, _MEDIAN_OF_JOBS, text_only=0, picture=0)
    text = await _median(connection, _MEDIAN_OF_JOBS, text_only=1, picture=0)
    picture = await _median(connection, _MEDIAN_OF_JOBS, text_only=0, picture=1)
    picture = picture or await _median(connection, _MEDIAN_OF_PICTURES)
    return Times(
        page_s=page or picture or PRIOR_PAGE_S,
        text_s=text or PRIOR_TEXT_S,
        picture_s=picture or PRIOR_PICTURE_S,
    )


async def _median(connection: Connection, sql: str, **values: int) -> float | None:
    row = await fetch_one(connection, sql, {**values, "recent": RECENT})
    return float(row[0]) if row and row[0] is not None else None
