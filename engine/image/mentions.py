"""What a text names: subjects with colour and number, a place, a time, a weather.

Known words come first, then the nearest to unknown ones (``engine.image.nearest``), so that every
reader of a text, and every picture of it, means the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise

from engine.image.nearest import (
    by_spelling,
    kin,
    person_by_ending,
    person_by_name,
    subject_by_ending,
)
from engine.image.phrases import (
    ABOVE,
    ARTICLES,
    BACKDROPS,
    FILLERS,
    LEADS_OF,
    NO_NOUNS,
    NUMBERS,
    PLACE_LEADS,
    SELDOM_NOUNS,
    WORLDS,
    Mention,
    colour_of,
    is_adjective,
    lead_of,
)
from engine.image.vocabulary import (
    SUBJECTS,
    TIME_WORDS,
    WEATHER_WORDS,
    place_words,
    synonyms,
)
from engine.image.words import Text, plural, singular, split_text

_LONGEST = 4  # words of a phrase
_MOST_UNKNOWN = 24  # words that are looked into, for each of them takes a millisecond
_JOINTS = ("and", "with", "or")
# Known words that mean more than one of what they lead to.
_SEVERAL = frozenset({"friends", "pals", "kids", "twins"})


@dataclass(frozen=True)
class Reading:
    """A text with the places and the subjects that it names, in its order."""

    text: Text
    places: tuple[Mention, ...]
    subjects: tuple[Mention, ...]


@lru_cache(maxsize=256)
def read_text(text: str) -> Reading:
    """Read what a text names."""
    split = split_text(text)
    words = split.words
    subjects = [m for m in _mentions(words, _SubjectTable()) if _is_noun(words, m)]
    places = [m for m in _mentions(words, _PlaceTable()) if _means_place(words, m)]
    places = [p for p in places if not any(_covers(m, p) for m in subjects)]
    taken = {i for m in places for i in range(m.start, m.end)}
    subjects = [m for m in subjects if m.start not in taken]
    _add_unknown(split, places, subjects)
    heads = _heads(split, subjects)
    return Reading(split, tuple(places), tuple(_with_looks(words, heads)))


class _Table:
    """A look-up of known phrases, then of those near to them."""

    known: Mapping[str, str]
    near: Mapping[str, str]

    def find(self, words: Sequence[str]) -> tuple[str, bool] | None:
        """Find words as a phrase, the last one also in the singular: (name, known)."""
        for table, exact in ((self.known, True), (self.near, False)):
            name = _lookup(words, table)
            if name is not None:
                return name, exact
        return None


class _SubjectTable(_Table):
    def __init__(self) -> None:
        self.known, self.near = synonyms(), kin().subjects


class _PlaceTable(_Table):
    def __init__(self) -> None:
        self.known, self.near = place_words(), kin().places


def _lookup(words: Sequence[str], table: Mapping[str, str]) -> str | None:
    """Find words as a phrase in a table, as they stand or with the last one made singular."""
    last = words[-1]
    endings = [last, singular(last), last.removesuffix("es"), last.removesuffix("s")]
    phrases = [" ".join([*words[:-1], ending]) for ending in endings]
    phrases += [phrase.replace("-", " ") for phrase in phrases if "-" in phrase]
    return next((table[phrase] for phrase in phrases if phrase in table), None)


def _mentions(words: Sequence[str], table: _Table) -> list[Mention]:
    """Find all names, the longest phrase first at every word."""
    found: list[Mention] = []
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            name = table.find(words[at : at + length])
            if name is not None:
                found.append(Mention(name[0], at, at + length, name[1]))
                at += length - 1
                break
        at += 1
    return found


def _means_place(words: Sequence[str], mention: Mention) -> bool:
    """Say whether a word that names a place and a subject alike is used as a place here."""
    lead = lead_of(words, mention.start)
    if not mention.exact and mention.end - mention.start == 1 and lead not in PLACE_LEADS:
        return False
    subject = _SubjectTable().find(words[mention.start : mention.end])
    return subject is None or lead in LEADS_OF.get(subject[0], LEADS_OF["house"])


def _covers(first: Mention, second: Mention) -> bool:
    """Say whether two mentions overlap and the first one is the longer."""
    overlap = first.start < second.end and second.start < first.end
    return overlap and first.end - first.start > second.end - second.start


def _is_noun(words: Sequence[str], mention: Mention) -> bool:
    """Say whether a word that is often no noun ("well"), or a backdrop, is a subject here."""
    if mention.name in BACKDROPS and lead_of(words, mention.start) in ABOVE:
        return False
    if _is_verb(words, mention):
        return False
    word = words[mention.start]
    needs_article = not mention.exact and {word, singular(word)} & kin().needs_article
    seldom = {word, singular(word)} & SELDOM_NOUNS or needs_article
    if not seldom or mention.end - mention.start > 1:
        return True
    before = words[mention.start - 1] if mention.start else "a"
    return before in FILLERS or before in NUMBERS or colour_of(before) is not None


def _is_verb(words: Sequence[str], mention: Mention) -> bool:
    """Say whether a word like "guards" is a verb here: "the dragon guards his gold"."""
    if mention.end - mention.start > 1 or not words[mention.start].endswith("s"):
        return False
    before = words[mention.start - 1] if mention.start else "a"
    opens = any(before in them for them in (FILLERS, PLACE_LEADS, NUMBERS, _JOINTS))
    after = words[mention.end] if mention.end < len(words) else ""
    return not opens and colour_of(before) is None and after in ARTICLES


def _add_unknown(split: Text, places: list[Mention], subjects: list[Mention]) -> None:
    """Add what unknown words are nearest to, by their ending, their spelling, or as people."""
    taken = {i for m in (*places, *subjects) for i in range(m.start, m.end)}
    free = (i for i in range(len(split.words)) if i not in taken and _may_name(split, i, taken))
    unknown = list(islice(free, _MOST_UNKNOWN))
    for i in unknown:
        word = split.words[i]
        respelt = by_spelling(word)
        subject = _subject_table(respelt) or (respelt is None and subject_by_ending(singular(word)))
        if subject:
            subjects.append(Mention(subject, i, i + 1, exact=False))
        elif respelt and lead_of(split.words, i) in PLACE_LEADS:
            places.append(Mention(_place_table(respelt), i, i + 1, exact=False))
    subjects += _people(split, unknown, alone=not subjects)
    subjects.sort(key=lambda m: m.start)
    places.sort(key=lambda m: m.start)


def _subject_table(word: str | None) -> str | None:
    return synonyms().get(word or "") or kin().subjects.get(word or "")


def _place_table(word: str) -> str:
    return place_words().get(word) or kin().places[word]


def _may_name(split: Text, at: int, taken: set[int]) -> bool:
    """Say whether an unknown word stands where a noun does, and is not said of another noun."""
    word, before = split.words[at], split.words[at - 1] if at else "a"
    other = (NO_NOUNS, TIME_WORDS, WEATHER_WORDS, kin().times, kin().weathers)
    if any(word in table for table in other) or colour_of(word):
        return False
    follows = before in FILLERS | PLACE_LEADS | {"and", "with", "or", "meets"}
    follows = follows or before in NUMBERS or bool(colour_of(before)) or not split.joined[at]
    return follows and not _describes(split, at, taken)


def _describes(split: Text, at: int, taken: set[int]) -> bool:
    """Say whether a word is said of a known noun right after it, adjectives between left out."""
    after = at + 1
    while after < len(split.words) and split.joined[after] and is_adjective(split.words[after]):
        after += 1
    return after in taken and split.joined[after]


def _people(split: Text, unknown: Sequence[int], *, alone: bool) -> list[Mention]:
    """Return who is meant by a proper name; where nobody else is, also by a trade ("drummer")."""
    named = [i for i in unknown if split.capital[i] and _is_name(split, i)]
    trades = {i: person_by_ending(singular(split.words[i])) for i in unknown} if alone else {}
    guesses = {i: person for i, person in trades.items() if person}
    guesses = {i: person_by_name(split.words[i]) for i in named} or guesses
    return [Mention(person, i, i + 1, False, True) for i, person in list(guesses.items())[:1]]


def _is_name(split: Text, at: int) -> bool:
    """Say whether a capital letter is that of somebody's name who is not named otherwise as well.

    "a fox called Felix" and "Felix the fox" are one fox.
    """
    words = split.words
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) and split.joined[at + 1] else ""
    if before in ("named", "called") or after in ("the", "a", "an"):
        return False
    verb = after in ("is", "was", "has") or after.endswith(("s", "ed"))
    return verb or after == "and" or after in PLACE_LEADS or len(words) == 1 or bool(at)


def _heads(split: Text, subjects: Sequence[Mention]) -> list[Mention]:
    """Leave out nouns that only say of what kind the next one is: "a submarine captain"."""
    kept = list(subjects)
    for first, second in pairwise(subjects):
        together = first.end == second.start and split.joined[second.start]
        before = split.words[first.start - 1] if first.start else ""
        one = before in FILLERS or before in NUMBERS or colour_of(before) is not None
        if together and one and singular(split.words[first.end - 1]) == split.words[first.end - 1]:
            kept.remove(first)
    return kept


def _with_looks(words: Sequence[str], mentions: Sequence[Mention]) -> list[Mention]:
    """Give mentions the colours and the numbers that are said right before them."""
    found = []
    last = 0
    for m in mentions:
        before = words[max(last, m.start - 4) : m.start]
        stop = max((i + 1 for i, w in enumerate(before) if w in _JOINTS), default=0)
        own = () if m.exact else words[m.start : m.end - 1]  # "black bear" is a bear, and black
        colours = [c for c in map(colour_of, (*before[stop:][-3:], *own)) if c]
        count = _count(words, before[stop:], m)
        found.append(replace(m, colour=colours[-1] if colours else None, count=count))
        last = m.end
    return found


def _count(words: Sequence[str], before: Sequence[str], mention: Mention) -> int:
    """Return how many of a subject are meant: as said, else two of a plural, else one."""
    phrase = list(words[mention.start : mention.end])
    many = _is_plural(phrase)
    said = [NUMBERS[w] for w in before if w in NUMBERS]
    if said and (many or said[-1] == 1 or singular(phrase[-1]) == plural(phrase[-1])):
        return max(said)
    return 2 if many else 1


def _is_plural(phrase: Sequence[str]) -> bool:
    """Say whether a phrase names a thing by the plural of its name."""
    text = " ".join(phrase)
    if text in _SEVERAL:
        return True
    known = text in synonyms() or text in kin().subjects
    return not known and singular(phrase[-1]) != phrase[-1]


def find_place(text: str) -> str | None:
    """Find the place that a text names, one that follows a preposition first; None without one."""
    reading = read_text(text)
    words = reading.text.words
    led = [
        m
        for m in reading.places
        if not PLACE_LEADS.isdisjoint((words[m.start], lead_of(words, m.start)))
    ]
    best = max(
        led or reading.places,
        key=lambda m: (
            _elsewhere(words, m),
            m.end - m.start,
            lead_of(words, m.start) in ("in", "at", "on", "by"),
        ),
        default=None,
    )
    return best.name if best else None


def _elsewhere(words: Sequence[str], mention: Mention) -> bool:
    """Say whether a place makes another one of those in it: a garden on the moon, under water."""
    lead = lead_of(words, mention.start)
    return mention.name in WORLDS and (lead in ("on", "in") or mention.end - mention.start > 1)


def subject_mentions(text: str) -> list[Mention]:
    """Find the subjects that a text names, in its order, leaving out words used as its place."""
    return list(read_text(text).subjects)


def find_subjects(text: str) -> list[str]:
    """Find the names of the subjects in a text, in its order, each once."""
    return list(dict.fromkeys(m.name for m in subject_mentions(text)))


def find_coloured_subjects(text: str) -> list[tuple[str, str | None]]:
    """Find the subjects in a text, each once, with the colour said right before it, if any."""
    found: dict[str, str | None] = {}
    for mention in subject_mentions(text):
        found.setdefault(mention.name, mention.colour)
    return list(found.items())


def find_time(text: str) -> str | None:
    """Find the time of day that a text names, or None."""
    words = split_text(text).words
    said = " ".join(words)
    if said.endswith("in the dark") or "under the stars" in said or "under the moon" in said:
        return "night"
    phrases = (time for phrase, time in kin().times.items() if " " in phrase and phrase in said)
    known = (TIME_WORDS.get(w) or kin().times.get(w) for w in _open_words(text))
    return next((time for time in (*known, *phrases) if time), None)


def find_weather(text: str) -> str | None:
    """Find the weather that a text names, or None; a snowy field alone tells none."""
    known = (WEATHER_WORDS.get(w) or kin().weathers.get(w) for w in _open_words(text))
    return next((weather for weather in known if weather), None)


def _open_words(text: str) -> list[str]:
    """Return the words that are no part of a longer name ("snow leopard", "snowy field")."""
    reading = read_text(text)
    long = [m for m in (*reading.subjects, *reading.places) if m.end - m.start > 1]
    taken = {i for m in long for i in range(m.start, m.end)}
    return [w for i, w in enumerate(reading.text.words) if i not in taken]


def in_known_words(text: str) -> str:
    """Say a text with the nearest known names in the place of unknown ones.

    Networks that were trained on the vocabulary know no other words: a text with none of them
    comes back as it is.
    """
    reading = read_text(text)
    near = [m for m in (*reading.subjects, *reading.places) if not m.exact]
    said = reading.text.plain
    for m in sorted(near, key=lambda m: m.start, reverse=True):
        (start, _), (_, end) = reading.text.spans[m.start], reading.text.spans[m.end - 1]
        phrase = reading.text.words[m.start : m.end]
        name = plural(m.name) if m.name in SUBJECTS and _is_plural(phrase) else m.name
        said = _with_article(said[:start], name) + said[end:]
    return said if near else text


def _with_article(before: str, name: str) -> str:
    """Put a name behind a text; an article at its end is made to fit."""
    if re.search(r"\b[Aa]n? $", before):
        stem = before.rstrip().removesuffix("n")
        return f"{stem}{'n' if name[0] in 'aeiou' else ''} {name}"
    return before + name
