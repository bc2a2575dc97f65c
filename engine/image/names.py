"""Names that trained models know, by index; saved with their weights, so that words can come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.image.vocabulary import COLOURS, PLACES, SUBJECTS, TIMES, WEATHERS


@dataclass(frozen=True)
class Names:
    """Places, times, weathers, subjects and colours in the order a model learnt them."""

    places: tuple[str, ...]
    times: tuple[str, ...]
    weathers: tuple[str, ...]
    subjects: tuple[str, ...]
    colours: tuple[str, ...]

    @classmethod
    def current(cls) -> Names:
        """Return the names of today's vocabulary."""
        return cls(*(tuple(t) for t in (PLACES, TIMES, WEATHERS, SUBJECTS, COLOURS)))

    @classmethod
    def from_dict(cls, saved: Mapping[str, Sequence[str]]) -> Names:
        """Read names as ``to_dict`` wrote them."""
        return cls(**{key: tuple(value) for key, value in saved.items()})

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists for a file."""
        return asdict(self)

    def place(self, name: str) -> int:
        """Return a place's index; an unknown one is the first."""
        return _index(self.places, name, 0)

    def time(self, name: str) -> int:
        """Return a time's index; an unknown one is day."""
        return _index(self.times, name, _index(self.times, "day", 0))

    def weather(self, name: str) -> int:
        """Return a weather's index; an unknown one is clear."""
        return _index(self.weathers, name, _index(self.weathers, "clear", 0))

    def subject(self, name: str) -> int:
        """Return a subject's index from 1; an unknown one is another of its category."""
        if name in self.subjects:
            return self.subjects.index(name) + 1
        category = SUBJECTS[name].category if name in SUBJECTS else "animal"
        alike = (s for s in self.subjects if s in SUBJECTS and SUBJECTS[s].category == category)
        return _index(self.subjects, next(alike, ""), 0) + 1

    def colour(self, name: str | None) -> int:
        """Return a colour's index from 1; 0 for none and for an unknown one."""
        return _index(self.colours, name or "", -1) + 1


def _index(names: tuple[str, ...], name: str, otherwise: int) -> int:
    return names.index(name) if name in names else otherwise
