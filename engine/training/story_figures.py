"""Figures of a story model at work: wish words kept, repetition, pages that end on a sentence."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from engine.text.page import PageText
from engine.text.wish import WishWords
from engine.text.writer import StoryWriter


@dataclass(frozen=True)
class StoryFigures:
    """Shares from 0 to 1; ``words_per_second`` on the machine at hand."""

    stories: int
    wish_words_kept: float
    repeated_4_grams: float
    pages_ending_on_a_sentence: float
    words_per_page: float
    words_per_second: float


def write_story(writer: StoryWriter, idea: str, *, pages: int = 4, seed: int = 0) -> list[PageText]:
    """Write a whole story, page after page."""
    told: list[PageText] = []
    for number in range(1, pages + 1):
        for piece in writer.write_page(
            idea=idea, style="", avoid="", pages=pages, number=number, before=told,
            direction=None, seed=seed, should_stop=lambda: False,
        ):  # fmt: skip
            if isinstance(piece, PageText):
                told.append(piece)
    return told


def measure_stories(
    writer: StoryWriter, wishes: Sequence[str], *, pages: int = 4, seed: int = 0
) -> StoryFigures:
    """Write a story for each wish and measure them all."""
    began = time.perf_counter()
    stories = [write_story(writer, w, pages=pages, seed=seed + i) for i, w in enumerate(wishes)]
    seconds = time.perf_counter() - began
    texts = [" ".join(page.text for page in story) for story in stories]
    count = sum(len(story) for story in stories)
    words = sum(len(text.split()) for text in texts)
    ended = sum(bool(re.search(r"[.!?][\"')]*$", p.text)) for story in stories for p in story)
    return StoryFigures(
        stories=len(stories),
        wish_words_kept=sum(map(_kept, wishes, texts)) / len(texts),
        repeated_4_grams=sum(map(_repeated, texts)) / len(texts),
        pages_ending_on_a_sentence=ended / count,
        words_per_page=words / count,
        words_per_second=words / seconds,
    )


def _kept(wish: str, text: str) -> float:
    """Share of the wish's telling words that the text holds, in any inflection by s."""
    words = WishWords(wish).listed()
    told = set(re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower()))
    forms = [{word, word + "s", word.removesuffix("s")} for word in words]
    return sum(bool(form & told) for form in forms) / len(words) if words else 1.0


def _repeated(text: str) -> float:
    words = re.findall(r"[a-z]+", text.lower())
    grams = [tuple(words[i : i + 4]) for i in range(len(words) - 3)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0
