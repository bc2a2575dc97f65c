"""Tells stories from plot skeletons: a wish and the pages, each with its picture prompt.

Templates are filled with roles (``engine.text.roles``): a page is kept as ``told``, with a token
for each role, and as plain ``text``.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from engine.data.stories.cast import draw_friend, draw_hero
from engine.data.stories.grammar import expand, polish
from engine.data.stories.lexicon import Beat, Plot, plots, words
from engine.data.stories.slots import Draws, draw_slots, fill_wish, story_slots
from engine.data.stories.wishing import type_wish, wish_template
from engine.text.beats import plan_of
from engine.text.reading import read_wish
from engine.text.roles import CAP, Cast, Deed, Home, Thing

_HOURS = {"dawn": "morning", "sunset": "evening", "night": "night"}
_TIME_PHRASES = {"dawn": "at dawn", "sunset": "at sunset", "night": "at night"}


@dataclass(frozen=True)
class StoryPage:
    """One page: prose, picture prompt, and what the listener asked for just before it, if so.

    ``told`` and ``told_prompt`` are the same with roles; ``beat`` says what the page is for.
    """

    text: str
    prompt: str
    direction: str = ""
    told: str = ""
    told_prompt: str = ""
    beat: str = ""


@dataclass(frozen=True)
class Story:
    """A generated story, the wish that it answers (plain and marked), and its cast."""

    wish: str
    pages: tuple[StoryPage, ...]
    plot: str
    marked: str
    cast: Cast


@dataclass
class _Teller:
    """The state of one telling: cast, slots, and the time and weather that hold so far."""

    rng: random.Random
    cast: Cast
    draws: Draws
    places: dict[str, str]
    time: str
    weather: str
    slots: dict[str, str] = field(default_factory=dict)


def make_story(seed: int, *, pages: int | None = None, plot: str | None = None) -> Story:
    """Tell story number ``seed``; the same arguments give the same story.

    ``pages`` (1 to 8) and ``plot`` (a name) are drawn when not given.
    """
    rng = random.Random(f"story-{seed}")
    every = plots()
    names = [name for name, p in every.items() if not p.flags & {"filler", "sequel"}]
    weights = [2 if "general" in every[name].flags else 1 for name in names]
    skeleton = every[plot or rng.choices(names, weights)[0]]
    count = pages or rng.choices(range(1, 9), (9, 6, 12, 38, 12, 10, 5, 8))[0]
    teller = _teller(skeleton, rng)
    wish, marked = _wish(skeleton, teller)
    teller.slots = story_slots(teller.cast, teller.draws, teller.places)
    told = tuple(_tell(skeleton, teller, count))
    return Story(wish, told, skeleton.name, marked, teller.cast)


def make_wish(seed: int, *, plot: str) -> str:
    """Write a wish for a plot, marked as the model reads it; the same seed gives the same."""
    rng = random.Random(f"wish-{plot}-{seed}")
    skeleton = plots()[plot]
    return _wish(skeleton, _teller(skeleton, rng))[1]


def _teller(plot: Plot, rng: random.Random) -> _Teller:
    hero = draw_hero(rng)
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
    weather = "" if (plot.name, weather) == ("autumn", "snow") else weather
    time = "" if weather else time
    table = {row.split(" | ")[0]: row.split(" | ") for row in words()["places"]}
    draws = draw_slots(plot, rng)
    thing = Thing(*draws.thing) if draws.thing else None
    deed = Deed(*draws.deed) if draws.deed else None
    cast = Cast(hero, friend, Home(*table[home][1:4]), thing, deed)
    return _Teller(rng, cast, draws, places, time, weather)


def _wish(plot: Plot, teller: _Teller) -> tuple[str, str]:
    """Write the wish, as typed and as the model reads it."""
    rng = teller.rng
    template = wish_template(plot, rng)
    if teller.cast.hero.many and "[hero]" in template:
        template = "[a hero]"
    if rng.random() < 0.12 and "[a friend]" not in template and "?" not in template:
        template += rng.choice((" with [his] friend, [a friend]", ", with [a friend]"))
    fixed = "place" in plot.draws or any(
        mark in template for mark in ("?", " in ", " at ", " on ", "[in place]")
    )
    extra = ["[in place]"] if rng.random() < 0.18 and not fixed else []
    if teller.time and rng.random() < 0.7:
        extra.append(_TIME_PHRASES[teller.time])
    if teller.weather in ("snow", "rain", "fog") and rng.random() < 0.7:
        extra.append(f"in the {teller.weather}")
    text, cast = fill_wish(" ".join([template, *extra]), teller.cast, teller.draws, rng)
    topic = "?" not in template and not re.search(r"^(?!.* who ).*\[(s:|is|has)", template)
    typed = type_wish(text, rng, topic=topic)
    read = read_wish(typed)  # as at run time, so that the model learns from what it will be shown
    inner = teller.draws.thing_slot == "inner" and not _same(read.thing, cast.thing)
    thing = None if inner else cast.thing
    teller.cast = replace(cast, thing=thing)
    teller.draws.marked = thing is not None
    return typed, read.marked


def _same(read: Thing | None, meant: Thing | None) -> bool:
    """Say whether a wish was read as it was meant."""
    return bool(read and meant and read.bare.lower() == meant.bare.lower())


def _tell(plot: Plot, teller: _Teller, count: int) -> list[StoryPage]:
    sequel = count >= 2 and teller.rng.random() < 0.12
    core = count if not sequel else teller.rng.randint(1, count - 1)
    told = _tell_core(plot, teller, core)
    if sequel:
        told += _tell_sequel(teller, count - core)
    return told


def _tell_core(plot: Plot, teller: _Teller, count: int) -> list[StoryPage]:
    plan = plan_of(count) or _long_plan(plot, teller, count)
    halves = _short_halves(plot, teller) if plan[0].startswith("short") else {}
    pages = []
    fillers = _fillers(teller, plan.count("filler"), unfit=_unfit(plot, teller))
    for i, name in enumerate(plan):
        if name == "filler":
            filler = fillers.pop()
            pages.append(_page(filler, filler.beats["page"], teller, name))
        else:
            pages.append(_core_page(plot, name, teller, halves, first=i == 0))
    return pages


def _long_plan(plot: Plot, teller: _Teller, count: int) -> tuple[str, ...]:
    names = [name for name in plot.beats if name != "short"]
    if count == 5 and len(names) == 6:
        names.remove("try")
    for _ in range(count - len(names)):
        at = teller.rng.randint(2 if "trouble" in names else 1, names.index("help"))
        names.insert(at, "filler")
    return tuple(names)


def _short_halves(plot: Plot, teller: _Teller) -> dict[str, str]:
    """Draw the compact telling, which parts in the middle."""
    first, _, second = teller.rng.choice(plot.beats["short"].texts).partition("||")
    return {"short": f"{first.strip()} {second.strip()}", "short1": first, "short2": second}


def _core_page(
    plot: Plot, name: str, teller: _Teller, halves: dict[str, str], *, first: bool
) -> StoryPage:
    if name in halves:
        return _page(
            plot, _half(plot.beats["short"], name, halves[name]), teller, name, first=first
        )
    parts = {"meet": ("trouble", "help"), "close": ("turn", "end")}.get(name, (name,))
    beats = [plot.beats[part] for part in parts if part in plot.beats]
    text = " ".join(teller.rng.choice(beat.texts) for beat in beats)
    return _page(plot, replace(beats[-1], texts=[text]), teller, name, first=first)


def _unfit(plot: Plot, teller: _Teller) -> set[str]:
    """Name the filler pages that would break a plot before it has come to its end.

    Stories at home leave the road out, those in bed the weather and sleep, and those about food
    a meal of it.
    """
    roads = {p.name for p in plots().values() if "road" in p.flags}
    unfit = roads if "home" in plot.flags else set()
    unfit |= {"f-night", "f-rain", "f-snow"} if teller.places["place"] == "bedroom" else set()
    return unfit | ({"f-eat"} if teller.draws.thing_slot == "food" else set())


def _half(beat: Beat, name: str, text: str) -> Beat:
    """Give the compact telling, or a half of it: who is there by then, and where."""
    absent = "+" if name == "short1" else "-"
    who = [mark.lstrip("+-") for mark in beat.subjects if not mark.startswith(absent)]
    friend = "[F]" in text or "[a friend]" in text
    if name == "short1" and not friend:
        who = [mark for mark in who if mark != "F"]
    elif name == "short2" and len(who) == 1 and friend:
        who.append("F")
    place = beat.goes_to if beat.goes_to and name != "short1" else beat.place
    return replace(beat, texts=[text], subjects=who, place=place)


def _fillers(teller: _Teller, count: int, *, unfit: Collection[str] = ()) -> list[Plot]:
    """Draw filler pages that fit; no rain on top of rain."""
    fitting = [
        p
        for p in plots().values()
        if "filler" in p.flags
        and p.name not in unfit
        and p.name.removeprefix("f-") not in (teller.weather, teller.time)
    ]
    return teller.rng.sample(fitting, count)


def _tell_sequel(teller: _Teller, count: int) -> list[StoryPage]:
    """Go on after the end, as a listener asks: filler pages, then another end."""
    fillers = _fillers(teller, max(1, count - 1))
    pages = [_page(filler, filler.beats["page"], teller, "filler") for filler in fillers]
    asked = expand(teller.rng.choice(fillers[0].says), _plain(teller), teller.rng)
    pages[0] = replace(pages[0], direction=_typed_direction(asked, teller.rng))
    if count == 1:
        return pages
    last = teller.rng.choice([p for p in plots().values() if "sequel" in p.flags])
    return [*pages, _page(last, last.beats["page"], teller, "last")]


def _plain(teller: _Teller) -> dict[str, str]:
    """Slots for what a listener asks: plain words."""
    cast = teller.cast
    return teller.slots | {"H": cast.words["H"], "in place": cast.home.inside}


def _typed_direction(text: str, rng: random.Random) -> str:
    if rng.random() < 0.5:
        text = text[0].lower() + text[1:]
    return rng.choice(("", "", "", "and then ", "Then ")) + text


def _page(plot: Plot, beat: Beat, teller: _Teller, name: str, *, first: bool = False) -> StoryPage:
    rng = teller.rng
    if "filler" in plot.flags:
        teller.slots |= {"other": rng.choice(words()["animals"]),
                         "lost": rng.choice(words()["finds"])}  # fmt: skip
    text = rng.choice(beat.texts)
    if first:
        text, timed = _one_night(text, teller)
        notes = "" if timed else _notes(teller)
        text = text.replace("[intro]", rng.choice(words()["intros"]) + notes)
    told = teller.draws.tokens(expand(teller.draws.with_articles(text), teller.slots, rng))
    told_prompt = teller.draws.tokens(_prompt(plot, beat, teller)).replace(CAP, "")
    cast = teller.cast
    prompt = polish(cast.spell(told_prompt)).lower()
    return StoryPage(cast.spell(told), prompt, told=told, told_prompt=told_prompt, beat=name)


def _one_night(text: str, teller: _Teller) -> tuple[str, bool]:
    """Let "one day" be "one night" where the pictures are dark; says whether that told the time."""
    if not teller.time:
        return text, False
    hour = _HOURS[teller.time]
    text, count = re.subn(
        r"(?<!\")\b([Oo])ne (?:\w+ )?(?:morning|day|evening)\b", rf"\1ne {hour}", text
    )
    return text, count > 0


def _notes(teller: _Teller) -> str:
    """Write the sentence that tells of the weather or the time that the pictures will show."""
    kind = teller.weather or teller.time
    return " " + teller.rng.choice(words()[f"{kind}_notes"]) if kind else ""


def _prompt(plot: Plot, beat: Beat, teller: _Teller) -> str:
    slots = teller.slots
    looks = {
        "H": slots["hero-looks"], "F": slots["friend-looks"],
        "T": slots.get("aX") or f"a {slots.get('thing', 'box')}",
        "O": slots.get("aX") if "other" in plot.draws and "aX" in slots else f"a {slots['other']}",
        "L": f"a {slots['lost']}", "S": "a star",
        "M": "a green monster", "D": "a dragon", "D2": "a baby dragon", "K": "a king",
        "G": "a genie", "W": "a ghost", "W2": "a whale", "M2": "a machine", "E": "an egg",
        "L2": "a lighthouse", "B": "a red balloon", "T2": "a train", "D3": "a dinosaur",
    }  # fmt: skip
    who = [str(looks[mark]) for mark in beat.subjects]
    table = {row.split(" | ")[0]: row.split(" | ")[3] for row in words()["places"]}
    key = teller.places.get(beat.place, beat.place) or teller.places["place"]
    home = key == teller.places["place"] and "place" not in plot.draws
    where = slots["home-picture"] if home else table.get(key) or f"at {slots['aX']}"
    time = _TIME_PHRASES.get(beat.time or teller.time, "")
    weather = beat.weather or teller.weather
    people = who[0] if len(who) == 1 else f"{', '.join(who[:-1])} and {who[-1]}"
    prompt = f"{people} {where} {time}".strip()
    return polish(f"{prompt}, {weather}" if weather else prompt)
