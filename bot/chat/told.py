"""Lines that both chats tell alike: of a page's details, and of what is kept of a person."""

from __future__ import annotations

from bot.chat.texts import say
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
