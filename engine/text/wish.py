"""Pointers: words of a direction as tokens of their own, so that the page keeps to them exactly.

In the spirit of pointer networks (Vinyals et al. 2015): a direction is written ``they meet a <|w0|>
whale``, and wherever the prose says "whale" the model reads and writes ``<|w0|>``. Names and things
that no story has ever told of are thus copied by one token instead of being spelt anew. (A wish
has roles instead; but the wishes guessed for the corpus have pointers too.)
"""

from __future__ import annotations

import re
from collections.abc import Callable

MOST_WORDS = 12
CAPITAL = "<|cap|>"
POINTERS = (*(f"<|w{number}|>" for number in range(MOST_WORDS)), CAPITAL)

_CONTROL = re.compile(r"(<\|[^|]*\|>)")
_WORD = re.compile(r"[A-Za-z]{2,}(?:-[A-Za-z]+)*")
_POINTER = re.compile(r"(\b[Aa] )?(<\|cap\|>)?<\|w(\d+)\|>|<\|cap\|>(?! ?<\|)")
_VOWEL = re.compile(r"(?!uni|use|one\b|eu)[aeiou]", re.IGNORECASE)
PLAIN = frozenset(
    """an the and or but of in on at to for from with without by who whom that which whose as into
    is are was were be been being has have had do does did not no cannot can could would will shall
    want wants wanted rather like likes get gets make makes go goes come comes find finds look looks
    lose loses lost become becomes learn learns say says see sees help helps know knows take takes
    story stories tale tell told write about please once upon time there here how what when where
    why me my mine we us our you your he him his she her hers it its they them their this these
    those very so too all any every everybody nobody one first new afraid scared fears named called
    if then than up down out over under only also am just some more most""".split()  # noqa: SIM905 (a list of 140 strings would be harder to read)
)


class WishWords:
    """The words of a wish (and of a direction) that a story may point to, at most twelve."""

    def __init__(self, *texts: str) -> None:
        self._words: dict[str, tuple[int, bool]] = {}
        for text in texts:
            for match in _WORD.finditer(text):
                self._add(match.group(), name=match.start() > 0 and match.group()[0].isupper())

    def _add(self, word: str, *, name: bool) -> None:
        key = word.lower()
        if key not in PLAIN and key not in self._words and len(self._words) < MOST_WORDS:
            self._words[key] = (len(self._words), name)

    def __len__(self) -> int:
        return len(self._words)

    def listed(self) -> tuple[str, ...]:
        """Return the words in lower case, in the order of their pointers."""
        return tuple(self._words)

    def mark(self, wish: str) -> str:
        """Write a wish with each of its words' pointers before the word."""

        def marked(match: re.Match[str]) -> str:
            entry = self._words.get(match.group().lower())
            return match.group() if entry is None else f"<|w{entry[0]}|> {match.group()}"

        return _outside(wish, lambda part: _WORD.sub(marked, part))

    def point(self, prose: str) -> str:
        """Replace the wish's words in prose by pointers; "an" before one becomes "a"."""
        pointed = _outside(prose, lambda part: _WORD.sub(self._pointed, part))
        return re.sub(r"\b([Aa])n (?=(?:<\|cap\|>)?<\|w\d)", r"\1 ", pointed)

    def _pointed(self, match: re.Match[str]) -> str:
        word = match.group()
        entry = self._words.get(word.lower())
        if entry is None or not (word.islower() or word[1:].islower()):
            return word
        return f"<|w{entry[0]}|>" if word.islower() else f"{CAPITAL}<|w{entry[0]}|>"

    def spell(self, pointed: str) -> str:
        """Replace pointers by the words they stand for, with the right article before them."""
        spelt = list(self._words.items())

        def word(match: re.Match[str]) -> str:
            article, capital, number = match.groups()
            if number is None or int(number) >= len(spelt):
                return article or ""
            text, (_, name) = spelt[int(number)]
            text = text[:1].upper() + text[1:] if capital or name else text
            if article and _VOWEL.match(text):
                article = article[0] + "n "
            return (article or "") + text

        return _POINTER.sub(word, pointed)


def _outside(text: str, change: Callable[[str], str]) -> str:
    """Change what lies between control tokens."""
    parts = _CONTROL.split(text)
    return "".join(part if i % 2 else change(part) for i, part in enumerate(parts))
