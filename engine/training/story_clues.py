"""Counts, over generated wishes, which words speak for which plot."""

from __future__ import annotations

import math
from collections import Counter

from engine.data.stories.generator import make_wish
from engine.data.stories.lexicon import plot_names
from engine.text.clues import OTHERS, wish_clues

_PRIOR = 25.0
"""How many wishes the average of all plots counts for in each plot's own shares."""
_SLIGHT, _WORST = 0.5, -1.5


def count_clues(*, wishes: int, seed: int = 0) -> dict[str, dict[str, float]]:
    """Give each telling word's log-odds for each plot, from ``wishes`` generated for each.

    A word that a plot's wishes lack speaks against it: that is said once, for all ``OTHERS``.
    """
    counts = {
        plot: Counter(part for i in range(wishes)
                      for part in wish_clues(make_wish(seed + i, plot=plot)))
        for plot in plot_names()
    }  # fmt: skip
    total: Counter[str] = sum(counts.values(), Counter())
    clues: dict[str, dict[str, float]] = {}
    for part, count in total.items():
        share = count / (wishes * len(counts))
        if count < 5:
            continue
        odds = {plot: math.log((found[part] + _PRIOR * share) / ((wishes + _PRIOR) * share))
                for plot, found in counts.items()}  # fmt: skip
        if max(odds.values()) > 1:
            rest = max(min(odds.values()), _WORST)
            kept = {plot: round(value, 1) for plot, value in odds.items() if value > rest + _SLIGHT}
            clues[part] = kept | {OTHERS: round(rest, 1)}
    return clues
