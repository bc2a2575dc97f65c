"""Turns stories into token sequences for the story model, with the wish masked out of the loss."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from engine.data.corpus import CorpusStory, read_corpus, read_texts, swap_names
from engine.data.stories import Story, StoryPage, make_story
from engine.data.stories.lexicon import plots
from engine.text import format as layout
from engine.text.friends import with_friend
from engine.text.wish import POINTERS, WishWords

MIX = {"storybook": 0.95, "tiny": 0.04, "simple": 0.0025, "fable": 0.0025, "picturebook": 0.0025,
       "tale": 0.0025}  # fmt: skip
PLOT_WEIGHT, FIRST_PAGE_WEIGHT = 6.0, 2.0
HELD_OUT = 10**12
"""Generated stories from this seed on are kept for validation."""


@dataclass(frozen=True)
class Sample:
    """A story as tokens; ``learn`` says how much each counts in the loss (text 1, the wish 0)."""

    tokens: tuple[int, ...]
    learn: tuple[float, ...]


@dataclass(frozen=True)
class Told:
    """What every source is turned into before tokens: style, wish and pages."""

    style: str
    wish: str
    pages: tuple[StoryPage, ...]


def from_generated(story: Story) -> Told:
    """Take over a generated story."""
    return Told(story.plot, with_friend(story.wish, story.friend), story.pages)


def without_wish(told: Told, rng: random.Random) -> Told:
    """Drop one wish in thirty, for wishes that fold to nothing."""
    return replace(told, wish="") if rng.random() < 1 / 30 else told


def from_corpus(story: CorpusStory) -> Told:
    """Take over a story of the corpus; its pages have no picture prompts."""
    return Told(story.style, story.wish, tuple(StoryPage(text, "") for text in story.pages))


def train_tokenizer(corpus: Path | None, *, vocabulary: int, generated: int = 12000) -> Tokenizer:
    """Train a byte-level BPE on generated stories and the modern part of the corpus."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[*layout.CONTROLS, *POINTERS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_tokenizer_texts(corpus, generated), trainer)
    return tokenizer


def _tokenizer_texts(corpus: Path | None, generated: int) -> Iterator[str]:
    for seed in range(generated):
        story = make_story(seed)
        yield story.wish
        yield from (page.text for page in story.pages)
        yield from (page.prompt for page in story.pages)
    if corpus is not None:
        for told in read_corpus(corpus):
            if told.style != "tale":
                yield from told.pages


def encode(
    told: Told, tokenizer: Tokenizer, *, context: int, rng: random.Random, cut: bool = False
) -> Sample:
    """Lay a story out as tokens; of one too long for the context, some run of pages is kept.

    With ``cut`` only the first page is.
    """
    known = WishWords(told.wish)
    header = layout.header(wish=known.mark(told.wish), style=told.style, pages=len(told.pages))
    head = _part(tokenizer, header, learn=0)
    if told.style in plots():
        head = _learn_plot(head, layout.token_id(tokenizer, layout.STYLE))
    shown = 1 if cut else len(told.pages)
    pages = [_page(tokenizer, told, number) for number in range(1, shown + 1)]
    first, last = _window(pages, context - len(head) - 1, rng)
    parts = [*head, *(token for page in pages[first:last] for token in page)]
    parts = parts[: context - 1]
    if last == len(pages) and not cut:
        parts.append((layout.token_id(tokenizer, layout.END), 1.0))
    return Sample(tuple(t for t, _ in parts), tuple(learn for _, learn in parts))


def _learn_plot(head: list[tuple[int, float]], style: int) -> list[tuple[int, float]]:
    """Let the plot's name, which follows ``style``, count: the choice that all else hangs on."""
    at = [token for token, _ in head].index(style)
    return [(token, PLOT_WEIGHT * (i in range(at + 1, len(head) - 1))) for i, (token, _) in
            enumerate(head)]  # fmt: skip


def first_page_only(told: Told, rng: random.Random) -> bool:
    """Say whether a sample ends after its first page: more wishes are seen in the same time."""
    return told.style in plots() and rng.random() < 0.5


def _window(pages: Sequence[Sequence[object]], room: int, rng: random.Random) -> tuple[int, int]:
    """Choose a run of pages that fits into ``room`` tokens (one page at least)."""
    if sum(map(len, pages)) <= room:
        return 0, len(pages)
    # Half of the windows keep the end, for ends are what a trimmed story must still learn.
    if rng.random() < 0.5:
        first = last = len(pages)
        while first > 0 and sum(map(len, pages[first - 1 : last])) <= room:
            first -= 1
        return min(first, len(pages) - 1), last
    first = last = rng.randrange(len(pages)) if rng.random() < 0.5 else 0
    while last < len(pages) and sum(map(len, pages[first : last + 1])) <= room:
        last += 1
    return first, max(last, first + 1)


