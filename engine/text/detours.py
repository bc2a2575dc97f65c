"""Ways out: where a sentence that would not do could have gone on otherwise.

Drawn again with nearly the same odds, a sentence comes out the same; so the next one takes another
turning at the first place where there was one (a depth-first search over the model's choices).
"""

from __future__ import annotations

from collections.abc import Sequence

_CERTAIN = -0.22
"""Log-probability from which a token was the only way, and there is no turning."""

_NEAR_BY = 2


class Detours:
    """The turnings of one sentence that have been tried in vain."""

    def __init__(self) -> None:
        self._closed: dict[tuple[int, ...], set[int]] = {}
        self._tried = 0

    def closed(self, written: Sequence[int]) -> set[int]:
        """Give the tokens that shall not follow ``written`` once more."""
        return self._closed.get(tuple(written), set())

    def close(self, written: Sequence[int], odds: Sequence[float]) -> None:
        """Close the first turning of a sentence; ``odds`` (n,) are its tokens' log-probabilities.

        Where every token was certain, the least certain one is closed; after two sentences in vain
        the next begins with another word.
        """
        if not written:
            return
        self._tried += 1
        turnings = [i for i, odd in enumerate(odds) if odd < _CERTAIN or self._tried > _NEAR_BY]
        at = turnings[0] if turnings else min(range(len(odds)), key=odds.__getitem__)
        self._closed.setdefault(tuple(written[:at]), set()).add(written[at])
