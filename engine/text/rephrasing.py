"""Says a wish in the words in which wishes were learnt, before it is read."""

from __future__ import annotations

import re

from engine.text import nouns
from engine.text.number import verb_base
from engine.text.phrases import head_of, singular
from engine.text.verbs import VERBS

_POSSESSIVE = re.compile(
    r"(?:the |an? |my )?(?P<how>(?:[a-z-]+ ){0,2})(?P<owner>[a-z-]+)['’]s (?P<what>[a-z][a-z -]+)",
    re.IGNORECASE,
)
_CONTRACTED = frozenset("what who it that there here let where how he she".split())  # noqa: SIM905
_DOING = re.compile(r"(?!(?:some|any|no|every)?thing\b)[a-z]{2,}[a-z]ing")
_ARTICLES = frozenset("a an the my our your his her its their this that very so".split())  # noqa: SIM905
_CLAUSE = frozenset(
    """who that which is are was were to of by and or for from in on at with without likes loves
    wants hates dreams stops starts keeps goes""".split()  # noqa: SIM905
)
_MANY = frozenset("two three four five six seven some many".split())  # noqa: SIM905
_BEHIND_VERB = frozenset(
    """a an the his her its their my your for to in on at with up down over under through into out
    away home by from about around after across along behind towards like alone together""".split()  # noqa: SIM905
)
_NOT = {"can't": "cannot", "cant": "cannot", "couldn't": "could not", "won't": "will not",
        "doesn't": "does not", "don't": "do not", "didn't": "did not", "isn't": "is not",
        "aren't": "are not", "wasn't": "was not", "hasn't": "has not"}  # fmt: skip
_CONTRACTION = re.compile(rf"\b({'|'.join(_NOT)})\b", re.IGNORECASE)
_LOST = re.compile(
    r"(?:(?:being|getting) )?lost (?P<where>(?:in|on|at) .+?)(?: with (?P<who>.+))?", re.IGNORECASE
)
_OWN_KIN = re.compile(
    r"\b[Mm]y (?:little |big |own )?"
    r"(?:son|daughter|grandson|granddaughter|nephew|niece|brother|sister),? (?=[A-Z])"
)
_NOT_CAN = re.compile(r"\b(?:(?:is|are|was|do|does) )?(?:not|no) can\b")
_SHE_HAS = re.compile(r"^((?:[Aa]n? |[Tt]he )?(?:[a-z]+ ){0,2}[a-z]+),? (?:she|he) ([a-z]+)\b")
_THIRD = {"have": "has", "go": "goes", "want": "wants", "like": "likes", "love": "loves"}
_GONE = re.compile(
    r" (?:(?:ran|runs|has run|flew|flies|went|goes|walked|walks) (?:away|off|missing)|"
    r"(?:is|was|has|got|gets|goes|went) (?:missing|gone|lost|stolen|disappeared|vanished)|"
    r"disappears|disappeared|vanishes|vanished)\b.*$"
)
_STRAYED = re.compile(
    r"(?<! is)(?<! are)(?<! was)(?<! gets)(?<! get)"
    r" (lost|stuck|trapped|left behind|left alone)(?= (?:in|on|at)\b|[.!]?$)"
)


def plain_verbs(text: str) -> str:
    """Say "cannot" for "can't" and the like, as wishes were learnt."""
    return _CONTRACTION.sub(lambda match: _NOT[match[1].lower()], text.replace("\u2019", "'"))


def rephrase(text: str) -> str:
    """Say whose, who and where in whole clauses: "a cat who is lost" for "a cat lost"."""
    text = re.sub(r"\bwhose (?:dream|wish|plan) it is to\b", "who wants to", text)
    text = _OWN_KIN.sub("", text)
    text = _NOT_CAN.sub("cannot", text)
    text = _SHE_HAS.sub(lambda match: f"{match[1]} who {_THIRD.get(match[2], match[2])}", text)
    return _with_who(_strayed(_of_whom(text)))


def _strayed(text: str) -> str:
    """Say "a camel who is lost in the desert" for "lost in the desert with a camel"."""
    if found := _LOST.fullmatch(text.strip(" .!")):
        return f"{found['who'] or 'a child'} who is lost {found['where']}"
    words = text.split(" ")
    if {"who", "that", "has", "have"} & set(words) or len(words) < 3:
        return text
    verb = "are" if words[0].lower() in _MANY or "and" in words else "is"
    return _STRAYED.sub(rf" who {verb} \1", text, count=1)


def _of_whom(text: str) -> str:
    """Say "an elephant who has a party" for "the elephant's party", as wishes were learnt."""
    found = _POSSESSIVE.match(text)
    if found is None or found["owner"].lower() in _CONTRACTED:
        return text
    owner, what = found["owner"], found["what"]
    creature = head_of([owner]) in nouns.ANIMATE
    named = not creature and owner[0].isupper() and not found["how"]
    head = head_of(_noun_phrase(what))
    alive = bool({head, singular(head)} & nouns.ANIMATE)
    lost = _GONE.sub("", what)
    if lost != what and not alive:
        who = owner if named else f"{_article(found['how'] + owner)} {found['how']}{owner}"
        return f"{who} loses the {lost}"
    if named:
        return f"{owner} {'and' if alive else 'who has'} {_article(what)} {what}"
    if not creature or alive:  # the king's dragon: it is about the dragon
        return text[0].lower() + text[1:]
    who = f"{found['how']}{owner}"
    return f"{_article(who)} {who} who has {_article(what)} {what}"


def _noun_phrase(what: str) -> list[str]:
    """Give the words up to a verb, at most three: "cook" of "cook burns the soup"."""
    words = what.split()[:3]
    for i, word in enumerate(words[1:], 1):
        acts = word in nouns.AUXILIARIES or (word.endswith("s") and verb_base(word) in VERBS)
        if acts or word in _CLAUSE:
            return words[:i]
    return words


def _article(word: str) -> str:
    return "an" if word[0].lower() in "aeiou" else "a"


def _with_who(text: str) -> str:
    """Say "a cat who is looking for gold" for "a cat looking for gold", as wishes were learnt."""
    words = text.split(" ")
    for i, word in enumerate(words[1:6], 1):
        before = words[i - 1].lower()
        if before in _CLAUSE:
            break
        if _DOING.fullmatch(word) and before not in _ARTICLES and _follows(words[i + 1 :]):
            verb = "are" if words[0].lower() in _MANY else "is"
            return " ".join((*words[:i], "who", verb, *words[i:]))
    return text


def _follows(rest: list[str]) -> bool:
    """Say whether what comes behind a word in -ing belongs to it as to a verb."""
    return not rest or rest[0].lower() in _BEHIND_VERB
