"""What of a place's settings can be chosen by a button."""

from __future__ import annotations

from types import MappingProxyType

from bot.chat.setting_words import NAMES, PICTURES, value_text
from bot.chat.texts import LANGUAGES
from bot.storytelling.stewarding import CommunitySettings

# Channels and roles are Discord's; on Telegram the chat itself is the place, its administrators
# the moderators.
ELSEWHERE = frozenset({"story_channel", "moderators_role"})
SETTINGS = MappingProxyType({key: words for key, words in NAMES.items() if key not in ELSEWHERE})
# Values that are chosen by a button instead of written; those of style are the engine's.
_SECONDS = ("0", "30", "60", "300", "3600")
_BUDGETS = ("0", "300", "900", "3600")


def choices(key: str, styles: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values of a setting that buttons offer; none where it is to be written."""
    match key:
        case "nsfw" | "gallery":
            return ("on", "off")
        case "pictures":
            return tuple(PICTURES)
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
            return value_text(key, value == "on", language)
        case "cooldown_s" | "daily_budget_s":
            return value_text(key, float(value), language)
        case _:
            return value_text(key, value, language)


def is_chosen(settings: CommunitySettings, key: str, value: str) -> bool:
    """Tell whether a choice is what holds now."""
    now = getattr(settings, key)
    if isinstance(now, bool):
        return now == (value == "on")
    return float(value) == now if isinstance(now, int | float) else value == now
