"""Agreement with more than one hero: "two mice" were, have and say "we"."""

from __future__ import annotations

import re
from collections.abc import Callable

_HERO = r"(?:<\|cap\|>)?<\|(?:H|he|a-hero)\|>"
_MANY = {"was": "were", "is": "are", "has": "have", "does": "do", "wasn't": "weren't",
         "isn't": "aren't", "hasn't": "haven't", "doesn't": "don't"}  # fmt: skip
_ONE = {many: one for one, many in _MANY.items()}
_SAID = (
    r"(?:said|asked|cried|called|whispered|shouted|thought|sighed|answered|laughed|squeaked|"
    r"wondered|panted|sobbed|murmured|sang|begged|repeated|replied|groaned|promised|explained)"
)
_WE = {"I am": "we are", "am I": "are we", "I was": "we were", "I'm": "we're", "I": "we",
       "me": "us", "my": "our", "mine": "ours", "myself": "ourselves"}  # fmt: skip
_QUOTE = re.compile(r'"[^"]*"')
_AFTER = re.compile(rf" ?(?:{_SAID} ?{_HERO}|{_HERO} {_SAID})")
_BEFORE = re.compile(rf"{_HERO}[^\"<]*[,:] ?$|{_SAID} ?{_HERO}[^\"<]*[.,:]? ?$")
_ANOTHER = re.compile(rf" ?{_SAID}\b(?! ?{_HERO})")
_NOT_VERBS = frozenset(
    """was is has does always perhaps sometimes as this its his ours yes besides towards across
    afterwards upstairs downstairs outdoors indoors backwards forwards less us plus thus""".split()  # noqa: SIM905
)


def make_plural(told: str) -> str:
    """Let verbs and the hero's own words agree with a hero who is more than one."""
    told = _swap_verbs(told, _MANY)
    told = re.sub(rf"({_HERO})( (?:always|never|still|often|sometimes|only|just))? ([a-z]+s)\b",
                  _base, told)  # fmt: skip
    return _own_words(told, _to_we)


def make_singular(told: str) -> str:
    """Undo ``make_plural``, so that the model reads the number it has learnt."""
    return _own_words(_swap_verbs(told, _ONE), _to_i)


def _swap_verbs(told: str, table: dict[str, str]) -> str:
    verbs = "|".join(sorted(map(re.escape, table), key=len, reverse=True))
    told = re.sub(
        rf"({_HERO}(?: (?:still|never|always|only|just|also|all))?) ({verbs})\b",
        lambda m: f"{m[1]} {table[m[2]]}",
        told,
    )
    told = re.sub(
        rf"({_HERO}[^.!?\"<]*? (?:and|but)(?: still| never| always)?) ({verbs})\b",
        lambda m: f"{m[1]} {table[m[2]]}",
        told,
    )
    return re.sub(rf"\b({verbs})(?= ?{_HERO})", lambda m: table[m[1]], told)


def _base(match: re.Match[str]) -> str:
    hero, adverb, verb = match[1], match[2] or "", match[3]
    if verb in _NOT_VERBS or verb.endswith("ss"):
        return match.group()
    return f"{hero}{adverb} {verb_base(verb)}"


def verb_base(verb: str) -> str:
    """Give the base of a third person: "flies" -> "fly", "goes" -> "go", "loses" -> "lose"."""
    known = {"has": "have", "is": "be", "are": "be", "does": "do", "goes": "go", "lies": "lie",
             "dies": "die", "ties": "tie"}  # fmt: skip
    if verb in known:
        return known[verb]
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    if verb.endswith(("ches", "shes", "sses", "xes", "zzes", "oes")):
        return verb[:-2]
    return verb[:-1] if verb.endswith("s") and not verb.endswith("ss") else verb


def _own_words(told: str, change: Callable[[str], str]) -> str:
    """Change what the hero says; a quotation belongs to whom the words around it name."""
    out, end, mine = "", 0, False
    for match in _QUOTE.finditer(told):
        between = told[end : match.start()]
        after = told[match.end() : match.end() + 60]
        goes_on = mine and bool(re.fullmatch(rf"[^\".<]*{_HERO}[^\"<]*[.,:]? ?", between))
        told_before = bool(_BEFORE.search(between)) or goes_on
        mine = bool(_AFTER.match(after)) or (told_before and not _ANOTHER.match(after))
        out += between + (change(match.group()) if mine else match.group())
        end = match.end()
    return out + told[end:]


def _to_we(quote: str) -> str:
    told = _swap_words(quote, _WE)
    return re.sub(r'(^"|[.!?] )(we|are we)\b', lambda m: m[1] + m[2].capitalize(), told)


def _to_i(quote: str) -> str:
    return _swap_words(quote, {many: one for one, many in _WE.items()})


def _swap_words(quote: str, table: dict[str, str]) -> str:
    """Replace words, the longest first; a capital stays, and "I" has its own."""
    lower = {word.lower(): other for word, other in table.items()}
    longest = sorted(map(re.escape, lower), key=len, reverse=True)

    def swapped(match: re.Match[str]) -> str:
        other = lower[match[0].lower()]
        capital = match[0][0].isupper() and not match[0].startswith("I")
        return other[0].upper() + other[1:] if capital else other

    return re.sub(rf"\b(?:{'|'.join(longest)})\b", swapped, quote, flags=re.IGNORECASE)
