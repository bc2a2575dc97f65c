"""Beats: what a page is for in its story, and which of them may stand where."""

from __future__ import annotations

from dataclasses import dataclass

BEATS = ("begin", "trouble", "try", "help", "meet", "turn", "end", "close", "short", "short1",
         "short2", "filler", "last")  # fmt: skip
"""``meet`` is trouble and help on one page, ``close`` turn and end; ``short`` a whole story,
``short1`` and ``short2`` its halves; ``filler`` goes on, and ``last`` ends what has gone on."""

BEAT_TOKENS = tuple(f"<|beat-{name}|>" for name in BEATS)

_PLANS = {1: ("short",), 2: ("short1", "short2"), 3: ("begin", "meet", "close"),
          4: ("begin", "meet", "turn", "end")}  # fmt: skip
_MIDDLE = ("trouble", "try", "help", "meet", "turn", "filler")


def plan_of(pages: int) -> tuple[str, ...] | None:
    """Give the beats of a story of one to four pages; None for longer ones, which vary."""
    return _PLANS.get(pages)


def fitting_beats(*, number: int, pages: int, directed: bool) -> tuple[str, ...]:
    """Name the beats that page ``number`` of ``pages`` can have; a directed page goes on."""
    if directed and number > 1:
        return ("filler",)
    plan = plan_of(pages)
    if number == 1:
        return (plan or ("begin",))[:1]
    if number == pages:
        return ((plan or ("end",))[-1], "last")
    return (plan[number - 1], "filler") if plan else _MIDDLE


@dataclass(frozen=True)
class Place:
    """Which page of how many, numbered as the model has learnt it."""

    number: int
    pages: int


def shown_place(number: int, pages: int, *, most: int) -> Place:
    """Show the model a page of a very long story as one of the longest that it knows."""
    shown = min(max(pages, 1), most)
    place = number if pages == shown else max(min(number, 2), shown - (pages - number))
    return Place(min(max(place, 1), shown), shown)
