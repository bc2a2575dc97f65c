"""Words that layouts are made of: places, times, weathers, colours and subjects.

Plain tables (the subjects' in ``subjects.txt``) without heavy imports: the illustrator reads a
prompt with them at run time, and the training data is drawn and captioned with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path


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

# Views of a place that are known: backdrops 1 to 6, those of even number mirrored.
BACKDROPS = 6

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

TIME_WORDS: dict[str, str] = {
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

WEATHER_WORDS: dict[str, str] = {
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


def _read_subjects(path: Path) -> dict[str, SubjectInfo]:
    """Read the table of subjects; the head of the file tells how it is written."""
    subjects: dict[str, SubjectInfo] = {}
    category, usual = "", ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            category, usual = line.strip("[]").rsplit(" ", 1)
        elif line and not line.startswith("#"):
            name, info = _read_subject(line, category, usual)
            subjects[name] = info
    return subjects


def _read_subject(line: str, category: str, usual: str) -> tuple[str, SubjectInfo]:
    head, _, tail = line.partition(":")
    words = head.split()
    at = next(i for i, word in enumerate(words) if not word.isascii() or word == "-")
    size, stance, *weight = words[at + 1 :]
    info = SubjectInfo(
        emoji="" if words[at] == "-" else words[at],
        category=category,
        synonyms=tuple(s.strip() for s in tail.split(",") if s.strip()),
        weight=float((*weight, usual)[0]),
        size=int(size),
        stance=stance,
    )
    return " ".join(words[:at]), info


SUBJECTS: dict[str, SubjectInfo] = _read_subjects(Path(__file__).with_name("subjects.txt"))


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
