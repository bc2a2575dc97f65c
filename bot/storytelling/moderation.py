"""What a community does not want: words in wishes and prose, things in pictures.

Refused texts are never kept; the audit trail says who, where and which entry of the list it was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Literal, get_args

from bot.errors import BadInputError
from bot.library import audit, community_settings
from bot.library.community_settings import CommunitySettings
from bot.library.database import Connection
from bot.library.library import Library
from bot.settings import ModerationSettings, Settings
from bot.storytelling.word_list import WordList, word_list
from engine.api.events import PictureCheck, PictureVerdict, TellRequest

PicturePolicy = Literal["off", "spoiler", "block"]
Decision = Literal["ok", "spoiler", "blocked"]
"""Show a picture, show it hidden behind a click, or put a blank one in its place."""
# The most words an engine is told; what it lets through is found here all the same.
_MOST_BANNED = 1000
# What a refusal of each text is called in the audit trail.
_ACTIONS = {"idea": "refused_wish", "text": "refused_edit"}


class BlockedWordError(BadInputError):
    """A text that holds a word of the list; ``name`` says which text, ``entry`` which word."""

    def __init__(self, name: str, entry: str) -> None:
        super().__init__(f'The {name} holds the word "{entry}", which is not allowed here.')
        self.name = name
        self.entry = entry


@dataclass(frozen=True)
class Ruling(PictureVerdict):
    """A verdict of the engine, and what is done about it in this community."""

    decision: Decision


@dataclass(frozen=True)
class Rules:
    """What holds in one community: words that are refused, and what is done about pictures.

    ``concepts`` are what pictures are looked through for, flagged from ``threshold`` (0..1) on.
    """

    words: tuple[str, ...] = ()
    pictures: PicturePolicy = "off"
    concepts: tuple[str, ...] = ()
    threshold: float = 0.5

    @property
    def word_list(self) -> WordList:
        """Return the words as a list to look things up in."""
        return word_list(self.words)

    @property
    def checks_pictures(self) -> bool:
        """Say whether the engine is asked to look its pictures through."""
        return self.pictures != "off" and bool(self.concepts)

    def applied(self, request: TellRequest) -> TellRequest:
        """Return a request that asks the engine to keep to these rules by itself."""
        redraw = self.pictures == "block"
        check = PictureCheck(self.concepts, self.threshold, redraw)
        return replace(
            request,
            banned=self.words[:_MOST_BANNED],
            check=check if self.checks_pictures else None,
        )

    def ruling(self, said: PictureVerdict | None) -> Ruling | None:
        """Return what is done with a picture; one that was not checked as asked counts as flagged.

        None where pictures are not checked here.
        """
        if not self.checks_pictures:
            return None
        said = said or PictureVerdict(True, "", 0.0)
        flagged: Decision = "blocked" if self.pictures == "block" else "spoiler"
        return Ruling(**vars(said), decision=flagged if said.flagged else "ok")


def rules_from(settings: ModerationSettings, own: CommunitySettings | None = None) -> Rules:
    """Join what ``config.toml`` says with a community's own settings: its words are added."""
    return Rules(
        words=tuple(dict.fromkeys((*settings.blocked_words, *(own.blocked_words if own else ())))),
        pictures=own.pictures if own else settings.pictures,
        concepts=settings.unwanted_in_pictures,
        threshold=settings.picture_threshold,
    )


async def load_rules(connection: Connection, settings: Settings, community: str) -> Rules:
    """Return the rules of a community as they stand at this moment."""
    defaults = community_settings.defaults_from(settings)
    own = await community_settings.load(connection, community, defaults)
    return rules_from(settings.moderation, own)


def decision_of(verdict: PictureVerdict | None) -> Decision | Literal[""]:
    """Return what was decided about a picture, "" where nobody asked."""
    return verdict.decision if isinstance(verdict, Ruling) else ""


def kept_ruling(decision: str) -> Ruling | None:
    """Return the ruling that a picture's row holds; None where nobody asked."""
    for known in get_args(Decision):
        if decision == known:
            return Ruling(known != "ok", "", 0.0, known)
    return None


@asynccontextmanager
async def noting_refusals(
    library: Library, *, community: str, person: str | None, subject: str = ""
) -> AsyncIterator[None]:
    """Write an audit row when a text is refused inside the block; the text itself is not kept.

    Put it around the use case's own transaction, which the refusal takes back.
    """
    try:
        yield
    except BlockedWordError as error:
        action = _ACTIONS.get(error.name, "refused_" + error.name.replace(" ", "_"))
        async with library.database.write() as connection:
            await audit.note(
                connection,
                action,
                community=community,
                person=person,
                subject=subject,
                detail=f"holds a word of the list: {error.entry}",
            )
        raise
