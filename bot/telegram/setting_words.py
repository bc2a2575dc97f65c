"""A place's settings in words: their names, hints, values, and what can be chosen by a button."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from bot.chat.setting_names import NAMES
from bot.chat.texts import LANGUAGES, say
from bot.storytelling.stewarding import CommunitySettings

# Channels and roles are Discord's; on Telegram the chat itself is the place, its administrators
# the moderators.
ELSEWHERE = frozenset({"story_channel", "moderators_role"})
_LANGUAGES = MappingProxyType(
    {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français", "ja": "日本語"}
)


SETTINGS = MappingProxyType({key: words for key, words in NAMES.items() if key not in ELSEWHERE})
_PICTURES = MappingProxyType(
    {
        "off": "settings.pictures_off",
        "spoiler": "settings.pictures_spoiler",
        "block": "settings.pictures_block",
    }
)
# Values that are chosen by a button instead of written; those of style are the engine's.
_SECONDS = ("0", "30", "60", "300", "3600")
_BUDGETS = ("0", "300", "900", "3600")


def value_text(settings: CommunitySettings, key: str, language: str) -> str:
    """Return a setting's value as people read it."""
    return _worded(key, getattr(settings, key), language)


def choices(key: str, styles: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values of a setting that buttons offer; none where it is to be written."""
    match key:
        case "nsfw" | "gallery":
            return ("on", "off")
        case "pictures":
            return tuple(_PICTURES)
        case "pages":
            return tuple(map(str, range(1, 9)))
        case "cooldown_s":
            return _SECONDS
        case "daily_budget_s":
            return _BUDGETS
        case "style":
            return styles
        case "language":
            return LANGUAGES
        case _:
            return ()


def choice_text(key: str, value: str, language: str) -> str:
    """Return a choice as its button words it."""
    match key:
        case "nsfw" | "gallery":
            return _worded(key, value == "on", language)
        case "cooldown_s" | "daily_budget_s":
            return _worded(key, float(value), language)
        case _:
            return _worded(key, value, language)


def is_chosen(settings: CommunitySettings, key: str, value: str) -> bool:
    """Tell whether a choice is what holds now."""
    now = getattr(settings, key)
    if isinstance(now, bool):
        return now == (value == "on")
    return float(value) == now if isinstance(now, int | float) else value == now


def _worded(key: str, value: Any, language: str) -> str:
    if isinstance(value, bool):
        return say(language, "settings.on" if value else "settings.off")
    match key:
        case "pictures":
            return say(language, _PICTURES[value])
        case "blocked_words":
            count = len(value)
            return say(language, "settings.words", count=count) if count else _none(language)
        case "cooldown_s":
            return _seconds(value, language) if value else _none(language)
        case "daily_budget_s":
            return _seconds(value, language) if value else say(language, "settings.unlimited")
        case "language":
            return _LANGUAGES.get(value, value) or say(language, "settings.own_language")
        case "style":
            return str(value) or say(language, "settings.own_style")
        case _:
            return str(value) or _none(language)


def _seconds(value: float, language: str) -> str:
    return say(language, "settings.seconds", count=f"{value:g}" if value != 1 else 1)


def _none(language: str) -> str:
    return say(language, "settings.none")
