"""Words that layouts are made of: places, times, weathers, colours and subjects, with look-ups.

Plain tables without heavy imports: the illustrator reads a prompt with them at run time, and the
training data is drawn and captioned with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from engine.image.subject_table import CATEGORY_WEIGHTS, TABLES


@dataclass(frozen=True)
class SubjectInfo:
    """One thing that can be drawn.

    ``size`` is a class of real size from 1 (mouse) to 5 (house); ``stance`` is where it belongs:
    ``ground``, ``water``, ``air`` or ``sky``; ``emoji`` is empty where the renderer draws it whole.
    """

    emoji: str
    category: str
    synonyms: tuple[str, ...]
    weight: float
    size: int
    stance: str


@dataclass(frozen=True)
class PlaceInfo:
    """One place: its phrase after a subject ("in a forest"), other words for it, where one stands.

    ``ground`` is ``land``, ``water`` (surface), ``deep`` (under water), ``air``, ``space`` or
    ``indoors``; ``horizon`` is the usual fraction from the top.
    """

    phrase: str
    synonyms: tuple[str, ...]
    ground: str = "land"
    horizon: float = 0.58
    weight: float = 1.0


PLACES: dict[str, PlaceInfo] = {
    "meadow": PlaceInfo("in a meadow", ("field", "grass", "pasture", "grassland", "prairie")),
    "forest": PlaceInfo(
        "in a forest", ("wood", "woods", "woodland", "among the trees", "grove"), weight=2.0
    ),
    "snowfield": PlaceInfo(
        "on a snowy field",
        ("snowy field", "snowy hill", "in the snow", "snow field", "ice"),
        weight=1.5,
    ),
    "mountains": PlaceInfo("in the mountains", ("mountain", "peak", "alps", "valley", "cliff")),
    "beach": PlaceInfo("on a beach", ("shore", "sand", "seaside", "coast"), weight=1.2),
    "sea": PlaceInfo("on the sea", ("ocean", "at sea", "waves", "open sea"), "water", 0.5),
    "underwater": PlaceInfo(
        "under the sea",
        (
            "under water",
            "under the sea",
            "bottom of the sea",
            "sea bed",
            "deep sea",
            "under the water",
            "coral reef",
            "under the ocean",
        ),
        "deep",
        0.72,
    ),
    "cave": PlaceInfo(
        "in a cave", ("cavern", "grotto", "tunnel", "den", "burrow"), "indoors", 0.66
    ),
    "desert": PlaceInfo("in a desert", ("dune", "dunes", "sahara", "sand dunes", "oasis")),
    "village": PlaceInfo(
        "in a village street",
        ("village street", "street", "town", "market", "lane"),
        weight=1.3,
    ),
    "castle": PlaceInfo("by a castle", ("palace", "courtyard", "fortress", "kingdom")),
    "city": PlaceInfo("in a city", ("downtown", "skyscrapers", "big city", "rooftops", "avenue")),
    "farm": PlaceInfo("on a farm", ("farmyard", "barnyard", "barn", "stable")),
    "garden": PlaceInfo(
        "in a garden", ("flower garden", "backyard", "flower bed", "yard"), weight=1.2
    ),
    "river": PlaceInfo("by a river", ("stream", "brook", "creek", "riverbank")),
    "lake": PlaceInfo("by a lake", ("lakeside", "lagoon")),
    "swamp": PlaceInfo("in a swamp", ("marsh", "bog", "mud")),
    "jungle": PlaceInfo("in a jungle", ("rainforest", "rain forest", "tropical forest")),
    "clouds": PlaceInfo(
        "above the clouds", ("sky", "in the air", "heavens", "over the clouds"), "air", 0.82
    ),
    "space": PlaceInfo(
        "in space", ("outer space", "galaxy", "among the stars", "universe"), "space", 0.9, 0.8
    ),
    "moon": PlaceInfo(
        "on the moon", ("crater", "lunar surface", "strange planet"), "land", 0.64, 0.8
    ),
    "bedroom": PlaceInfo(
        "in a bedroom",
        ("room", "bed room", "nursery", "attic", "in bed", "living room", "house"),
        "indoors",
        0.7,
    ),
    "kitchen": PlaceInfo(
        "in a kitchen", ("bakery", "dining room", "restaurant", "inn"), "indoors", 0.7
    ),
    "library": PlaceInfo(
        "in a library", ("school", "classroom", "workshop", "museum"), "indoors", 0.72, 0.8
    ),
    "playground": PlaceInfo("in a playground", ("park", "schoolyard", "sandpit"), weight=0.8),
    "bridge": PlaceInfo("on a bridge", ("stone bridge", "wooden bridge"), weight=0.8),
    "island": PlaceInfo("on an island", ("isle", "desert island", "treasure island"), weight=0.9),
    "hill": PlaceInfo("on a hill", ("hilltop", "hills", "hillside", "moor"), "land", 0.66, 1.2),
    "pond": PlaceInfo("by a pond", ("puddle", "lily pond", "pool"), weight=0.9),
    "road": PlaceInfo("on a road", ("path", "trail", "way home")),
    "harbour": PlaceInfo("in a harbour", ("harbor", "port", "dock", "pier", "quay"), weight=0.9),
    "waterfall": PlaceInfo("by a waterfall", ("cascade", "foot of the falls"), weight=0.7),
}

TIMES: dict[str, tuple[str, ...]] = {
    "dawn": ("at dawn", "in the morning", "at sunrise", "early in the morning"),
    "day": ("by day", "in the daytime", "at noon", "in the afternoon", "on a bright day"),
    "sunset": ("at sunset", "in the evening", "at dusk", "in the golden evening"),
    "night": ("at night", "by moonlight", "under the stars", "at midnight", "in the dark"),
}

WEATHERS: dict[str, tuple[str, ...]] = {
    "clear": ("clear", "in fine weather", "under a clear sky"),
    "cloudy": ("cloudy", "under a cloudy sky", "on a grey day"),
    "rain": ("rain", "in the rain", "while it rains", "in a storm"),
    "snow": ("snow", "while snow falls", "in falling snow", "as it snows"),
    "fog": ("fog", "in the fog", "in the mist"),
    "rainbow": ("rainbow", "under a rainbow", "with a rainbow above"),
}

_TIME_WORDS: dict[str, str] = {
    "dawn": "dawn",
    "morning": "dawn",
    "sunrise": "dawn",
    "daybreak": "dawn",
    "day": "day",
    "noon": "day",
    "daytime": "day",
    "afternoon": "day",
    "midday": "day",
    "sunset": "sunset",
    "evening": "sunset",
    "dusk": "sunset",
    "twilight": "sunset",
    "night": "night",
    "midnight": "night",
    "moonlight": "night",
    "moonlit": "night",
    "starry": "night",
    "nighttime": "night",
    "bedtime": "night",
}

_WEATHER_WORDS: dict[str, str] = {
    "cloudy": "cloudy",
    "overcast": "cloudy",
    "clear": "clear",
    "sunny": "clear",
    "rain": "rain",
    "rainy": "rain",
    "rains": "rain",
    "raining": "rain",
    "storm": "rain",
    "stormy": "rain",
    "drizzle": "rain",
    "snow": "snow",
    "snowing": "snow",
    "snows": "snow",
    "snowfall": "snow",
    "blizzard": "snow",
    "snowflakes": "snow",
    "fog": "fog",
    "foggy": "fog",
    "mist": "fog",
    "misty": "fog",
    "haze": "fog",
    "rainbow": "rainbow",
    "snowy": "snow",
}

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 48, 49),
    "orange": (240, 134, 40),
    "yellow": (246, 205, 56),
    "green": (70, 165, 74),
    "blue": (58, 118, 212),
    "purple": (136, 76, 184),
    "pink": (240, 138, 178),
    "brown": (140, 92, 56),
    "black": (52, 50, 58),
    "white": (242, 242, 238),
    "grey": (140, 146, 152),
    "golden": (226, 176, 52),
}

COLOUR_WORDS: dict[str, str] = {
    "scarlet": "red",
    "crimson": "red",
    "ruby": "red",
    "gold": "golden",
    "gray": "grey",
    "silver": "grey",
    "violet": "purple",
    "lilac": "purple",
    "rosy": "pink",
    "azure": "blue",
    "turquoise": "blue",
    "navy": "blue",
    "emerald": "green",
    "tan": "brown",
    "amber": "orange",
    "ginger": "orange",
    "dark": "black",
    "snow-white": "white",
    "cream": "white",
}

IRREGULAR_PLURALS: dict[str, str] = {
    "mice": "mouse",
    "geese": "goose",
    "wolves": "wolf",
    "children": "child",
    "men": "man",
    "women": "woman",
    "people": "child",
    "oxen": "ox",
    "leaves": "leaf",
    "elves": "elf",
    "dwarves": "dwarf",
    "knives": "knife",
    "calves": "calf",
    "feet": "foot",
    "teeth": "tooth",
    "fairies": "fairy",
    "cacti": "cactus",
    "octopuses": "octopus",
    "loaves": "loaf",
    "firemen": "firefighter",
    "fishermen": "sailor",
    "thieves": "ninja",
    "hooves": "hoof",
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLACE_LEADS = _words(
    "in on at by near under through into inside across over above along beside from to of around "
    "among behind beneath below outside towards toward within onto beyond"
)
_LEADS_OF: dict[str, frozenset[str]] = {
    "castle": _words("in at by inside into near outside from of around"),
    "moon": frozenset(("on", "to")),
    "cloud": frozenset(("above", "among", "over", "in", "through")),
    "house": frozenset(("in", "inside", "into", "at")),
}
_SELDOM_NOUNS = frozenset(
    ("well", "rose", "bow", "ring", "duck", "present", "bat", "coach", "vet", "rainbow")
)
_BACKDROPS = frozenset(("star", "rainbow"))  # "under the stars" tells a time, "under a rainbow"
_ABOVE = frozenset(("under", "beneath", "below"))  # a weather, and neither a figure
_FILLERS = _words(
    "a an the his her its their my our your old big small little dark deep green great tiny huge "
    "snowy sunny quiet lonely wide empty tall high misty foggy rainy busy cosy cozy pretty frozen "
    "rocky warm cold far away starry lovely wild enchanted magic magical haunted"
)


def _parse_line(line: str, category: str) -> tuple[str, SubjectInfo]:
    head, _, tail = line.partition(":")
    words = head.split()
    at = next(i for i, word in enumerate(words) if not word.isascii() or word == "-")
    size, stance, *weight = words[at + 1 :]
    info = SubjectInfo(
        emoji="" if words[at] == "-" else words[at],
        category=category,
        synonyms=tuple(s.strip() for s in tail.split(",") if s.strip()),
        weight=float(weight[0]) if weight else CATEGORY_WEIGHTS[category],
        size=int(size),
        stance=stance,
    )
    return " ".join(words[:at]), info


SUBJECTS: dict[str, SubjectInfo] = dict(
    _parse_line(line, category)
    for category, table in TABLES.items()
    for line in table.strip().splitlines()
)


@cache
def synonyms() -> dict[str, str]:
    """Map every word or phrase that names a subject to the subject's name."""
    words = {other: name for name, info in SUBJECTS.items() for other in info.synonyms}
    return words | {name: name for name in SUBJECTS}