def _page(tokenizer: Tokenizer, told: Told, number: int) -> list[tuple[int, float]]:
    page = told.pages[number - 1]
    known = WishWords(told.wish, page.direction)
    opening = layout.page_opening(
        number=number, pages=len(told.pages), direction=known.mark(page.direction)
    )
    body = layout.page_body(text=known.point(page.text), prompt=known.point(page.prompt))
    parts = _part(tokenizer, opening, learn=0)
    parts += _part(tokenizer, body, learn=FIRST_PAGE_WEIGHT if number == 1 else 1)
    # The first control token after a page is how the model says that the page is over.
    return [(parts[0][0], float(number > 1)), *parts[1:]]


def _part(tokenizer: Tokenizer, text: str, *, learn: float) -> list[tuple[int, float]]:
    return [(token, learn) for token in tokenizer.encode(text).ids]


class StoryMix:
    """An endless, seeded stream of samples: generated stories and the corpus, in set shares."""

    def __init__(
        self, tokenizer: Tokenizer, corpus: Path | None, *, context: int, seed: int
    ) -> None:
        self._tokenizer, self._context, self._seed = tokenizer, context, seed
        self._shelves: dict[str, list[CorpusStory]] = {}
        for story in read_corpus(corpus) if corpus is not None else ():
            self._shelves.setdefault(story.style, []).append(story)

    def sample(self, index: int) -> Sample:
        """Draw sample number ``index``; the same number gives the same sample."""
        rng = random.Random(f"mix-{self._seed}-{index}")
        shares = {style: share for style, share in MIX.items()
                  if style == "storybook" or style in self._shelves}  # fmt: skip
        style = rng.choices(list(shares), list(shares.values()))[0]
        if style == "storybook":
            told = without_wish(from_generated(make_story(self._seed * 10**8 + index)), rng)
        else:
            told = from_corpus(swap_names(rng.choice(self._shelves[style]), rng))
        cut = first_page_only(told, rng)
        return encode(told, self._tokenizer, context=self._context, rng=rng, cut=cut)

    def batches(self, start: int, *, pool: int, tokens: int) -> Iterator[tuple[int, list[Sample]]]:
        """Yield batches of samples of like length, about ``tokens`` each, with the next index."""
        while True:
            drawn = sorted(
                (self.sample(start + i) for i in range(pool)), key=lambda s: len(s.tokens)
            )
            start += pool
            batches = list(_cut(drawn, tokens))
            random.Random(start).shuffle(batches)
            for number, batch in enumerate(batches, 1):
                yield (start if number == len(batches) else start - pool), batch


def _cut(samples: list[Sample], tokens: int) -> Iterator[list[Sample]]:
    batch: list[Sample] = []
    for sample in samples:
        if batch and (len(batch) + 1) * len(sample.tokens) > tokens:
            yield batch
            batch = []
        batch.append(sample)
    if batch:
        yield batch


def collate(
    samples: Sequence[Sample], *, pad: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pad samples to one length: tokens, targets and the targets' weights, each (b, t)."""
    length = max(len(sample.tokens) for sample in samples)
    tokens = torch.full((len(samples), length), pad)
    targets = torch.full((len(samples), length), pad)
    weights = torch.zeros(len(samples), length)
    for row, sample in enumerate(samples):
        ids, learn = torch.tensor(sample.tokens), torch.tensor(sample.learn)
        tokens[row, : len(ids)] = ids
        targets[row, : len(ids) - 1] = ids[1:]
        weights[row, : len(ids) - 1] = learn[1:]
    return tokens, targets, weights


def validation(
    tokenizer: Tokenizer, corpus: Path | None, *, context: int, stories: int
) -> dict[str, tuple[list[Sample], int]]:
    """Prepare held-out samples, each set with the bytes of its texts, for bits per byte."""
    rng = random.Random(0)
    told = {"generated": [from_generated(make_story(HELD_OUT + i)) for i in range(stories)]}
    if corpus is not None:
        texts = read_texts(corpus / "tinystories_valid.txt.gz")[:stories]
        pages = [tuple(StoryPage(line, "") for line in text.split("\n")) for text in texts]
        told["tinystories_valid"] = [Told("tiny", "", page) for page in pages]
    sets: dict[str, tuple[list[Sample], int]] = {}
    for name, stories_told in told.items():
        samples = [encode(t, tokenizer, context=10**6, rng=rng) for t in stories_told]
        # Stories longer than the context are left out, so that every byte is scored in context.
        kept = [
            (s, t) for s, t in zip(samples, stories_told, strict=True) if len(s.tokens) <= context
        ]
        size = sum(len(p.text) + len(p.prompt) + 1 for _, t in kept for p in t.pages)
        sets[name] = ([s for s, _ in kept], size)
    return sets
