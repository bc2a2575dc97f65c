"""Slots of the templates: plain words, or one private character for each role of the story.

The characters become the roles' tokens when a text is done; until then the template language can
treat them as letters.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.data.stories.cast import invent_word
from engine.data.stories.grammar import CAPITAL_MARK, FIRST_MARK, choose, expand, third_person
from engine.data.stories.lexicon import DEED_SLOTS, THING_SLOTS, Plot, thing_slot, words
from engine.text.number import verb_base
from engine.text.roles import CAP, PRONOUNS, ROLES, Cast, Deed, Thing, tighten, with_article
from engine.text.verbs import doing

MARKS = {role: chr(FIRST_MARK + i) for i, role in enumerate(ROLES)}
_WHOLE = ("fear", "goal")
"""Slots that bring their own determiner: "the dark"."""


@dataclass
class Draws:
    """What is drawn for a plot: slots, and which of them is the thing or the deed of the wish."""

    slots: dict[str, str] = field(default_factory=dict)
    thing_slot: str = ""
    deed_slot: str = ""
    thing: tuple[str, str, str] | None = None
    deed: tuple[str, str, str] | None = None
    marked: bool = False
    own_thing: str = ""

    def with_articles(self, template: str) -> str:
        """Let "a [thing]" and "the [thing]" be roles of their own, where the wish names it."""
        if not self.marked or not self.thing_slot:
            return template
        slot = self.thing_slot
        template = re.sub(rf"\b[Aa]n? \[{slot}\]", "[aX]", template)
        return re.sub(rf"\b[Tt]he \[{slot}\]", "[theX]", template)

    def tokens(self, text: str) -> str:
        """Turn the private characters into the roles' tokens."""
        for role, mark in MARKS.items():
            text = text.replace(mark, f"<|{role}|>")
        return tighten(text.replace(CAPITAL_MARK, CAP))


def draw_slots(plot: Plot, rng: random.Random) -> Draws:
    """Draw the words of a plot's own slots."""
    slots = {"other": rng.choice(words()["animals"]), "lost": rng.choice(words()["finds"]),
             "food": rng.choice(words()["foods"])}  # fmt: skip
    draws = Draws(slots, own_thing=thing_slot(plot.name))
    for key, source in plot.draws.items():
        if key != "place":
            _draw(draws, key, source, rng)
    slots["food-cap"] = slots["food"].capitalize()
    if "thing" in slots:
        slots["things"] = slots["thing"] + "s"
    return draws


def _draw(draws: Draws, key: str, source: str, rng: random.Random) -> None:
    entry = rng.choice(words().get(source, [source]))
    if source in ("things", "finds", "builds", "quests") and rng.random() < 0.15:
        entry = invent_word(rng)
    if source == "fears" and rng.random() < 0.4:
        entry = _invented_fear(rng)
    if source == "dreams" and rng.random() < 0.4:
        entry = _combined_deed(rng)
    if source == "errands" and rng.random() < 0.6:
        entry = _combined_deed(rng)
    fields = entry.split(" | ")
    draws.slots[key] = choose(fields[0], rng)
    draws.slots |= {f"{key}.{i}": choose(part, rng) for i, part in enumerate(fields[1:], 2)}
    if key in DEED_SLOTS:
        parts = [*fields, fields[0]]
        base = _habit_base(fields[0]) if key == "habit" else fields[0]
        third = doing(base) if key == "habit" else parts[2]
        draws.deed_slot, draws.deed = key, (base, parts[1], third)
        if key == "deed":
            draws.slots["deeds"] = third_person(base)


def _habit_base(habit: str) -> str:
    """Give a habit's base form: "sleeps all day" -> "sleep all day"."""
    first, _, rest = habit.partition(" ")
    return f"{verb_base(first)} {rest}".strip()


def _combined_deed(rng: random.Random) -> str:
    """Put a verb and a thing together: "tickle a whale"."""
    forms = rng.choice(words()["verbs"]).split(" | ")
    lists = words()
    noun = rng.choice((*lists["animals"], *lists["machines"], *lists["builds"], *lists["finds"]))
    noun = invent_word(rng) if rng.random() < 0.1 else noun
    some = "" if noun.startswith("pair") else rng.choice(("", "", "", "big ", "little ", "red "))
    return " | ".join(f"{form} {with_article(some + noun)}" for form in forms)


def _invented_fear(rng: random.Random) -> str:
    """Make a fear of anything at all: "ladders", "the kettle", "swimming"."""
    noun = rng.choice((*words()["animals"], *words()["machines"], *words()["things"]))
    noun = invent_word(rng) if rng.random() < 0.2 else noun
    many = noun if noun.endswith("s") else noun + "s"
    if rng.random() < 0.3:
        return rng.choice(words()["dreams"]).split(" | ")[2]
    return rng.choice((many, f"the {noun}"))


def _thing_forms(slot: str, value: str) -> tuple[str, str, str]:
    """Give bare, definite and indefinite forms of a drawn thing."""
    bare = re.sub(r"^(?:the|an?) ", "", value)
    if slot in _WHOLE:
        return bare, value, value
    bare = re.sub(r"^(?:lost|missing|last) ", "", bare)
    if slot == "odd":
        bare = re.sub(r"^two ", "", bare)
        return bare, f"the {bare}", value
    if slot == "food":
        return bare, f"the {bare}", value
    return bare, f"the {bare}", with_article(bare)