@cache
def place_words() -> dict[str, str]:
    """Map every word or phrase that names a place to the place's name."""
    words = {other: name for name, info in PLACES.items() for other in info.synonyms}
    return words | {name: name for name in PLACES}


def tokenize_words(text: str) -> list[str]:
    """Split text into lower-case words without punctuation."""
    return re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower().replace("’s", "").replace("'s", ""))


def singular(word: str) -> str:
    """Return the singular of an English noun, or the word itself where it looks like one."""
    if word in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def plural(noun: str) -> str:
    """Return the plural of an English noun or of the last word of a phrase."""
    for many, one in IRREGULAR_PLURALS.items():
        proper = many not in ("people", "thieves", "firemen", "fishermen", "octopuses")
        if proper and (noun == one or noun.endswith(" " + one)):
            return noun[: len(noun) - len(one)] + many
    if noun.endswith(("sheep", "deer", "fish", "moose", "bison", "shrimp", "grapes")):
        return noun
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh", "z")) else "s")


def _lookup(words: list[str], table: dict[str, str]) -> str | None:
    """Find words as a phrase in a table, as they stand or with the last one made singular."""
    last = words[-1]
    endings = [last, singular(last), last.removesuffix("es"), last.removesuffix("s")]
    phrases = (" ".join([*words[:-1], ending]) for ending in endings)
    return next((table[phrase] for phrase in phrases if phrase in table), None)


