"""Figures of the story model: bits a byte on held-out text, and what its stories keep and lack."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch.nn import functional as F

from engine.data.stories import make_story
from engine.data.stories.lexicon import plot_names
from engine.errors import ModelFileError
from engine.text.number import verb_base
from engine.text.page import PageOrder, PageText
from engine.text.reading import read_wish
from engine.text.verbs import doing, past
from engine.text.weights import load_story_model
from engine.text.wish import WishWords
from engine.text.writer import StoryWriter
from engine.training.story_data import Sample, collate, validation

_WISHES = Path(__file__).with_name("wishes.txt")
_ENDED = re.compile(r"[.!?][\"')]*$")
_PAGES = (1, 2, 3, 4, 4, 4, 5, 6)
_TOLD_PER_PLOT = 30
_HELD_OUT = 60


@dataclass(frozen=True)
class TextFigures:
    """Shares from 0 to 1; bits a byte are None where there is no such text.

    ``plot_suits``: the plot chosen is one of those that a person noted for the wish.
    ``plot_followed``: first and last page both share most with what the generator tells by the
    story's own plot, of all plots.
    """

    stories: int
    pages: int
    bits_per_byte_tinystories: float | None
    bits_per_byte_generated: float
    wish_words_kept: float
    repeated_4_grams: float
    pages_ending_on_a_sentence: float
    plot_suits: float
    plot_followed: float
    words_per_page: float


@dataclass(frozen=True)
class HeldOutWish:
    """A wish written by hand, and the plots that suit it."""

    text: str
    plots: frozenset[str]


def read_wishes() -> list[HeldOutWish]:
    """Read the hand-written wishes, which no model was trained on."""
    rows = (line.partition("|") for line in _WISHES.read_text("utf-8").splitlines()
            if line and not line.startswith("#"))  # fmt: skip
    return [
        HeldOutWish(wish.strip(), frozenset(name.strip() for name in plots.split(",")))
        for wish, _, plots in rows
    ]


def evaluate_text(folder: Path, corpus: Path | None, *, wishes: int, seed: int) -> TextFigures:
    """Measure the story model in ``folder`` with the first ``wishes`` of the held-out wishes.

    Raises ModelFileError when the weights, or the corpus where one is given, cannot be used.
    """
    if corpus is not None and not (corpus / "tinystories_valid.txt.gz").exists():
        raise ModelFileError(f"No tinystories_valid.txt.gz in {corpus}; give the corpus' folder.")
    bits = measure_bits(folder, corpus)
    writer = StoryWriter.load(folder)
    asked = read_wishes()[:wishes]
    stories = [
        write_story(writer, wish.text, pages=_PAGES[i % len(_PAGES)], seed=seed + i)
        for i, wish in enumerate(asked)
    ]
    plots = [writer.choose_plot(idea=wish.text, seed=seed + i) for i, wish in enumerate(asked)]
    pages = [page for story in stories for page in story]
    texts = [" ".join(page.text for page in story) for story in stories]
    return TextFigures(
        stories=len(stories),
        pages=len(pages),
        bits_per_byte_tinystories=bits.get("tinystories_valid"),
        bits_per_byte_generated=bits["generated"],
        wish_words_kept=_mean(kept_share(w.text, t) for w, t in zip(asked, texts, strict=True)),
        repeated_4_grams=_mean(map(repeated_share, texts)),
        pages_ending_on_a_sentence=_mean(bool(_ENDED.search(page.text)) for page in pages),
        plot_suits=_mean(p in w.plots for p, w in zip(plots, asked, strict=True)),
        plot_followed=_mean(follows_plot(s, p) for s, p in zip(stories, plots, strict=True)),
        words_per_page=_mean(len(page.text.split()) for page in pages),
    )


def _mean(values: Iterator[float] | Iterator[bool] | map[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


@torch.inference_mode()
def measure_bits(folder: Path, corpus: Path | None) -> dict[str, float]:
    """Measure bits a byte of the shipped weights on held-out text, plots and beats left out.

    Of TinyStories the whole validation part is measured, each story by itself.
    """
    model, tokenizer, params = load_story_model(folder)
    sets = validation(tokenizer, corpus, context=params.context, stories=_HELD_OUT)
    figures = {}
    for name, (samples, size) in sets.items():
        nats = 0.0
        for sample in samples:
            nats += _nats(model, sample)
        figures[name] = nats / math.log(2) / size
    return figures


def _nats(model: torch.nn.Module, sample: Sample) -> float:
    tokens, targets, weights = collate([sample], pad=0)
    logits = model(tokens).logits[0]
    nats = F.cross_entropy(logits, targets[0], reduction="none")
    return float(nats[weights[0] == 1].sum())


def write_story(writer: StoryWriter, idea: str, *, pages: int, seed: int) -> list[PageText]:
    """Write a whole story, page after page."""
    told: list[PageText] = []
    for number in range(1, pages + 1):
        order = PageOrder(idea, pages, number, seed, before=tuple(told))
        for piece in writer.write_page(order, should_stop=lambda: False):
            if isinstance(piece, PageText):
                told.append(piece)
    return told


def kept_share(wish: str, text: str) -> float:
    """Share of the wish's telling words that a text holds, in any form of noun or verb."""
    words = WishWords(read_wish(wish).text).listed()
    told = set(re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower()))
    return sum(bool(_forms(word) & told) for word in words) / len(words) if words else 1.0


def _forms(word: str) -> set[str]:
    base = verb_base(word)
    forms = {word, base, base + "s", past(base), doing(base), word.removesuffix("ing")}
    return forms | {word + "s", word.removesuffix("s"), word.removesuffix("'s")}


def repeated_share(text: str) -> float:
    """Share of a text's runs of four words that it has told before."""
    grams = _grams(text, 4)
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def _grams(text: str, size: int) -> list[tuple[str, ...]]:
    words = re.findall(r"[a-z]+", text.lower())
    return [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]


def follows_plot(story: Sequence[PageText], plot: str) -> bool:
    """Say whether first and last page tell most of what the generator tells by this plot."""
    return bool(story) and all(nearest_plot(page.text) == plot for page in (story[0], story[-1]))


def nearest_plot(text: str) -> str:
    """Name the plot whose generated stories share most runs of words with a text.

    A run counts the more, the fewer plots have it (as in tf-idf).
    """
    scores: dict[str, float] = {}
    for gram in set(_grams(text, 3)):
        told_by = _known_grams().get(gram, frozenset())
        for plot in told_by:
            scores[plot] = scores.get(plot, 0.0) + 1 / len(told_by)
    return max(scores, key=scores.__getitem__) if scores else ""


@cache
def _known_grams() -> dict[tuple[str, ...], frozenset[str]]:
    found: dict[tuple[str, ...], set[str]] = {}
    for plot in plot_names():
        for seed in range(_TOLD_PER_PLOT):
            for page in make_story(seed, plot=plot).pages:
                for gram in _grams(page.text, 3):
                    found.setdefault(gram, set()).add(plot)
    return {gram: frozenset(names) for gram, names in found.items()}
