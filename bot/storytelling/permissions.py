"""Who may do what: one table of rules, asked at the moment of each act.

Rules in words. A story is at home in one community (a server, a chat, or one person's direct
messages). There, everybody may look at it, love, report and export it; its author may do anything
with it; moderators, and whoever runs the bot, may do what its author may. In ``open`` mode anybody
there may go on with it too. Away from its home a story is nobody's but its author's, who may look
after their own data (see, export, cancel, hide, delete), while new pages are made only at home:
that place's word lists, limits and moderators are the ones that hold for them. Two linked accounts
(``accounts``) are one person in all of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from bot.errors import BadInputError
from bot.library.records import StoryRecord

Action = Literal[
    "see",
    "tell",
    "continue",
    "branch",
    "retry",
    "redraw",
    "edit",
    "choose",
    "resume",
    "cancel",
    "love",
    "report",
    "export",
    "remember",
    "forget",
    "delete",
    "restore",
    "purge",
    "set_mode",
    "set_listed",
    "set_title",
    "set_settings",
    "handle_reports",
]
Mode = Literal["solo", "open"]
# What an actor is to a story (or, without one, to the place): the author, the one who asked for
# the job at hand, a moderator, who runs the bot, or anybody else who is there.
Standing = Literal["author", "asker", "moderator", "operator", "member"]
ACTIONS: tuple[Action, ...] = get_args(Action)


class ForbiddenError(BadInputError):
    """Somebody may not do this: one kind sentence; ``action`` is what they wanted."""

    def __init__(self, message: str, action: Action) -> None:
        super().__init__(message)
        self.action: Action = action


@dataclass(frozen=True)
class Actor:
    """Who acts, and where; ``moderator`` of that community, ``owner`` of the bot itself.

    ``direct``: the community is this person's direct messages with the bot. ``linked`` is the same
    person's account on another platform; the use cases look it up themselves at each act.
    """

    person: str
    community: str
    moderator: bool = False
    owner: bool = False
    direct: bool = False
    linked: str = ""

    @property
    def persons(self) -> tuple[str, ...]:
        """Return the ids of all accounts of whoever acts."""
        return (self.person, self.linked) if self.linked else (self.person,)


# Whoever has a shell on the bot's machine could change its database anyway.
CONSOLE = Actor("console", "console", moderator=True, owner=True)


@dataclass(frozen=True)
class Rule:
    """Who may act on a story at home in either mode, who away from its home, and else the answer.

    A rule with ``about_story`` False is about the place: the mode does not matter.
    """

    solo: frozenset[Standing]
    open: frozenset[Standing]
    away: frozenset[Standing]
    refusal: str
    about_story: bool = True


_ALL: frozenset[Standing] = frozenset(get_args(Standing))
_KEEPERS: frozenset[Standing] = frozenset({"author", "moderator", "operator"})
_STARTERS: frozenset[Standing] = _KEEPERS | {"asker"}
_STEWARDS: frozenset[Standing] = frozenset({"moderator", "operator"})
_AUTHOR: frozenset[Standing] = frozenset({"author"})
_NOBODY: frozenset[Standing] = frozenset()


def _rule(
    solo: frozenset[Standing],
    refusal: str,
    *,
    opened: frozenset[Standing] | None = None,
    away: frozenset[Standing] = _NOBODY,
) -> Rule:
    return Rule(solo, solo if opened is None else opened, away, refusal)


_SOLO = "Only its author may {act} this story; in open mode anybody may."
# What an author hears who asks for something away from home that is done there only.
AT_HOME = "This story is told somewhere else: that is done there."
_OWN = "Only its author or a moderator may {act}."
RULES: Mapping[Action, Rule] = MappingProxyType(
    {
        "see": _rule(_ALL, "This story is not told here.", away=_AUTHOR),
        "love": _rule(_ALL, "This story is not told here."),
        "report": _rule(_ALL, "This story is not told here."),
        "export": _rule(_ALL, "This story is not told here.", away=_AUTHOR),
        "continue": _rule(_KEEPERS, _SOLO.format(act="go on with"), opened=_ALL),
        "branch": _rule(_KEEPERS, _SOLO.format(act="branch"), opened=_ALL),
        "retry": _rule(_KEEPERS, _SOLO.format(act="retry a page of"), opened=_ALL),
        "redraw": _rule(_KEEPERS, _OWN.format(act="have this page painted again")),
        "edit": _rule(_KEEPERS, _OWN.format(act="write this page anew")),
        "choose": _rule(_KEEPERS, _OWN.format(act="choose which page is shown")),
        "remember": _rule(_KEEPERS, _OWN.format(act="tell this story what to keep to")),
        "forget": _rule(_KEEPERS, _OWN.format(act="make this story forget"), away=_AUTHOR),
        "set_mode": _rule(_KEEPERS, _OWN.format(act="open or close this story")),
        "set_title": _rule(_KEEPERS, _OWN.format(act="give this story another title")),
        "set_listed": _rule(_KEEPERS, _OWN.format(act="list or hide this story"), away=_AUTHOR),
        "delete": _rule(_KEEPERS, _OWN.format(act="delete this story"), away=_AUTHOR),
        "restore": _rule(_KEEPERS, _OWN.format(act="bring this story back"), away=_AUTHOR),
        "purge": _rule(
            _AUTHOR | {"operator"}, "Only its author may delete it for good.", away=_AUTHOR
        ),
        "resume": _rule(_STARTERS, "Only who asked for it, or its author, may take it up again."),
        "cancel": _rule(
            _STARTERS,
            "Only who asked for it, its author or a moderator may stop it.",
            away=frozenset({"author", "asker"}),
        ),
        "tell": Rule(_ALL, _ALL, _ALL, "Stories cannot be told here.", about_story=False),
        "set_settings": Rule(
            _STEWARDS,
            _STEWARDS,
            _STEWARDS,
            "Only a moderator may change the settings here.",
            about_story=False,
        ),
        "handle_reports": Rule(
            _STEWARDS,
            _STEWARDS,
            _STEWARDS,
            "Only a moderator may look after reports here.",
            about_story=False,
        ),
    }
)


def check(
    actor: Actor, action: Action, story: StoryRecord | None = None, *, asker: str = ""
) -> None:
    """Raise ``ForbiddenError`` with one kind sentence where an actor may not do this.

    ``asker`` is the person who asked for the job that is to be stopped or taken up again.
    """
    if allowed(actor, action, story, asker=asker):
        return
    if story is not None and story.person_id in actor.persons:
        raise ForbiddenError(AT_HOME, action)
    raise ForbiddenError(RULES[action].refusal, action)


def allowed(
    actor: Actor, action: Action, story: StoryRecord | None = None, *, asker: str = ""
) -> bool:
    """Tell whether an actor may do this, so that a button can be left out."""
    rule = RULES[action]
    if not rule.about_story:
        return bool(_standings(actor, None, asker) & rule.solo)
    if story is None:
        return False
    standings = _standings(actor, story, asker)
    if story.community_id != actor.community:
        return bool(standings & rule.away)
    return bool(standings & (rule.open if story.mode == "open" else rule.solo))


def _standings(actor: Actor, story: StoryRecord | None, asker: str) -> frozenset[Standing]:
    found: set[Standing] = {"member"}
    at_home = story is None or story.community_id == actor.community
    if story is not None and story.person_id in actor.persons:
        found.add("author")
    if asker and asker in actor.persons:
        found.add("asker")
    # Nobody moderates a place they are not in at this moment.
    if actor.moderator and at_home:
        found.add("moderator")
    if actor.owner and at_home:
        found.add("operator")
    return frozenset(found)
