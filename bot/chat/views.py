"""Turns what the library and the engine tell into what a page's message shows."""

from __future__ import annotations

from bot.chat.page import PageView
from bot.storytelling.moderation import decision_of
from bot.storytelling.showing import ShownPage
from engine.api.events import PictureVerdict


def finished(page: ShownPage, *, language: str) -> PageView:
    """Return the view of a page that is done."""
    return PageView(
        story_id=page.story_id,
        number=page.number,
        pages=page.pages,
        phase="done",
        title=page.title,
        text=page.text,
        style=page.style,
        seed=page.seed,
        page_id=page.page_id,
        place=page.place,
        count=page.count,
        picture=page.picture,
        alt=page.alt,
        hidden=page.spoiler,
        loves=page.loves,
        author=page.author,
        language=language,
    )


def is_hidden(verdict: PictureVerdict | None) -> bool:
    """Tell whether a picture belongs behind a spoiler."""
    return decision_of(verdict) == "spoiler"
