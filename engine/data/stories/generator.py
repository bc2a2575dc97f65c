"""Tells stories from plot skeletons: a wish and the pages, each with its picture prompt."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace

from engine.data.stories.cast import (
    Character,
    draw_friend,
    draw_hero,
    friend_slots,
    hero_slots,
    invent_word,
)
from engine.data.stories.grammar import choose, expand, polish
from engine.data.stories.lexicon import Beat, Plot, plots, words

_HOURS = {"dawn": "morning", "sunset": "evening", "night": "night"}
_BARE = ("[a hero]", "[a hero]", "[hero]", "[a hero] and [a friend]", "[name-the]",
         "[a hero] [in place]", "[a hero] who [s:live] [in place]", "the [hero] [in place]",
         "[name-the] and [a friend]", "the [hero] and the [friend]")  # fmt: skip
_SHORT = ("begin", "help", "turn", "end")
_TIME_PHRASES = {"dawn": "at dawn", "sunset": "at sunset", "night": "at night"}


@dataclass(frozen=True)
class StoryPage:
    """One page: prose, picture prompt, and what the listener asked for just before it, if so."""

    text: str
    prompt: str
    direction: str = ""


@dataclass(frozen=True)
class Story:
    """A generated story, the wish that it answers, and the helper whom the wish does not name."""

    wish: str
    pages: tuple[StoryPage, ...]
    plot: str
    friend: str = ""


@dataclass
class _Teller:
    """The state of one telling: cast, slots, and the time and weather that hold so far."""

    rng: random.Random
    hero: Character
    friend: Character
    slots: dict[str, str]
    places: dict[str, str]
    time: str
    weather: str


def make_story(seed: int, *, pages: int | None = None, plot: str | None = None) -> Story:
    """Tell story number ``seed``; the same arguments give the same story.

    ``pages`` (2 to 8) and ``plot`` (a name) are drawn when not given.
    """
    rng = random.Random(f"story-{seed}")
    every = plots()
    names = [name for name, p in every.items() if not p.flags & {"filler", "sequel"}]
    skeleton = every[plot or rng.choice(names)]
    count = pages or rng.choices(range(2, 9), (4, 8, 38, 18, 13, 7, 12))[0]
    teller = _teller(skeleton, rng)
    wish = _wish(skeleton, teller)
    _forget_name(teller, wish)
    told = _tell(skeleton, teller, count)
    return Story(wish, tuple(told), skeleton.name, _unnamed_friend(teller.friend, wish, told))


def _unnamed_friend(friend: Character, wish: str, told: list[StoryPage]) -> str:
    """Say who helps, if anybody does and the wish does not tell."""
    noun = re.compile(rf"\b{friend.noun}\b")
    if noun.search(wish) or not any(noun.search(page.text) for page in told):
        return ""
    return friend.noun + (f" called {friend.name}" if friend.name else "")


def _teller(plot: Plot, rng: random.Random) -> _Teller:
    hero = draw_hero(rng, pair="pairs" in plot.flags and rng.random() < 0.12)
    friend = draw_friend(rng, hero)
    home = plot.draws.get("place", rng.choice(words()["homes"]))
    ways = rng.sample([w for w in words()["ways"] if w != home], 6)
    places = {"place": home, "place2": ways[0], "place3": ways[1], "wayplace": ways[2]}
    if "home" in plot.flags and "place" not in plot.draws and rng.random() < 0.6:
        places["place2"] = home
    if plot.name == "sleepless":
        places["place2"] = "garden"
    time = rng.choices(("", "night", "sunset", "dawn"), (80, 9, 5, 6))[0]
    weather = rng.choices(("", "snow", "rain", "fog", "cloudy", "rainbow"), (78, 8, 4, 4, 3, 3))[0]
    time = "" if weather else time
    slots = hero_slots(hero, rng) | friend_slots(friend) | _place_slots(places) | _draws(plot, rng)
    return _Teller(rng, hero, friend, slots, places, time, weather)


def _place_slots(places: dict[str, str]) -> dict[str, str]:
    table = {row.split(" | ")[0]: row.split(" | ") for row in words()["places"]}
    slots: dict[str, str] = {}
    for key, place in places.items():
        _, inside, the, _ = table[place]
        slots |= {f"in {key}": inside, f"{key}-the": the, f"to {key}": f"to {the}"}
    return slots


def _draws(plot: Plot, rng: random.Random) -> dict[str, str]:
    slots = {"other": rng.choice(words()["animals"]), "lost": rng.choice(words()["finds"]),
             "food": rng.choice(words()["foods"])}  # fmt: skip
    for key, source in plot.draws.items():
        if key == "place":
            continue
        entry = rng.choice(words().get(source, [source]))
        if source in ("things", "finds", "builds") and rng.random() < 0.12:
            entry = invent_word(rng)
        if source == "fears" and rng.random() < 0.35:
            entry = _invented_fear(rng)
        if source == "dreams" and rng.random() < 0.5:
            entry = _combined_dream(rng)
        fields = entry.split(" | ")
        slots[key] = choose(fields[0], rng)
        slots |= {f"{key}.{i}": choose(part, rng) for i, part in enumerate(fields[1:], 2)}
    if "fear" in slots:
        slots["fear-comes"] = "come" if slots["fear"].endswith("s") else "comes"
    slots["food-cap"] = slots["food"].capitalize()
    if "thing" in slots:
        slots["things"] = slots["thing"] + "s"
    return slots


def _combined_dream(rng: random.Random) -> str:
    """Put a verb and a thing together: "tickle a whale"."""
    forms = rng.choice(words()["verbs"]).split(" | ")
    noun = rng.choice((*words()["animals"], *words()["machines"], *words()["builds"]))
    return " | ".join(f"{form} a {noun}" for form in forms)


def _invented_fear(rng: random.Random) -> str:
    """Make a fear of anything at all, with words that fit anything."""
    noun = rng.choice((*words()["animals"], *words()["machines"], *words()["things"]))
    noun = invent_word(rng) if rng.random() < 0.2 else noun
    many = noun if noun.endswith("s") else noun + "s"
    near = f"{{there stood a {noun}, very near|something moved, and it was a {noun}}}"
    good = (
        f"{{a {noun} was a friendly thing when you knew it|a {noun} was nothing to be afraid of}}"
    )
    return f"{many} | {near} | {good}"


def _wish(plot: Plot, teller: _Teller) -> str:
    rng, slots = teller.rng, teller.slots
    wish = rng.choice(_BARE if rng.random() < 0.13 else plot.wishes)
    if rng.random() < 0.12 and "[a friend]" not in wish and "?" not in wish:
        wish += rng.choice((" with [his] friend, [a friend]", ", with [a friend]"))
    somewhere = rng.random() < 0.18 and not any(mark in wish for mark in ("?", " in ", " at "))
    extra = ["[in place]"] if somewhere else []
    if teller.time and rng.random() < 0.7:
        extra.append(_TIME_PHRASES[teller.time])
    if teller.weather in ("snow", "rain", "fog") and rng.random() < 0.7:
        extra.append(f"in the {teller.weather}")
    topic = "?" not in wish and not re.search(r"^(?!.* who ).*\[(s:|is|has)", wish)
    return _typed(expand(" ".join([wish, *extra]), slots, rng), rng, topic=topic)


def _forget_name(teller: _Teller, wish: str) -> None:
    """Leave most heroes without a name where the wish gives none."""
    name = teller.hero.name
    if name and name.lower() not in wish.lower() and teller.rng.random() < 0.75:
        teller.hero = replace(teller.hero, name="")
        teller.slots |= hero_slots(teller.hero, teller.rng)


def _typed(wish: str, rng: random.Random, *, topic: bool) -> str:
    """Give a wish the looks of something people type; a ``topic`` may follow "a story about"."""
    lead = ""
    if topic and rng.random() < 0.3:
        lead = rng.choice(("Tell me a story about ", "a story about ", "Please tell a story about ",
                           "I want a story about ", "Write about ", "story: ",
                           "Can you tell me about "))  # fmt: skip
        wish = wish[0].lower() + wish[1:] if wish.split()[0] in ("A", "An", "The", "Two") else wish
    style = rng.random()
    if style < 0.45 and not lead and wish.split()[0] in ("A", "An", "The", "Two", "How"):
        wish = wish[0].lower() + wish[1:]
    elif style > 0.94:
        wish = wish.lower()
    return lead + wish + (rng.choice((".", "!")) if rng.random() < 0.12 else "")


def _tell(plot: Plot, teller: _Teller, count: int) -> list[StoryPage]:
    sequel = count >= 5 and teller.rng.random() < 0.12
    core = count if not sequel else teller.rng.randint(3, count - 2)
    told = _tell_core(plot, teller, core)
    if sequel:
        told += _tell_sequel(teller, count - core)
    return told


def _tell_core(plot: Plot, teller: _Teller, count: int) -> list[StoryPage]:
    names = list(_SHORT if count <= 4 else plot.beats)
    if count == 5 and len(names) == 6:
        names.remove(teller.rng.choice(("trouble", "try")))
    beats: list[tuple[Plot, Beat]] = [
        (plot, plot.beats[name]) for name in names if name in plot.beats
    ]
    fillers = _fillers(teller, max(0, count - len(beats)), home="home" in plot.flags)
    for filler in fillers:
        at = teller.rng.randint(2 if "trouble" in names else 1, names.index("help"))
        beats.insert(at, (filler, filler.beats["page"]))
    pages = [_page(p, beat, teller, first=i == 0) for i, (p, beat) in enumerate(beats)]
    return _merge(pages, count) if count < 4 else pages


def _merge(pages: list[StoryPage], count: int) -> list[StoryPage]:
    """Make two or three pages of four, by letting neighbours share one."""
    begin, meeting, turn, end = pages
    if count == 2:
        return [StoryPage(f"{begin.text} {meeting.text}", meeting.prompt),
                StoryPage(f"{turn.text} {end.text}", turn.prompt)]  # fmt: skip
    return [begin, StoryPage(f"{meeting.text} {turn.text}", turn.prompt), end]


def _fillers(teller: _Teller, count: int, *, home: bool) -> list[Plot]:
    """Draw filler pages that fit: none on the road for stories at home, no rain on top of rain."""
    fitting = [
        p
        for p in plots().values()
        if "filler" in p.flags
        and not (home and "road" in p.flags)
        and p.name.removeprefix("f-") not in (teller.weather, teller.time)
    ]
    return teller.rng.sample(fitting, count)


def _tell_sequel(teller: _Teller, count: int) -> list[StoryPage]:
    """Go on after the end, as a listener asks: filler pages, then another end."""
    fillers = _fillers(teller, count - 1, home=False)
    pages = [_page(filler, filler.beats["page"], teller) for filler in fillers]
    asked = expand(teller.rng.choice(fillers[0].says), teller.slots, teller.rng)
    pages[0] = StoryPage(pages[0].text, pages[0].prompt, _typed_direction(asked, teller.rng))
    last = teller.rng.choice([p for p in plots().values() if "sequel" in p.flags])
    return [*pages, _page(last, last.beats["page"], teller)]


def _typed_direction(text: str, rng: random.Random) -> str:
    if rng.random() < 0.5:
        text = text[0].lower() + text[1:]
    return rng.choice(("", "", "", "and then ", "Then ")) + text


def _page(plot: Plot, beat: Beat, teller: _Teller, *, first: bool = False) -> StoryPage:
    rng = teller.rng
    if "filler" in plot.flags:
        teller.slots |= {"other": rng.choice(words()["animals"]),
                         "lost": rng.choice(words()["finds"])}  # fmt: skip
    text = rng.choice(beat.texts)
    if first:
        kind = "intros_named" if teller.hero.name else "intros_plain"
        text, timed = _one_night(text, teller)
        notes = "" if timed else _notes(teller)
        text = text.replace("[intro]", rng.choice(words()[kind]) + notes)
    return StoryPage(expand(text, teller.slots, rng), _prompt(plot, beat, teller))


def _one_night(text: str, teller: _Teller) -> tuple[str, bool]:
    """Let "one day" be "one night" where the pictures are dark; says whether that told the time."""
    if not teller.time:
        return text, False
    hour = _HOURS[teller.time]
    text, count = re.subn(r"\b([Oo])ne (?:\w+ )?(?:morning|day|evening)\b", rf"\1ne {hour}", text)
    return text, count > 0


def _notes(teller: _Teller) -> str:
    """Write the sentence that tells of the weather or the time that the pictures will show."""
    kind = teller.weather or teller.time
    return " " + teller.rng.choice(words()[f"{kind}_notes"]) if kind else ""


def _prompt(plot: Plot, beat: Beat, teller: _Teller) -> str:
    slots = teller.slots
    looks = {
        "H": teller.hero.looks, "F": teller.friend.looks, "T": f"a {slots.get('thing', 'box')}",
        "O": f"a small {slots['other']}", "L": f"a {slots['lost']}", "S": "a star",
        "M": "a green monster", "D": "a dragon", "D2": "a baby dragon", "K": "a king",
        "G": "a genie", "W": "a ghost", "W2": "a whale", "M2": "a machine", "E": "an egg",
        "L2": "a lighthouse", "B": "a red balloon", "T2": "a train", "D3": "a dinosaur",
    }  # fmt: skip
    who = [looks[mark] for mark in beat.subjects]
    table = {row.split(" | ")[0]: row.split(" | ")[3] for row in words()["places"]}
    key = teller.places.get(beat.place, beat.place) or teller.places["place"]
    time = _TIME_PHRASES.get(beat.time or teller.time, "")
    weather = beat.weather or teller.weather
    people = who[0] if len(who) == 1 else f"{', '.join(who[:-1])} and {who[-1]}"
    prompt = f"{people} {table[key]} {time}".strip()
    return polish(f"{prompt}, {weather}" if weather else prompt).lower()