def fill_wish(template: str, cast: Cast, draws: Draws, rng: random.Random) -> tuple[str, Cast]:
    """Fill a wish with plain words; also say which thing or deed it is about.

    A plot that speaks of a thing has one even where the wish names none, so that it stays the same
    from page to page.
    """
    named = [slot for slot in THING_SLOTS if f"[{slot}]" in template]
    named = named or [slot for slot in (draws.own_thing,) if slot]
    inner = (
        draws.deed_slot == "deed" and re.match(r"\w+ (?:an? )((?:\w+ )*\w+)$", draws.deed[0])
        if draws.deed
        else None
    )
    if named:
        draws.thing_slot = named[0]
        draws.thing = _thing_forms(named[0], draws.slots[named[0]])
    elif inner:
        draws.thing_slot, bare = "inner", inner[1]
        draws.thing = (bare, f"the {bare}", with_article(bare))
    cast = replace(
        cast,
        thing=Thing(*draws.thing) if draws.thing else None,
        deed=Deed(*draws.deed) if draws.deed else None,
    )
    return expand(template, _wish_slots(cast, draws, rng), rng), cast


def _wish_slots(cast: Cast, draws: Draws, rng: random.Random) -> dict[str, str]:
    hero, friend = cast.hero, cast.friend
    plain = hero.introduced
    if hero.name and rng.random() < 0.5:
        plain = plain.replace(" called ", rng.choice((" named ", " called ")))
    known = f"{hero.name} the {hero.noun}" if hero.name else f"the {hero.described}"
    known = hero.described if hero.many else known
    slots = dict(draws.slots)
    slots |= {"a hero": plain, "hero": hero.noun,
              "name-the": hero.name if hero.name and rng.random() < 0.4 else known,
              "a friend": friend.introduced, "friend": friend.noun,
              "F": friend.short, "H": hero.short,
              "hero-cap-plural": hero.noun if hero.many else hero.noun + "s",
              "in place": cast.home.inside,
              "place-the": cast.home.the}  # fmt: skip
    he, him, his, himself = _pronouns(hero.pronoun)
    slots |= {"he": he, "him": him, "his": his, "himself": himself}
    slots |= {"is": "are", "was": "were", "has": "have"} if hero.many else {
        "is": "is", "was": "was", "has": "has"}  # fmt: skip
    if draws.deed and hero.many:
        slots |= {"deeds": draws.deed[0], "habit": draws.deed[0]}
    return slots


def _pronouns(kind: str) -> tuple[str, str, str, str]:
    return PRONOUNS[kind]


def story_slots(cast: Cast, draws: Draws, places: Mapping[str, str]) -> dict[str, str]:
    """Give the slots of the pages: roles as private characters, all else as plain words."""
    slots = {role: MARKS[role] for role in ("H", "he", "him", "his", "himself", "hero", "F",
                                            "fhe", "fhim", "fhis", "friend", "hero-looks",
                                            "friend-looks", "home-picture")}  # fmt: skip
    slots |= {"a hero": MARKS["a-hero"], "a desc": MARKS["a-hero"], "a friend": MARKS["a-friend"],
              "N": MARKS["H"], "name-the": MARKS["H"], "hero-cap-plural": "visitors",
              "I": "I", "me": "me", "my": "my", "myself": "myself", "I am": "I am",
              "am I": "am I", "is": "is", "was": "was", "has": "has"}  # fmt: skip
    slots |= _place_slots(places, cast) | draws.slots
    if cast.thing:
        slots |= {"X": MARKS["X"], "aX": MARKS["aX"], "theX": MARKS["theX"]}
        slots |= _thing_slots(draws)
    if cast.deed:
        key = draws.deed_slot
        slots |= {f"{key}.2": MARKS["did"]}
        if key != "habit":
            slots |= {key: MARKS["do"], f"{key}.3": MARKS["doing"]}
    return slots


def _thing_slots(draws: Draws) -> dict[str, str]:
    slot = draws.thing_slot
    if slot in _WHOLE:
        return {slot: MARKS["theX"]}
    if slot == "odd":
        return {"odd": MARKS["aX"], "odd.2": MARKS["X"]}
    return {slot: MARKS["X"], "food-cap": CAPITAL_MARK + MARKS["X"]} if slot == "food" else {
        slot: MARKS["X"], "things": MARKS["X"] + "s"}  # fmt: skip


def _place_slots(places: Mapping[str, str], cast: Cast) -> dict[str, str]:
    table = {row.split(" | ")[0]: row.split(" | ") for row in words()["places"]}
    slots: dict[str, str] = {}
    for key, place in places.items():
        _, inside, the, _ = table[place]
        home = place == places["place"] and inside == cast.home.inside
        slots |= {f"in {key}": MARKS["in-home"] if home else inside,
                  f"{key}-the": MARKS["home"] if home else the,
                  f"to {key}": f"to {MARKS['home'] if home else the}"}  # fmt: skip
    return slots
