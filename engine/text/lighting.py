"""Keeps the hour of a story's pictures until its prose tells of another one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.text.hours import HOURS, told_hours, told_weathers
from engine.text.page import PageText

_SAID = re.compile(rf" ({'|'.join(HOURS.values())})\b")
_NAMES = {phrase: hour for hour, phrase in HOURS.items()}
_NO_HOUR = re.compile(r"\b(?:on the moon|in space)\b")
_WEATHER = re.compile(r", (?:snow|rain|fog|cloudy|rainbow|clear)$")


def keep_light(
    prompt: str, *, text: str, before: Sequence[PageText] = (), wish: str = "", direction: str = ""
) -> str:
    """Return a page's picture prompt with the hour and the weather that its prose tells of.

    An hour that neither prose, ``direction`` nor ``wish`` tells of is not changed to: a prompt that
    says none, or the one before, leaves the picture as light as that of the page ``before``.
    """
    hour = _hour(prompt, text=text, before=before, wish=wish, direction=direction)
    told = told_weathers(text) or told_weathers(direction)
    lit = _SAID.sub("", prompt)
    weather = _WEATHER.search(lit)
    end = weather.start() if weather else len(lit)
    said = f" {HOURS[hour]}" if hour and not _NO_HOUR.search(lit) else ""
    sky = f", {told[-1]}" if told and not weather else lit[end:]
    return f"{lit[:end]}{said}{sky}"


def said_hour(prompt: str) -> str:
    """Return the hour that a picture prompt of the writer's says, or ""."""
    found = _SAID.search(prompt)
    return _NAMES[found[1]] if found else ""


def _hour(prompt: str, *, text: str, before: Sequence[PageText], wish: str, direction: str) -> str:
    """Return the hour that a prompt shall say, "" for that of the page before."""
    said = said_hour(prompt)
    told = told_hours(text) or told_hours(direction)
    if told:
        return said if _fits(said, told) else told[-1]
    wished = told_hours(wish)
    if not before:
        return said or (wished[-1] if wished else "")
    now = _hour_after(before[-1])
    shown = said_hour(before[-1].prompt)
    if said and (said in wished or said == now):
        return said
    return now if now != shown else ""


def _fits(said: str, told: Sequence[str]) -> bool:
    """Say whether an hour is among those told of; evenings end in nights."""
    return said in told or (said == "night" and told[-1] == "sunset")


def _hour_after(page: PageText) -> str:
    """Return the hour that it is at the end of a page, "" where nobody knows."""
    shown, told = said_hour(page.prompt), told_hours(page.text)
    return told[-1] if told and not _fits(shown, told[-1:]) else shown
