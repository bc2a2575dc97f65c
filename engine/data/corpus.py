"""Reads the training corpus (stories, fables, picture books, tales) into the page format.

A paragraph becomes a page; names are swapped consistently, so that the model copies names from the
wish instead of learning the commonest by heart.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from engine.data.stories.lexicon import words
from engine.text.format import fold

_WORD = re.compile(r"[A-Za-z]+")
_NAMED = re.compile(
    r"\b(?:an?|two) ((?!time\b)[a-z][a-z ]{2,40}?) (?:named|called|whose name was) ([A-Z][a-z]+)\b"
)
_SOMEBODY = re.compile(
    r"\bthere (?:was|lived|were) ((?:an?|two|three) [a-z][a-z ]{2,30}?)"
    r"(?=[.,!]| who| in | that| near)"
)


@dataclass(frozen=True)
class CorpusStory:
    """A story of the corpus: its kind of prose, a wish it answers ("" if unknown), its pages."""

    style: str
    wish: str
    pages: tuple[str, ...]


def read_corpus(folder: Path) -> Iterator[CorpusStory]:
    """Read every story of the training part, tales last."""
    for text in read_texts(folder / "tinystories_train.txt.gz"):
        yield CorpusStory("tiny", find_wish(text), _pages(text))
    for row in _rows(folder / "simplestories.jsonl.gz"):
        yield CorpusStory("simple", find_wish(row["story"]), _pages(row["story"]))
    for row in _rows(folder / "fables.jsonl.gz"):
        prompt = row["prompt"]
        wish = f"{prompt['character']} in {prompt['setting']}: {prompt['challenge']}"
        yield CorpusStory("fable", fold(wish), _pages(row["story"]))
    for row in _rows(folder / "picturebooks.jsonl.gz"):
        pages = _joined([fold(page, limit=3000) for page in row["pages"]])
        yield CorpusStory("picturebook", fold(row["title"]), pages)
    for text in read_texts(folder / "tales.txt.gz"):
        title, _, rest = text.partition("\n")
        yield CorpusStory("tale", fold(title) if len(title) < 80 else "", _pages(rest or title))


def read_texts(path: Path) -> list[str]:
    """Read the stories of a file that parts them by ``<|endoftext|>`` lines."""
    raw = gzip.decompress(path.read_bytes()).decode("utf-8")
    return [text.strip() for text in raw.split("<|endoftext|>") if text.strip()]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
        yield json.loads(line)


def _pages(text: str) -> tuple[str, ...]:
    return _joined([fold(line, limit=3000) for line in text.splitlines() if line.strip()])


def _joined(parts: list[str], *, least: int = 60, most: int = 420) -> tuple[str, ...]:
    """Join very short paragraphs and split very long ones at sentences: pages of picture books."""
    pages: list[str] = []
    for part in parts:
        for piece in _split(part, most):
            if pages and (len(pages[-1]) < least or len(piece) < least):
                pages[-1] = f"{pages[-1]} {piece}"
            else:
                pages.append(piece)
    return tuple(page for page in pages if page)


def _split(text: str, most: int) -> list[str]:
    if len(text) <= most:
        return [text]
    pieces = [""]
    for sentence in re.split(r'(?<=[.!?]) (?=["A-Z])', text):
        if pieces[-1] and len(pieces[-1]) + len(sentence) > most:
            pieces.append("")
        pieces[-1] = f"{pieces[-1]} {sentence}".strip()
    return pieces


def find_wish(text: str) -> str:
    """Guess what somebody might have wished for to get this story: who, and with what."""
    start = fold(text[:400], limit=400)
    who = ""
    if match := _NAMED.search(start):
        short = len(match[1]) < 12
        who = f"{match[2]} the {match[1]}" if short else f"a {match[1]} called {match[2]}"
    elif match := _SOMEBODY.search(start):
        who = match[1]
    things = _main_things(text)
    if not who:
        return " and ".join(things[:2])
    things = [thing for thing in things if thing not in who.lower()]
    return f"{who} and the {things[0]}" if things else who


@cache
def _known_nouns() -> frozenset[str]:
    lists = ("animals", "people", "fantasy", "machines", "things", "friends")
    return frozenset(noun for name in lists for noun in words()[name] if " " not in noun)


def _main_things(text: str) -> list[str]:
    counts = Counter(word for word in _WORD.findall(text.lower()) if word in _known_nouns())
    return [word for word, count in counts.most_common(3) if count >= 2]


@cache
def _name_kinds() -> dict[str, str]:
    return {name: kind for kind in ("he_names", "she_names") for name in words()[kind]} | {
        "Timmy": "he_names", "Lucy": "she_names", "Sara": "she_names", "Sarah": "she_names",
        "Tim": "he_names", "Jane": "she_names", "Amy": "she_names", "Mommy": "",
    }  # fmt: skip


def swap_names(story: CorpusStory, rng: random.Random) -> CorpusStory:
    """Give the story's people other names, the same in the wish and on every page."""
    text = "\n".join((story.wish, *story.pages))
    table: dict[str, str] = {}
    for name, kind in _name_kinds().items():
        if kind and re.search(rf"\b{name}\b", text):
            table[name] = rng.choice([n for n in words()[kind] if " " not in n])
    if not table or len(set(table.values())) < len(table):
        return story
    pattern = re.compile(rf"\b({'|'.join(table)})\b")
    wish, *pages = pattern.sub(lambda match: table[match[1]], text).split("\n")
    return CorpusStory(story.style, wish, tuple(pages))
