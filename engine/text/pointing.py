"""Reads plain pages back into roles, so that pages from anywhere can stand before a new one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol


class Person(Protocol):
    """What pointing needs to know of somebody."""

    @property
    def pronoun(self) -> str:
        """He, she, it or they."""


_PHRASES = ("a-hero", "H", "name", "a-friend", "F", "in-home", "home", "theX", "X", "aX", "did",
            "doing", "do")  # fmt: skip
_PRONOUN = re.compile(
    r"\b(he|him|his|himself|she|her|herself|they|them|their|themselves)\b(?! all\b)",
    re.IGNORECASE,
)
_HERO = {"he": "he", "him": "him", "his": "his", "himself": "himself", "she": "he",
         "herself": "himself", "they": "he", "them": "him", "their": "his",
         "themselves": "himself"}  # fmt: skip
_KIND = {"he": "he", "him": "he", "his": "he", "himself": "he", "she": "she", "her": "she",
         "herself": "she", "they": "they", "them": "they", "their": "they",
         "themselves": "they"}  # fmt: skip
_MENTION = re.compile(r"<\|(H|a-hero|name|F|a-friend)\|>")
_START = re.compile(r"""(?:^|[.!?]["']?\s|[.!?:]\s")$|^"$""")
_OBJECT = re.compile(
    r"""\W*$|\W*[.,!?;:"]|\ (?:a|an|the|and|or|but|to|at|in|on|up|down|away|back|with|by|for|from|
    off|out|again|home|so|very|how|what|where|about|because|like|over|all|there|that|everything|something|some|nothing|who|as|into)\b""",
    re.VERBOSE,
)


def point_text(
    text: str, words: Mapping[str, str], hero: Person, friend: Person
) -> str:  # fmt: skip
    """Replace the words of roles in prose, then the pronouns of hero and friend."""
    told = _phrases(text, words, _PHRASES)
    return _pronouns(told, hero, friend)


def point_prompt(prompt: str, words: Mapping[str, str]) -> str:
    """Replace the looks, the place and the thing in a picture prompt."""
    return _phrases(prompt, words, ("hero-looks", "friend-looks", "home-picture", "aX", "X"))


def _phrases(text: str, words: Mapping[str, str], roles: tuple[str, ...]) -> str:
    table: dict[str, str] = {}
    for role in roles:
        spelt = words.get(role, "")
        if len(spelt) > 2:
            table.setdefault(spelt.lower(), role)
    if not table:
        return text
    longest = sorted(table, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w|<])({'|'.join(map(re.escape, longest))})(?![\w|])", re.I)

    def token(match: re.Match[str]) -> str:
        role = table[match[1].lower()]
        capital = match[1][0].isupper() and (
            not words[role][0].isupper() or bool(_START.search(text[: match.start()]))
        )
        return f"{'<|cap|>' if capital else ''}<|{role}|>"

    return pattern.sub(token, text)


def _pronouns(told: str, hero: Person, friend: Person) -> str:
    def token(match: re.Match[str]) -> str:
        word = match[1]
        kind = _KIND[word.lower()]
        owner = _owner(told[: match.start()], kind, hero, friend)
        if owner is None:
            return word
        form = _form(word.lower(), told[match.end() : match.end() + 12])
        role = form if owner is hero else f"f{form}"
        if role == "fhimself":
            return word
        return f"{'<|cap|>' if word[0].isupper() else ''}<|{role}|>"

    return _PRONOUN.sub(token, told)


def _owner(before: str, kind: str, hero: Person, friend: Person) -> Person | None:
    fitting = [who for who in (hero, friend) if who.pronoun == kind]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    last = [match[1] for match in _MENTION.finditer(before)]
    return friend if last and last[-1] in ("F", "a-friend") else hero


def _form(word: str, after: str) -> str:
    if word == "her":
        return "him" if _OBJECT.match(after) else "his"
    return _HERO[word]
