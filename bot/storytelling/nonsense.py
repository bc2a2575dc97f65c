"""Checks what an engine says before it is believed: one that is broken must not break a library."""

from __future__ import annotations

import math

from engine.api.events import PageDone, PageText, StoryEvent

# Twice the engine's own limit; a page that is longer could never be given back to it.
MAX_PAGE_TEXT = 4000
_MAX_SEED = 2**63 - 1
_MAX_CODE = 2**16 - 1
_MAX_SECONDS = 86_400.0


class NonsenseError(Exception):
    """The engine said something that fits no story: one line, what."""


def check_event(event: StoryEvent) -> None:
    """Raise ``NonsenseError`` for a page's text or picture that cannot be kept."""
    if isinstance(event, PageText | PageDone):
        _check_text(event)
    if isinstance(event, PageDone):
        _check_picture(event)


def sound_seconds(seconds: float) -> float:
    """Return a time as told, from zero to a day; zero for what is no number."""
    return min(max(seconds, 0.0), _MAX_SECONDS) if math.isfinite(seconds) else 0.0


def _check_text(event: PageText | PageDone) -> None:
    if not event.text.strip():
        raise NonsenseError(f"page {event.page} is empty")
    if max(len(event.text), len(event.prompt)) > MAX_PAGE_TEXT:
        raise NonsenseError(f"page {event.page} is longer than {MAX_PAGE_TEXT} characters")
    if not 0 <= event.seed <= _MAX_SEED:
        raise NonsenseError(f"page {event.page} came with the seed {event.seed}")


def _check_picture(event: PageDone) -> None:
    latents = event.latents
    if not event.image:
        raise NonsenseError(f"page {event.page} came without its picture")
    if latents.height < 0 or latents.height * latents.width != len(latents.codes):
        raise NonsenseError(f"the latents of page {event.page} do not fill their grid")
    if latents.codes and not 0 <= min(latents.codes) <= max(latents.codes) <= _MAX_CODE:
        raise NonsenseError(f"the latents of page {event.page} name codes that cannot be")
    if not (math.isfinite(event.clip_score) and math.isfinite(event.seconds)):
        raise NonsenseError(f"the figures of page {event.page} are no numbers")
