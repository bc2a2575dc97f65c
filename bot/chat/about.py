"""What the bot says of itself: its models, its licence, its health."""

from __future__ import annotations

import asyncio
from importlib.metadata import PackageNotFoundError, version

from bot.chat.service import Service
from bot.chat.texts import say
from bot.errors import PagewrightError
from engine.api.errors import EngineGoneError
from engine.api.events import DEVICE_TO_COME

# Longer than that nobody waits to hear how the engine is.
PATIENCE_S = 5.0


async def about_lines(service: Service, language: str) -> list[str]:
    """Return the title and the lines below it."""
    return [
        say(language, "about.title", version=_version()),
        say(language, "about.what"),
        *await _health(service, language),
        say(language, "about.licence"),
    ]


async def _health(service: Service, language: str) -> list[str]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            status = await service.engine.status()
    except (EngineGoneError, PagewrightError, TimeoutError):
        return [say(language, "about.down")]
    uptime = uptime_text(status.uptime_seconds, language)
    if status.device == DEVICE_TO_COME:
        lines = [say(language, "about.loading", profile=status.profile)]
    else:
        lines = [say(language, "about.models", profile=status.profile, device=status.device)]
    if status.styles:
        lines.append(say(language, "about.styles", styles=", ".join(status.styles)))
    counts = {"running": status.running, "queued": status.queued}
    return [*lines, say(language, "about.well", uptime=uptime, **counts)]


def uptime_text(seconds: float, language: str) -> str:
    """Return for how long something has been up, in one unit."""
    if seconds < 5400:
        return say(language, "about.minutes", count=round(seconds / 60))
    if seconds < 172_800:
        return say(language, "about.hours", count=round(seconds / 3600))
    return say(language, "about.days", count=round(seconds / 86_400))


def _version() -> str:
    try:
        return version("pagewright")
    except PackageNotFoundError:
        return ""
