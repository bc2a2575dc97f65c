"""The small lines around a page's prose, worded in a language."""

from __future__ import annotations

import math

from bot.chat.page import PageView
from bot.chat.texts import say


def title_line(view: PageView) -> str:
    """Return a page's heading: the story's title."""
    return view.title or say(view.language, "page.untitled")


def footer(view: PageView) -> str:
    """Return the small line under a page: its place, style, seed and the story's id.

    Of a page whose story is deleted nothing is told.
    """
    if view.phase == "deleted":
        return ""
    key = "page.footer" if view.style else "page.footer_plain"
    line = say(
        view.language,
        key,
        number=view.number,
        pages=view.pages,
        style=view.style,
        seed=view.seed,
        story=view.story_id,
    )
    if view.count > 1:
        versions = say(view.language, "page.versions", place=view.place, count=view.count)
        line = f"{line} · {versions}"
    return line


def status(view: PageView) -> str:
    """Return what is going on with a page at the moment, "" where it is done."""
    language = view.language
    match view.phase:
        case "queued":
            return _queue(view)
        case "writing":
            return say(language, "page.writing")
        case "painting" if view.steps:
            percent = round(100 * min(view.step, view.steps) / view.steps)
            return say(language, "page.painting", percent=percent)
        case "painting":
            return say(language, "page.sketching")
        case "paused":
            return say(language, "page.paused")
        case "cancelled":
            return say(language, "page.cancelled")
        case "deleted":
            return say(language, "page.deleted")
        case "failed":
            return say(language, "page.failed", reason=view.reason)
        case _:
            return ""


def _queue(view: PageView) -> str:
    if view.position < 1:
        return say(view.language, "page.starting")
    if view.seconds_left < 0:
        return say(view.language, "page.queued_next")
    wait = duration(view.language, view.seconds_left)
    return say(view.language, "page.queued", position=view.position, wait=wait)


def duration(language: str, seconds: float) -> str:
    """Return about how long something takes, in one unit."""
    if seconds < 2:
        return say(language, "job.soon")
    if seconds < 90:
        step = 1 if seconds < 10 else 5
        return say(language, "job.seconds", count=step * math.ceil(seconds / step))
    if seconds < 5400:
        return say(language, "job.minutes", count=round(seconds / 60))
    return say(language, "job.hours", count=round(seconds / 3600))
