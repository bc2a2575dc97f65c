"""What a wish says of its hero that a plot leaves out: told once, where the hero is introduced.

"a vampire who only drinks tomato juice" may get a story of old hats and mirrors; then there lived
"a vampire who only drank tomato juice", and no word of the wish is lost.
"""

from __future__ import annotations

import re
from dataclasses import replace

from engine.text.roles import Cast

_WHO = r"\b(?:who|that|which)"
_HOW = r"((?: (?:always|often|never|only|really|secretly|still|too))*)"
_CANNOT = re.compile(rf"{_WHO} (?:cannot|can not|could not)<\|do\|>")
_DOING = re.compile(r"\b(?:is|are|was|were)<\|do\|>")
_USUAL = re.compile(rf"{_WHO}{_HOW}<\|do\|>")
_HAVING = re.compile(r"\b(?:has|have|had|with) (?:an?|his|her|its|their|some)<\|X\|>")
_BESIDE = re.compile(r"\band (?:the|an?|his|her|their)<\|X\|>")
_STATES = frozenset("want need love like hate wish have know miss dream hope fear".split())  # noqa: SIM905
"""What nobody wants to do, for they do it: a ghost who wants a friend does not want to want one."""
_LONGEST = 60


def with_trait(cast: Cast, marked: str) -> Cast:
    """Let the hero be introduced by what a marked wish says of thing or deed, if it is short."""
    trait = _of_deed(cast, marked) if cast.deed else _of_thing(cast, marked)
    if cast.hero.trait or not trait or len(trait) > _LONGEST or "<|H|>" not in marked:
        return cast
    return replace(cast, hero=replace(cast.hero, trait=trait))


def _of_deed(cast: Cast, marked: str) -> str:
    deed = cast.deed
    if deed is None:
        return ""
    if _CANNOT.search(marked):
        return f"who could not {deed.base}"
    if _DOING.search(marked):
        return f"who {'were' if cast.hero.many else 'was'} {deed.doing}"
    if usual := _USUAL.search(marked):
        return f"who{usual[1]} {deed.past}"
    if deed.base.split()[0] in _STATES:
        return f"who {deed.past}"
    return f"who wanted to {deed.base}"


def _of_thing(cast: Cast, marked: str) -> str:
    if cast.thing is None:
        return ""
    if _HAVING.search(marked):
        return f"who had {cast.thing.indefinite}"
    return f"who dreamed of {cast.thing.definite}" if _BESIDE.search(marked) else ""
