"""How an engine shares its time between jobs, and what follows for those that wait."""

from __future__ import annotations

from collections.abc import Sequence

# Jobs that an engine has at work together unless it is told otherwise.
AT_ONCE = 4


def starts(running: Sequence[float], waiting: Sequence[float], *, at_once: int) -> list[float]:
    """Return the seconds until each waiting job begins, in the order of their turns.

    Both hold how long each job would take alone from now on (s). Up to ``at_once`` of them are at
    work and share the machine evenly; one that waits begins when one of those ends.
    """
    left = sorted(running)
    now, begin = 0.0, []
    for seconds in waiting:
        while len(left) >= max(1, at_once):
            shortest = left.pop(0)
            now += shortest * (len(left) + 1)
            left = [other - shortest for other in left]
        begin.append(now)
        left = sorted([*left, seconds])
    return begin
