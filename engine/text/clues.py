"""Clues: how much each word of a wish speaks for each plot, counted over generated wishes.

Naive Bayes beside the language model, which has seen too few wishes to know every word well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.text.number import verb_base
from engine.text.phrases import PASTS, singular
from engine.text.verbs import VERBS, base_of_doing

Clues = Mapping[str, Mapping[str, float]]
"""For each word, the log of how much likelier it is in wishes for a plot than in any wish."""

_PART = re.compile(r"<\|[^|]+\|>|[a-z]+")
OTHERS = "*"
_TRUST = 0.6


def wish_clues(marked: str) -> set[str]:
    """Name what a marked wish is judged by: its words in their plain forms, and its roles."""
    return {part if part.startswith("<") else _plain(part)
            for part in _PART.findall(marked.lower().replace("'s", ""))}  # fmt: skip


def _plain(word: str) -> str:
    if word in PASTS and word not in VERBS:
        return PASTS[word]
    if word.endswith("ing") and base_of_doing(word) in VERBS:
        return base_of_doing(word)
    return verb_base(word) if verb_base(word) in VERBS else singular(word)


def weigh_clues(clues: Clues, marked: str, plot: str) -> float:
    """Sum up how much a wish speaks for a plot, in nats; 0 where nothing is known."""
    found = (clues[part] for part in wish_clues(marked) if part in clues)
    return _TRUST * sum(odds.get(plot, odds.get(OTHERS, 0.0)) for odds in found)
