from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat.answers import explain, reason
from bot.chat.lines import duration, footer, status, title_line
from bot.chat.page import PageView
from bot.errors import BadInputError, UnavailableError
from bot.storytelling.admission import RefusedError
from bot.storytelling.moderation import BlockedWordError
from bot.storytelling.permissions import ForbiddenError
from engine.api.events import Failed

VIEW = PageView("abc", 2, 4, "done", title="The Fox", style="ink", seed=7)


def test_the_small_line_names_page_style_seed_and_story() -> None:
    assert footer(VIEW) == "Page 2/4 · ink · seed 7 · abc"
    assert footer(replace(VIEW, style="", place=1, count=3)).endswith("abc · Version 1 of 3")
    assert footer(replace(VIEW, language="de")).startswith("Seite 2/4")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"phase": "queued", "position": 2, "seconds_left": 41}, "#2, about 45 s"),
        ({"phase": "queued", "position": 2}, "Waiting its turn"),
        ({"phase": "queued"}, "The story begins…"),
        ({"phase": "writing"}, "Writing…"),
        ({"phase": "painting"}, "Painting…"),
        ({"phase": "painting", "step": 6, "steps": 24}, "25 %"),
        ({"phase": "failed", "reason": "so it is"}, "so it is"),
        ({"phase": "paused"}, "goes on by itself"),
        ({"phase": "cancelled"}, "Stopped"),
    ],
)
def test_a_live_page_says_what_is_going_on(change: dict[str, object], told: str) -> None:
    assert told in status(replace(VIEW, **change))  # type: ignore[arg-type]


def test_a_finished_page_says_nothing_and_a_nameless_one_has_a_title() -> None:
    assert status(VIEW) == ""
    assert title_line(replace(VIEW, title="")) == "A story"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "moment"), (9, "9 s"), (41, "45 s"), (100, "2 minutes"), (7300, "2 hours")],
)
def test_durations_are_rounded_to_what_one_can_take_in(seconds: float, told: str) -> None:
    assert told in duration("en", seconds)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RefusedError("cooldown", "x", seconds=30), "about 30 s"),
        (RefusedError("person_queue", "x"), "/stop"),
        (BlockedWordError("idea", "x"), "not allowed"),
        (UnavailableError("the engine is away"), "resting"),
        (BadInputError("The seed is too large."), "The seed is too large."),
        (ForbiddenError("x", "delete"), "author or a moderator"),
        (ForbiddenError("x", "continue"), "open mode"),
        (ForbiddenError("x", "see"), "not told here"),
        (RuntimeError("secret"), "should not"),
    ],
)
def test_errors_are_answered_in_one_kind_sentence(error: Exception, told: str) -> None:
    answer = explain(error, "en")
    assert told in answer
    assert "secret" not in answer


def test_a_failure_is_told_by_its_kind() -> None:
    assert "memory" in reason(Failed("out_of_memory", "x"), "en")
    assert reason(Failed("something else", "x"), "fr") == "quelque chose s’est cassé en route"