@dataclass(frozen=True)
class Mention:
    """A name found in a text: words ``start`` to ``end`` (exclusive) of its words."""

    name: str
    start: int
    end: int


def _mentions(words: list[str], table: dict[str, str]) -> list[Mention]:
    """Find all names, the longest phrase first at every word."""
    found: list[Mention] = []
    at = 0
    while at < len(words):
        for length in range(min(4, len(words) - at), 0, -1):
            name = _lookup(words[at : at + length], table)
            if name is not None:
                found.append(Mention(name, at, at + length))
                at += length - 1
                break
        at += 1
    return found


def _lead(words: list[str], start: int) -> str:
    """Return the word before a noun at ``start``, its articles and adjectives skipped."""
    while start > 0 and words[start - 1] in _FILLERS:
        start -= 1
    return words[start - 1] if start else ""


def _means_place(words: list[str], mention: Mention) -> bool:
    """Say whether a word that names a place and a subject alike is used as a place here."""
    name = _lookup(words[mention.start : mention.end], synonyms())
    leads = _LEADS_OF.get(name or "", _LEADS_OF["house"])
    return name is None or _lead(words, mention.start) in leads


def _covers(first: Mention, second: Mention) -> bool:
    """Say whether two mentions overlap and the first one is the longer."""
    overlap = first.start < second.end and second.start < first.end
    return overlap and first.end - first.start > second.end - second.start


