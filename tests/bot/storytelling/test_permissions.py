"""Every role × action × ownership × mode, against a table written out by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from bot.library.records import StoryRecord
from bot.storytelling.permissions import (
    ACTIONS,
    RULES,
    Action,
    Actor,
    ForbiddenError,
    allowed,
    check,
)

HOME = "discord:1"
STORY = StoryRecord(
    id="00000000",
    community_id=HOME,
    person_id="discord:author",
    title="A Fox",
    idea="a fox",
    style="",
    avoid="",
    seed=1,
    profile="",
    mode="solo",
    picture=None,
    created_at=0,
    updated_at=0,
)
AUTHOR = Actor("discord:author", HOME)
ASKER = Actor("discord:asker", HOME)
MODERATOR = Actor("discord:moderator", HOME, moderator=True)
OPERATOR = Actor("discord:operator", HOME, owner=True)
MEMBER = Actor("discord:member", HOME)
ROLES = {
    "author": AUTHOR,
    "asker": ASKER,
    "moderator": MODERATOR,
    "operator": OPERATOR,
    "member": MEMBER,
    "author away": replace(AUTHOR, community="discord:2"),
    "asker away": replace(ASKER, community="discord:2"),
    "moderator of another place": replace(MODERATOR, community="discord:2"),
    "operator away": replace(OPERATOR, community="discord:2"),
    "stranger": replace(MEMBER, community="discord:2"),
    "stranger by direct message": replace(MEMBER, community="discord:dm", direct=True),
}
KEEP = {"author", "moderator", "operator"}
HERE = KEEP | {"asker", "member"}
# Roles that may, in solo mode; then in open mode where that is different.
MAY: dict[Action, tuple[set[str], set[str]] | set[str]] = {
    "see": HERE | {"author away"},
    "love": HERE,
    "report": HERE,
    "export": HERE | {"author away"},
    "continue": (KEEP, HERE),
    "branch": (KEEP, HERE),
    "retry": (KEEP, HERE),
    "redraw": KEEP,
    "edit": KEEP,
    "choose": KEEP,
    "remember": KEEP,
    "forget": KEEP | {"author away"},
    "set_mode": KEEP,
    "set_title": KEEP,
    "set_listed": KEEP | {"author away"},
    "delete": KEEP | {"author away"},
    "restore": KEEP | {"author away"},
    "purge": {"author", "operator", "author away"},
    "resume": KEEP | {"asker"},
    "cancel": KEEP | {"asker", "author away", "asker away"},
}
# Of the place, not of a story: there every role counts where its actor is.
PLACE: dict[Action, set[str]] = {
    "tell": set(ROLES),
    "set_settings": {r for r in ROLES if "moderator" in r or "operator" in r},
    "handle_reports": {r for r in ROLES if "moderator" in r or "operator" in r},
}


def test_the_table_names_every_action() -> None:
    assert set(RULES) == set(ACTIONS) == set(MAY) | set(PLACE)


@pytest.mark.parametrize("mode", ["solo", "open"])
def test_every_role_may_do_what_the_table_says_and_nothing_else(mode: str) -> None:
    story = replace(STORY, mode=mode)
    for action, role in itertools.product(MAY, ROLES):
        rule = MAY[action]
        roles = rule if isinstance(rule, set) else rule[mode == "open"]
        asker = "discord:asker" if action in ("resume", "cancel") else ""
        assert allowed(ROLES[role], action, story, asker=asker) == (role in roles), (action, role)


@pytest.mark.parametrize("action", PLACE)
def test_what_is_about_the_place_asks_for_no_story(action: Action) -> None:
    for role, actor in ROLES.items():
        assert allowed(actor, action) == (role in PLACE[action]), role
        assert allowed(actor, action, STORY) == (role in PLACE[action]), role


@pytest.mark.parametrize("action", MAY)
def test_an_act_on_a_story_is_refused_without_one(action: Action) -> None:
    assert not any(allowed(actor, action) for actor in ROLES.values())


def test_nobody_is_an_asker_by_having_no_name() -> None:
    nameless = Actor("", HOME)
    assert not allowed(nameless, "cancel", STORY, asker="")


@pytest.mark.parametrize("action", sorted(set(ACTIONS) - {"tell"}))
def test_a_refusal_is_one_kind_sentence(action: Action) -> None:
    with pytest.raises(ForbiddenError) as refused:
        check(Actor("discord:nobody", "discord:9"), action, STORY)
    message = refused.value.message
    assert message.endswith(".")
    assert message[0].isupper()
    assert not {"\n", "{"} & set(message)
