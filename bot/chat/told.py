"""Lines that both chats tell alike: of pages, of galleries, of what is kept of a person."""

from __future__ import annotations

from types import MappingProxyType

from bot.chat.lines import duration
from bot.chat.texts import say
from bot.storytelling.accounts import LinkError
from bot.storytelling.privacy import Held
from bot.storytelling.views import PageDetails

# What is counted, in the order in which it is told, and the words for it.
_COUNTS = (
    ("stories", "privacy.stories"),
    ("pages", "privacy.pages"),
    ("pictures", "privacy.pictures"),
    ("loves", "privacy.loves"),
    ("facts", "privacy.facts"),
    ("reports", "privacy.reports"),
    ("reports handled", "privacy.reports_handled"),
    ("jobs", "privacy.jobs"),
    ("days with a budget", "privacy.budgets"),
    ("messages", "privacy.messages"),
    ("rows of the audit trail", "privacy.audit"),
)
_REFUSALS = MappingProxyType(
    {
        "wrong_code": "link.wrong_code",
        "own_code": "link.own_code",
        "same_platform": "link.same_platform",
        "linked": "link.linked_already",
        "other_linked": "link.other_linked",
    }
)
_ORDERS = MappingProxyType(
    {
        "newest": "gallery.newest",
        "loved": "gallery.loved",
        "random": "gallery.random",
        "best": "gallery.best",
    }
)


def link_refusal(error: LinkError, language: str) -> str:
    """Return why two accounts are not linked."""
    if error.kind == "guesses":
        return say(language, "link.guesses", wait=duration(language, error.seconds))
    return say(language, _REFUSALS[error.kind])


def gallery_line(sort: str, language: str, *, words: str, style: str) -> str:
    """Return in what order a screen of the gallery is, and what was looked for."""
    looked_for = [say(language, "gallery.words", words=words)] if words else []
    return " · ".join([say(language, _ORDERS[sort]), *looked_for, *([style] if style else [])])


def held_lines(held: Held, language: str) -> list[str]:
    """Return a line for each kind of rows that are kept of a person."""
    counted = [(words, held.counts.get(kind, 0)) for kind, words in _COUNTS]
    return [say(language, words, count=count) for words, count in counted if count]


def picture_line(page: PageDetails, language: str) -> str:
    """Return how a page's picture was painted."""
    return say(
        language,
        "details.picture",
        seed=page.picture_seed,
        steps=page.steps,
        seconds=f"{page.seconds:.1f}",
        score=f"{page.clip_score:.2f}",
    )
