"""Sentences: split, judged, compared, and given word by word."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_SOUND = re.compile(r"\"?[A-Z0-9]")
_STUTTER = re.compile(r"\b(\w+) \1\b", re.IGNORECASE)
_TWICE_OVER = re.compile(r"\b(?!again\b|and\b)(\w+(?: \w+){1,4}) \1\b", re.IGNORECASE)
_MEANT_TWICE = frozenset(("had", "that", "very", "so", "no", "knock", "ha"))
_SHORT, _LONG, _ALIKE = 4, 7, 0.8


_SENSELESS = re.compile(
    r"And what did you think\?\" asked the little ones|"
    r"\bsat (?:in|under) a big stone\b|"
    r"^\"I did not do it[^\"]*[!.,]\" (?!(?:he|she|they) )"
)
"""What no story can go on from: answers to other questions, a cheer that says the contrary."""
_SAYS = (
    r"(?:said|asked|cried|called|whispered|shouted|thought|sighed|answered|laughed|murmured|sang|"
    r"replied)"
)
_STOPPED_SHORT = re.compile(
    rf'\."(?= (?:he|she|they|it|the [a-z]+|(?!They|He|She|It)[A-Z][a-z]+) {_SAYS}\b)'
)
_ASKED = re.compile(r'(?<=[^?]" )((?:he|she|they|it|the [a-z]+) )asked(?=\.$)')


def finish(sentence: str) -> str:
    """Mend what goes wrong about speech, and begin with a capital: '"So." he asked.' is said."""
    sentence = _STOPPED_SHORT.sub(',"', sentence.strip())
    return capitalise(_ASKED.sub(r"\1said", sentence))


def spell_out(sentence: str, *, first: bool) -> Iterator[str]:
    """Give a sentence word by word, each with the space before it."""
    for i, word in enumerate(sentence.split(" ")):
        yield f" {word}" if i or not first else word


def is_sound(sentence: str) -> bool:
    """Say whether a sentence starts as one and stutters nowhere ("the the", "they go they go")."""
    if _TWICE_OVER.search(sentence) or _SENSELESS.search(sentence):
        return False
    stutters = {match[1].lower() for match in _STUTTER.finditer(sentence)}
    return bool(_SOUND.match(sentence)) and stutters <= _MEANT_TWICE


def split_sentences(text: str) -> list[str]:
    """Split prose after each full stop, question or exclamation mark and its closing quotes."""
    return [s for s in re.split(r"(?<=[.!?]) +|(?<=[.!?][\"')]) +", text.strip()) if s]


def sentence_key(sentence: str) -> str:
    """Write a sentence so that it can be compared with others: letters and digits only."""
    return re.sub(r"[^a-z0-9 ]", "", sentence.lower()).strip()


def is_told(sentence: str, seen: Collection[str]) -> bool:
    """Say whether a sentence has been told, but for a word or so; ``seen`` holds sentence keys.

    What is as short as "Yes, yes" may come again.
    """
    key = sentence_key(sentence)
    if len(key.split()) < _SHORT:
        return False
    words = set(key.split())
    return key in seen or (len(words) >= _LONG and any(_share(words, old) > _ALIKE for old in seen))


def _share(words: set[str], old: str) -> float:
    """Share of the words of two sentences that both have (Jaccard's index)."""
    others = set(old.split())
    return len(words & others) / len(words | others)


def capitalise(sentence: str) -> str:
    """Begin a sentence with a capital."""
    at = 1 if sentence.startswith('"') else 0
    return sentence[:at] + sentence[at : at + 1].upper() + sentence[at + 1 :]
