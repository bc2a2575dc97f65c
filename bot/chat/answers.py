"""What to answer where something cannot be done, in the language of whoever asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

from bot.chat.lines import duration
from bot.chat.setting_words import NAMES
from bot.chat.texts import say
from bot.errors import PagewrightError, UnavailableError, WordedError
from bot.storytelling.admission import RefusedError
from bot.storytelling.moderation import BlockedWordError
from bot.storytelling.permissions import AT_HOME, Action, ForbiddenError
from engine.api.events import Failed

log = logging.getLogger(__name__)

_SHORTEST_WAIT_S = 2.0
_FAILURES = MappingProxyType(
    {
        "blocked": "answer.blocked_story",
        "out_of_memory": "answer.out_of_memory",
        "unavailable": "answer.unavailable",
    }
)
_REFUSALS = MappingProxyType(
    {
        "person_queue": "answer.person_queue",
        "community_queue": "answer.community_queue",
        "cooldown": "answer.cooldown",
        "budget": "answer.budget",
    }
)
_WORDED = MappingProxyType(
    {
        "gallery_private": "answer.gallery_private",
        "gallery_off": "answer.gallery_off",
        "gallery_empty": "gallery.empty",
        "gallery_place": "answer.gallery_place",
        "no_word": "answer.no_word",
        "english_only": "answer.english_only",
        "told_now": "answer.told_now",
        "told_already": "answer.told_already",
        "idea_empty": "answer.idea_empty",
        "text_empty": "answer.text_empty",
        "text_same": "answer.text_same",
        "fact_empty": "answer.fact_empty",
        "too_long": "answer.too_long",
        "control": "answer.control",
        "page_count": "answer.page_count",
        "page_gone": "answer.page_gone",
        "story_full": "answer.story_full",
        "no_style": "answer.no_style",
        "picture_kind": "answer.picture_kind",
        "picture_large": "answer.picture_large",
        "picture_pixels": "answer.picture_pixels",
        "picture_small": "answer.picture_small",
        "picture_stripe": "answer.picture_stripe",
        "report_handled": "answer.report_handled",
        "setting_value": "answer.setting_value",
        "setting_most": "answer.setting_most",
        "setting_least": "answer.setting_least",
        "setting_between": "answer.setting_between",
    }
)
_AUTHORS, _HERE, _OPEN = "answer.authors_only", "answer.not_here", "answer.solo"
_MODERATORS, _ASKERS = "answer.moderators_only", "answer.askers_only"
_FORBIDDEN: Mapping[Action, str] = MappingProxyType(
    {
        "see": _HERE, "love": _HERE, "report": _HERE, "export": _HERE, "tell": _HERE,
        "continue": _OPEN, "branch": _OPEN, "retry": _OPEN,
        "set_settings": _MODERATORS, "handle_reports": _MODERATORS,
        "resume": _ASKERS, "cancel": _ASKERS,
    }
)  # fmt: skip


def explain(error: Exception, language: str) -> str:
    """Return one kind sentence about an error; what nobody foresaw goes to the log.

    Refusals that everybody may meet are in the person's language; the finer points of what cannot
    be told are in the words of the use case.
    """
    if isinstance(error, RefusedError):
        # "in any moment now" is no answer.
        wait = duration(language, max(_SHORTEST_WAIT_S, error.seconds or 0.0))
        return say(language, _REFUSALS[error.kind], wait=wait)
    if isinstance(error, ForbiddenError):
        if error.message == AT_HOME:
            return say(language, "answer.at_home")
        return say(language, _FORBIDDEN.get(error.action, _AUTHORS))
    if isinstance(error, BlockedWordError):
        return say(language, "answer.blocked")
    if isinstance(error, WordedError) and error.kind in _WORDED:
        return _worded(error, language)
    if isinstance(error, UnavailableError):
        log.warning("%s", error.message)
        return say(language, "answer.engine_away")
    if isinstance(error, PagewrightError):
        return error.message
    log.error("a front-end met a mistake in the program", exc_info=error)
    return say(language, "answer.mistake")


def _worded(error: WordedError, language: str) -> str:
    values = dict(error.values)
    if "setting" in values:
        words = NAMES[values.pop("setting")]
        values |= {"name": say(language, words.name), "hint": say(language, words.hint)}
    return say(language, _WORDED[error.kind], **values)


def reason(failed: Failed, language: str) -> str:
    """Return half a sentence about why a story ended before its last page."""
    return say(language, _FAILURES.get(failed.code, "answer.failed"))
