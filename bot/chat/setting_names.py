"""What a place's settings are called: the catalogue's keys of their names and hints."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


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