def _all_mentions(text: str) -> tuple[list[str], list[Mention], list[Mention]]:
    """Return a text's words, the places it names, and the subjects it names."""
    words = tokenize_words(text)
    subjects = [m for m in _mentions(words, synonyms()) if _is_noun(words, m)]
    places = [m for m in _mentions(words, place_words()) if _means_place(words, m)]
    places = [p for p in places if not any(_covers(m, p) for m in subjects)]
    taken = {i for m in places for i in range(m.start, m.end)}
    return words, places, [m for m in subjects if m.start not in taken]


def _is_noun(words: list[str], mention: Mention) -> bool:
    """Say whether a word that is often no noun ("well"), or a backdrop, is a subject here."""
    if mention.name in _BACKDROPS and _lead(words, mention.start) in _ABOVE:
        return False
    if words[mention.start] not in _SELDOM_NOUNS or mention.end - mention.start > 1:
        return True
    before = words[mention.start - 1] if mention.start else "a"
    return before in _FILLERS or colour_of(before) is not None


def find_place(text: str) -> str | None:
    """Find the place that a text names, one that follows a preposition first; None without one."""
    words, found, _ = _all_mentions(text)
    led = [m for m in found if _lead(words, m.start) in _PLACE_LEADS]
    best = max(led or found, key=lambda m: m.end - m.start, default=None)
    return best.name if best else None


def subject_mentions(text: str) -> list[Mention]:
    """Find the subjects that a text names, in its order, leaving out words used as its place."""
    return _all_mentions(text)[2]


def find_subjects(text: str) -> list[str]:
    """Find the names of the subjects in a text, in its order, each once."""
    return list(dict.fromkeys(m.name for m in subject_mentions(text)))


def find_coloured_subjects(text: str) -> list[tuple[str, str | None]]:
    """Find the subjects in a text, each once, with the colour said right before it, if any."""
    words = tokenize_words(text)
    found: dict[str, str | None] = {}
    for mention in subject_mentions(text):
        before = words[max(0, mention.start - 3) : mention.start]
        colours = [c for c in map(colour_of, before) if c]
        found.setdefault(mention.name, colours[-1] if colours else None)
    return list(found.items())


def colour_of(word: str) -> str | None:
    """Return the colour that one word names, or None."""
    return word if word in COLOURS else COLOUR_WORDS.get(word)


def find_time(text: str) -> str | None:
    """Find the time of day that a text names, or None."""
    words = tokenize_words(text)
    if "in the dark" in " ".join(words[-3:]) or "under the stars" in " ".join(words):
        return "night"
    return next((_TIME_WORDS[w] for w in words if w in _TIME_WORDS), None)


def find_weather(text: str) -> str | None:
    """Find the weather that a text names, or None; a snowy field alone tells none."""
    words = re.sub(r"snowy (field|hill)", "", " ".join(tokenize_words(text))).split()
    return next((_WEATHER_WORDS[w] for w in words if w in _WEATHER_WORDS), None)
