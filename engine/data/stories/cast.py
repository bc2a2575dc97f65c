"""Who is in a story: hero, friend and others, with the words that the templates use for them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from engine.data.stories.grammar import plural
from engine.data.stories.lexicon import words

_PRONOUNS = {
    "he": ("he", "him", "his", "himself"),
    "she": ("she", "her", "her", "herself"),
    "it": ("it", "it", "its", "itself"),
    "they": ("they", "them", "their", "themselves"),
}
_SINGULAR = {"I": "I", "me": "me", "my": "my", "myself": "myself", "I am": "I am",
             "am I": "am I", "is": "is", "was": "was", "has": "has"}  # fmt: skip
_PLURAL = {"I": "we", "me": "us", "my": "our", "myself": "ourselves", "I am": "we are",
           "am I": "are we", "is": "are", "was": "were", "has": "have"}  # fmt: skip


@dataclass(frozen=True)
class Character:
    """Somebody in a story; ``looks`` is how a picture prompt names them."""

    noun: str
    described: str
    name: str
    pronoun: str
    looks: str
    pair: bool = False

    @property
    def short(self) -> str:
        """Name, or "the fox": what the text says after the first time."""
        return self.name or f"the {self.noun}"


def invent_word(rng: random.Random) -> str:
    """Make up a word, so that the model learns to copy words that it has never seen."""
    parts = ("pseudo_start", "pseudo_middle", "pseudo_end")
    word = "".join(rng.choice(words()[part]) for part in parts)
    return word + rng.choice(words()["pseudo_middle"]) if rng.random() < 0.2 else word


def draw_noun(rng: random.Random) -> str:
    """Draw what a hero is: mostly an animal, sometimes a made-up word."""
    kind = rng.choices(
        ("animals", "people", "fantasy", "machines", "friends", "pseudo"), (48, 16, 12, 7, 12, 5)
    )[0]
    return invent_word(rng) if kind == "pseudo" else rng.choice(words()[kind])


def draw_name(rng: random.Random) -> tuple[str, str]:
    """Draw a name and its pronoun; one in ten is made up."""
    pronoun = rng.choice(("he", "she"))
    if rng.random() < 0.1:
        return invent_word(rng).capitalize(), pronoun
    return rng.choice(words()[f"{pronoun}_names"]), pronoun


def draw_pronoun(noun: str, rng: random.Random) -> str:
    """Choose he, she or it for somebody without a name."""
    if noun in words()["she_people"]:
        return "she"
    if noun in words()["machines"]:
        return rng.choice(("he", "it", "it"))
    return "he" if noun in words()["people"] else rng.choice(("he", "he", "she"))


def _adjectives(noun: str, rng: random.Random) -> tuple[str, str, str]:
    size = rng.choice(words()["sizes"]) if rng.random() < 0.5 else ""
    nature = rng.choice(words()["natures"]) if rng.random() < (0.15 if size else 0.6) else ""
    person = noun in words()["people"]
    colour = rng.choice(words()["colours"]) if rng.random() < 0.3 and not person else ""
    return size, nature, colour


def draw_hero(rng: random.Random, *, pair: bool) -> Character:
    """Draw a hero, or two of a kind when ``pair``."""
    noun = draw_noun(rng)
    size, nature, colour = _adjectives(noun, rng)
    kind = plural(noun) if pair else noun
    name, pronoun = draw_name(rng) if rng.random() < 0.5 else ("", draw_pronoun(noun, rng))
    if noun in words()["people"] and name:
        name, pronoun = _name_for(noun, rng)
    if pair:
        name, pronoun = (f"{name} and {draw_name(rng)[0]}" if name else ""), "they"
    described = " ".join(filter(None, ("two" if pair else "", size, nature, colour, kind)))
    looks = " ".join(filter(None, ("two" if pair else "a", size, colour, kind)))
    return Character(("two " if pair else "") + kind, described, name, pronoun, looks, pair)


def _name_for(noun: str, rng: random.Random) -> tuple[str, str]:
    pronoun = draw_pronoun(noun, rng)
    pronoun = pronoun if pronoun in ("he", "she") else "he"
    return rng.choice(words()[f"{pronoun}_names"]), pronoun


def draw_friend(rng: random.Random, hero: Character) -> Character:
    """Draw the helper, never of the hero's kind."""
    noun = rng.choice(words()["friends"])
    while noun in hero.noun or plural(noun) in hero.noun:
        noun = rng.choice(words()["friends"])
    name, pronoun = draw_name(rng) if rng.random() < 0.2 else ("", draw_pronoun(noun, rng))
    if name and noun in words()["people"] + ["old man", "old woman"]:
        name, pronoun = _name_for(noun, rng)
    adjective = rng.choice((*words()["natures"], *words()["sizes"])) if rng.random() < 0.5 else ""
    colour = rng.choice(words()["colours"]) if rng.random() < 0.12 else ""
    if noun in words()["people"] or noun.startswith("old "):
        adjective, colour = "", ""
    looks = " ".join(filter(None, ("a", colour, noun)))
    return Character(noun, " ".join(filter(None, (adjective, colour, noun))), name, pronoun, looks)


def hero_slots(hero: Character, rng: random.Random) -> dict[str, str]:
    """Give the slots that speak of the hero."""
    he, him, his, himself = _PRONOUNS[hero.pronoun]
    article = "" if hero.pair else "a "
    known = f"{hero.name} the {hero.noun}" if not hero.pair else f"{hero.name}, {hero.noun},"
    plain = f"{article}{hero.noun}" if rng.random() < 0.3 else f"{article}{hero.described}"
    if hero.name and rng.random() < 0.4:
        plain += f" {rng.choice(('called', 'named', 'called'))} {hero.name}"
    name_the = rng.choice((hero.name, known)) if hero.name else f"the {hero.described}"
    slots = {
        "H": hero.short if not (hero.pair and not hero.name) else f"the {hero.noun}",
        "N": hero.name,
        "he": he, "him": him, "his": his, "himself": himself,
        "a hero": plain, "a desc": f"{article}{hero.described}", "hero": hero.noun,
        "name-the": name_the, "hero-cap-plural": plural(hero.noun.removeprefix("two ")),
    }  # fmt: skip
    if hero.pair:
        slots["hero-cap-plural"] = hero.noun.removeprefix("two ")
    return slots | (_PLURAL if hero.pair else _SINGULAR)


def friend_slots(friend: Character) -> dict[str, str]:
    """Give the slots that speak of the friend."""
    he, him, his, _ = _PRONOUNS[friend.pronoun]
    called = f"a {friend.described}" + (f" called {friend.name}" if friend.name else "")
    return {"F": friend.short, "a friend": called, "friend": friend.noun,
            "fhe": he, "fhim": him, "fhis": his}  # fmt: skip
