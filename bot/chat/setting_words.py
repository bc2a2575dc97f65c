"""A place's settings in words: the catalogue's keys of their names and hints, and their values."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.chat.texts import say


@dataclass(frozen=True)
class Words:
    """Keys of the catalogue: a setting's name and hint."""

    name: str
    hint: str


NAMES = MappingProxyType(
    {
        "nsfw": Words("settings.nsfw", "settings.nsfw_hint"),
        "pictures": Words("settings.pictures", "settings.pictures_hint"),
        "blocked_words": Words("settings.blocked_words", "settings.blocked_words_hint"),
        "pages": Words("settings.pages", "settings.pages_hint"),
        "cooldown_s": Words("settings.cooldown_s", "settings.cooldown_s_hint"),
        "daily_budget_s": Words("settings.daily_budget_s", "settings.daily_budget_s_hint"),
        "style": Words("settings.style", "settings.style_hint"),
        "language": Words("settings.language", "settings.language_hint"),
        "gallery": Words("settings.gallery", "settings.gallery_hint"),
        "story_channel": Words("settings.story_channel", "settings.story_channel_hint"),
        "moderators_role": Words("settings.moderators_role", "settings.moderators_role_hint"),
    }
)
PICTURES = MappingProxyType(
    {
        "off": "settings.pictures_off",
        "spoiler": "settings.pictures_spoiler",
        "block": "settings.pictures_block",
    }
)
_LANGUAGES = MappingProxyType(
    {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français", "ja": "日本語"}
)


def value_text(key: str, value: Any, language: str) -> str:
    """Return a setting's value as people read it."""
    if isinstance(value, bool):
        return say(language, "settings.on" if value else "settings.off")
    match key:
        case "pictures":
            return say(language, PICTURES[value])
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
