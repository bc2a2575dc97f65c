"""Keeps what a story looks for out of its pictures until its prose has found it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.text.phrases import singular
from engine.text.reading import Wish

_SEEKS = (
    r"(?:look|looks|looking|search|searches|searching|hunt|hunts|hunting) (?:everywhere )?for|"
    r"in search of|lose|loses|lost|losing|seek|seeks|seeking|misses|missing|mislays|mislaid|"
    r"(?:can ?not|can't|could not|couldn't|wants? to|tries to|try to|have to|must) find|"
    r"(?:forgot|forgets|forgotten) where|^where (?:is|are)|who stole"
)
_WHAT = re.compile(rf"\b(?:{_SEEKS})\b((?:,? [\w'-]+){{1,7}})", re.I)
_GONE = re.compile(
    r"([\w'-]+) (?:that |which )?(?:(?:is|are|was|were|goes|went) (?:all )?(?:missing|lost|gone|"
    r"stolen|nowhere)|(?:has|have) (?:been (?:lost|stolen)|gone|disappeared|vanished)|"
    r"disappears?|disappeared|vanishe[sd])\b",
    re.I,
)
# Where what is looked for ends, and where or with whom begins.
_ENDS = re.compile(r"[,.;:!?]| (?:and|in|on|at|by|with|under|near|for|from|because|before|but)\b")
_FOUND = r"(?:found|saw|spotted|discovered|caught|fetched|fished|pulled|dug|picked|held|got)"
_LIES = r"(?:lay|lies|stood|hung|sat|was|were|came|shone|glittered)"
_NOTHING = frozenset("it them nothing nobody something somebody way home".split())  # noqa: SIM905


def sought_in(wish: Wish) -> frozenset[str]:
    """Return the nouns, one and many, of what a wish says is looked for, lost or gone.

    Who looks for it, and a friend, are none of it.
    """
    text = wish.text.lower()
    told = [_ENDS.split(found[1])[0].split() for found in _WHAT.finditer(text)]
    words = {phrase[-1] for phrase in told if phrase}
    words |= {found[1] for found in _GONE.finditer(text)}
    who = f"{wish.hero.looks if wish.hero else ''} {wish.friend.looks if wish.friend else ''}"
    taken = {singular(word) for word in re.findall(r"[a-z]+", who.lower())}
    lone = {word for word in words if singular(word) not in taken} - _NOTHING
    return frozenset(lone | {singular(word) for word in lone})


def is_found(sought: frozenset[str], texts: Sequence[str]) -> bool:
    """Say whether prose tells that what was sought is found."""
    things = "|".join(sorted((rf"{re.escape(word)}(?:e?s)?" for word in sought), key=len)[::-1])
    near = r"(?:(?! not | no | never | taken | stolen )[^.!?:;\"]){0,40}"
    told = (
        rf"(?<!not )(?<!never )\b{_FOUND}\b{near}\b(?:{things})\b|"
        rf"\b(?:there|here|(?:before|beside|behind|under|above|in|on|between)\b[^.!?,\"]{{0,30}})"
        rf",? {_LIES} {near}\b(?:{things})\b|\b(?:here|there) (?:is|are) (?:the|my|your|our) "
        rf"(?:[a-z]+ )?(?:{things})\b|\b(?:with|gave back|brought back|take back) (?:the|his|her|"
        rf"their|its|my|your) (?:[a-z]+ )?(?:{things})\b|\b(?:found|have|got) (?:it|them)\b[.!,]|"
        rf"\bthere (?:it|they) (?:is|are|was|were)\b"
    )
    return any(re.search(told, text, re.I) for text in texts)


def without_sought(who: str, sought: frozenset[str]) -> str:
    """Leave what is sought out of "a knight, a fox and the crown"; ``who`` where none is left."""
    parts = re.split(r", | and ", who)
    kept = [part for part in parts if not set(part.lower().split()) & sought]
    if not kept or len(kept) == len(parts):
        return who
    return " and ".join([", ".join(kept[:-1]), kept[-1]] if kept[1:] else kept)
