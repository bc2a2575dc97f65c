"""What a picture prompt surely says: who and how many, in which colours, where and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.image.keeping import has_weather, kept_hour, kept_weather
from engine.image.layout import Figure, Layout
from engine.image.mentions import Reading, find_place, find_time, find_weather, read_text
from engine.image.phrases import WORLDS, Mention

FIGURES = 5
FALLBACK_HEROES = ("girl", "boy", "rabbit", "fox", "cat", "bear", "owl", "dog")
_SIDES = {"left": "left", "right": "right", "middle": "middle", "centre": "middle",
          "center": "middle", "lefthand": "left", "righthand": "right"}  # fmt: skip
_OPPOSITE = {"left": "right", "right": "left", "middle": ""}
_WHOLE = ("picture", "image", "page", "scene", "frame", "painting", "drawing")
# Where a thing stands that says so by itself, when the prompt names no place.
_AT_HOME = {
    "bed": "bedroom", "sofa": "bedroom", "window": "bedroom", "planet": "space",
    "tractor": "farm", "scarecrow": "farm", "windmill": "farm", "anchor": "harbour",
    "coral": "underwater", "wave": "sea", "submarine": "underwater", "shark": "underwater",
    "octopus": "underwater", "whale": "sea", "pirate ship": "sea", "ship": "sea", "boat": "sea",
    "canoe": "river", "lighthouse": "beach", "teapot": "kitchen", "soup": "kitchen",
    "pancake": "kitchen", "books": "library", "cactus": "desert", "camel": "desert",
    "polar bear": "snowfield", "penguin": "snowfield", "snowman": "snowfield", "sled": "snowfield",
    "campfire": "forest", "tower": "castle", "astronaut": "space", "rocket": "space",
    "flying saucer": "space", "tram": "city",
}  # fmt: skip
# Who does this does it in a boat, which is drawn where there is room for it.
_AFLOAT = {
    **dict.fromkeys(("sail", "sails", "sailed", "sailing"), "boat"),
    **dict.fromkeys(("row", "rows", "rowed", "rowing", "paddles", "paddling"), "canoe"),
}
_BUILDING = frozenset(("build", "builds", "building", "built", "mend", "mends", "mending"))
_BOATS = ("boat", "ship", "pirate ship", "canoe", "submarine")
# What tells of a place that is in another world: "a garden on the moon", "a castle under the sea".
_STANDS_FOR = {
    "garden": "sunflower", "castle": "castle", "forest": "tree", "jungle": "palm tree",
    "farm": "tractor", "village": "house", "playground": "carousel", "library": "books",
    "kitchen": "teapot", "bedroom": "bed",
}  # fmt: skip
_BEST = ("best", "good", "close", "become", "are", "as", "dear")
_AGAIN = ("another", "second", "other")


@dataclass(frozen=True)
class WantedFigure:
    """A figure that a prompt asks for; ``side`` is "left", "right", "middle" or "" for any.

    A ``guess`` is somebody of whom only a name or a trade is known.
    """

    subject: str
    colour: str | None = None
    side: str = ""
    guess: bool = False


@dataclass(frozen=True)
class Wanted:
    """What a prompt surely says; None and empty where it says nothing.

    ``figures`` come in the prompt's order, each as often as it is asked for. ``behind`` are pairs
    of their indices: the first stands behind the second.
    """

    place: str | None
    time: str | None
    weather: str | None
    figures: tuple[WantedFigure, ...]
    behind: tuple[tuple[int, int], ...] = ()


def read_prompt(prompt: str, *, seed: int, previous: Layout | None = None) -> Wanted:
    """Read what a prompt surely says; what it leaves open stays as in the ``previous`` layout.

    So do hour and weather at another place. A scene without any subject gets the earlier hero, or
    one chosen by the seed.
    """
    figures, behind = find_figures(prompt)
    figures = _with_place(prompt, _with_boat(prompt, figures))
    if previous and previous.figures:
        figures = _with_hero(figures, previous.figures[-1])
    if not figures:
        figures = (WantedFigure(FALLBACK_HEROES[seed % len(FALLBACK_HEROES)]),)
    place, time, weather = find_place(prompt), find_time(prompt), find_weather(prompt)
    if previous is None and place is None:
        place = _at_home(prompt, figures)
    if previous:
        place = place or previous.place
        later = time not in (None, previous.time)
        time = time or kept_hour(place, previous)
        weather = weather or kept_weather(place, previous, later=later)
    if place and not has_weather(place):
        weather = "clear"  # it snows on no kitchen's wall
    return Wanted(place, time, weather, figures, behind)


def _at_home(prompt: str, figures: Sequence[WantedFigure]) -> str | None:
    """Return the place that a thing among the figures tells of, if any does."""
    place = next((_AT_HOME[f.subject] for f in figures if f.subject in _AT_HOME), None)
    building = not _BUILDING.isdisjoint(read_text(prompt).text.words)
    return "beach" if building and place in ("sea", "river") else place  # on dry land


def _with_boat(prompt: str, figures: tuple[WantedFigure, ...]) -> tuple[WantedFigure, ...]:
    """Add the boat of somebody who sails or rows, where none is named and there is room."""
    boats = [_AFLOAT[word] for word in read_text(prompt).text.words if word in _AFLOAT]
    named = any(f.subject in _BOATS for f in figures)
    if not boats or named or not 0 < len(figures) < FIGURES:
        return figures
    return (*figures, WantedFigure(boats[0]))


def _with_place(prompt: str, figures: tuple[WantedFigure, ...]) -> tuple[WantedFigure, ...]:
    """Add what stands for a place that is said to be in another world, where there is room."""
    world = find_place(prompt)
    if world not in WORLDS or not 0 < len(figures) < FIGURES:
        return figures
    told = (_STANDS_FOR[m.name] for m in read_text(prompt).places if m.name in _STANDS_FOR)
    thing = next((thing for thing in told if all(f.subject != thing for f in figures)), None)
    return (*figures, WantedFigure(thing)) if thing else figures


def _with_hero(figures: Sequence[WantedFigure], hero: Figure) -> tuple[WantedFigure, ...]:
    """Let the earlier hero stand for somebody known by a name only, or where nobody is named."""
    same = WantedFigure(hero.subject, hero.colour)
    if not figures:
        return (same,)
    known = any(f.subject == hero.subject and not f.guess for f in figures)
    return tuple(
        replace(f, subject=same.subject, colour=same.colour, guess=False) if f.guess else f
        for f in figures
        if not (f.guess and known)
    )


def find_figures(
    prompt: str,
) -> tuple[tuple[WantedFigure, ...], tuple[tuple[int, int], ...]]:
    """Find the figures that a prompt asks for, at most five, and who stands behind whom."""
    reading = read_text(prompt)
    kept = _distinct(reading)[:FIGURES]
    sides = find_sides(prompt)
    chosen: list[tuple[Mention, WantedFigure]] = []
    room = FIGURES - len(kept)
    for m in kept:
        copies = min(m.count - 1, room)
        room -= copies
        figure = WantedFigure(m.name, m.colour, sides.get(m, ""), m.guess)
        chosen += [(m, figure)] * (1 + copies)
    pairs = [(a, b) for a, b in find_behind(prompt) if a in kept and b in kept]
    first = {m: i for i, (m, _) in reversed(list(enumerate(chosen)))}
    return tuple(f for _, f in chosen), tuple((first[a], first[b]) for a, b in pairs)


def _distinct(reading: Reading) -> list[Mention]:
    """Leave out a subject that is named again, unless it is another one."""
    kept: list[Mention] = []
    for m in reading.subjects:
        if kept and _says_more_of_others(reading, m):
            continue
        before = reading.text.words[max(0, m.start - 3) : m.start]
        another = any(w in _AGAIN for w in before)
        same = [k for k in kept if k.name == m.name and m.colour in (None, k.colour)]
        if another or not same:
            kept.append(m)
    return kept


def _says_more_of_others(reading: Reading, mention: Mention) -> bool:
    """Say whether friends are those who are named beside them: "a fox and an owl, best friends"."""
    words = reading.text.words
    word, before = words[mention.start], words[mention.start - 1]
    after = words[mention.end : mention.end + 1]
    together = word in ("friends", "pals") and before in _BEST
    return together or (word in ("friend", "pal") and after in (("the",), ("a",), ("an",)))


def find_sides(prompt: str) -> dict[Mention, str]:
    """Find which subjects are said to be on the left, on the right or in the middle."""
    reading = read_text(prompt)
    words = reading.text.words
    sides: dict[Mention, str] = {}
    for at, word in enumerate(words):
        lead = _phrase_start(words, at)
        if word not in _SIDES or lead is None:
            continue
        of = _related(reading, at)
        whose = _owner(reading, lead, at)
        if whose is None or (_SIDES[word] == "middle" and of is None and _of_other(words, at)):
            continue
        sides.setdefault(whose, _SIDES[word])
        if of is not None and of != whose:
            sides.setdefault(of, _OPPOSITE[_SIDES[word]])
    return {m: side for m, side in sides.items() if side}


def _of_other(words: Sequence[str], at: int) -> bool:
    """Say whether the middle of something else than the picture is meant: "of the night"."""
    return words[at + 1 : at + 2] == ("of",) and not any(
        w in _WHOLE for w in words[at + 2 : at + 5]
    )


def _phrase_start(words: Sequence[str], at: int) -> int | None:
    """Return where "on the far left" begins, given the place of its last word; None if it is none.

    "left" alone is a verb, but "left of" is not.
    """
    start = at
    while start > 0 and words[start - 1] in ("the", "far", "very", "its", "our"):
        start -= 1
    if start > 0 and words[start - 1] in ("on", "at", "to", "in", "from"):
        return start - 1
    return at if words[at + 1 : at + 2] == ("of",) else None


def _related(reading: Reading, at: int) -> Mention | None:
    """Return the subject after "on the left of", if there is one."""
    words = reading.text.words
    after = at + 2 if words[at + 1 : at + 2] in (("side",), ("hand",)) else at + 1
    if words[after : after + 1] != ("of",):
        return None
    near = [m for m in reading.subjects if after < m.start <= after + 4]
    return near[0] if near and not any(w in _WHOLE for w in words[after : near[0].start]) else None


def _owner(reading: Reading, lead: int, at: int) -> Mention | None:
    """Return the subject that a phrase from ``lead`` to ``at`` is said of.

    It is the one before in the same part of the sentence, else the next one after.
    """
    start = lead
    words, joined = reading.text.words, reading.text.joined
    while start > 0 and joined[start] and words[start - 1] not in ("and", "while", "but"):
        start -= 1
    before = [m for m in reading.subjects if start <= m.start < lead]
    of = _related(reading, at)
    after = [m for m in reading.subjects if m.start > at and m != of]
    if before:
        return before[-1]
    if joined[lead] and lead > start and not after:
        return None
    return after[0] if after else _last_before(reading, lead)


def _last_before(reading: Reading, at: int) -> Mention | None:
    earlier = [m for m in reading.subjects if m.start < at]
    return earlier[-1] if earlier else None


def find_behind(prompt: str) -> list[tuple[Mention, Mention]]:
    """Find pairs of subjects, the first standing behind the second."""
    reading = read_text(prompt)
    words = reading.text.words
    pairs: list[tuple[Mention, Mention]] = []
    for at, word in enumerate(words):
        front = word == "front" and words[at + 1 : at + 2] == ("of",)
        before = [m for m in reading.subjects if m.end <= at]
        after = [m for m in reading.subjects if at < m.start <= at + 6]
        if (word == "behind" or front) and before and after:
            pair = (before[-1], after[0])
            pairs.append(pair[::-1] if front else pair)
    return pairs
