"""Words by which a wish is read: who can be a hero, who is she or he, and what is a name."""

from __future__ import annotations

from pathlib import Path


def _read(path: Path) -> dict[str, frozenset[str]]:
    lists: dict[str, frozenset[str]] = {}
    for section in path.read_text("utf-8").split("\n== ")[1:]:
        name, _, body = section.partition("\n")
        words = (word.strip() for word in body.replace("\n", " ").split(","))
        lists[name.strip()] = frozenset(word for word in words if word)
    return lists


_LISTS = _read(Path(__file__).with_name("words.txt"))

ANIMATE, THING_HEROES = _LISTS["animate"], _LISTS["thing heroes"]
SHE, HE = _LISTS["she"], _LISTS["he"]
SHE_NAMES, HE_NAMES = _LISTS["she names"], _LISTS["he names"]
ADJECTIVES, PLACES, THINGS = _LISTS["adjectives"], _LISTS["places"], _LISTS["things"]
PLURAL_HEADS, LEADING, TITLES = _LISTS["plural heads"], _LISTS["leading"], _LISTS["titles"]
DETERMINERS, NUMBERS, OWN = _LISTS["determiners"], _LISTS["numbers"], _LISTS["own"]
STOPS, WHERE, AUXILIARIES = _LISTS["stops"], _LISTS["where"], _LISTS["auxiliaries"]
ADVERBS, WANTING, AFRAID = _LISTS["adverbs"], _LISTS["wanting"], _LISTS["afraid"]
CLAUSE = _LISTS["clause"]
ALIVE = ANIMATE | THING_HEROES
KNOWN = ALIVE | THINGS | ADJECTIVES | PLACES
