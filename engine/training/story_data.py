"""Turns stories into token sequences for the story model, with the wish masked out of the loss."""

from __future__ import annotations

import itertools
import random
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from engine.data.corpus import CorpusStory, read_corpus, read_texts, swap_names
from engine.data.stories import Story, StoryPage, make_story
from engine.data.stories.lexicon import plot_names
from engine.text import format as layout
from engine.text.beats import BEAT_TOKENS
from engine.text.roles import ROLE_TOKENS, Cast
from engine.text.wish import POINTERS, WishWords

MIX = {"storybook": 0.47, "tiny": 0.5, "simple": 0.015, "fable": 0.005, "picturebook": 0.005,
       "tale": 0.005}  # fmt: skip
PLOT_WEIGHT, BEAT_WEIGHT = 4.0, 1.0
WISH_ONLY, FIRST_ONLY, READ_AGAIN = 0.25, 0.1, 0.5
"""Shares of generated stories of which the plot's choice alone, or the first page alone, is learnt,
and of those that go on from pages read back from plain text, as the writer has to."""
UNASKED = 0.85
"""Share of the corpus's samples that are told without a wish."""
HELD_OUT = 10**12
"""Generated stories from this seed on are kept for validation."""


@dataclass(frozen=True)
class Sample:
    """A story as tokens; ``learn`` says how much each counts in the loss (text 1, the wish 0)."""

    tokens: tuple[int, ...]
    learn: tuple[float, ...]


@dataclass(frozen=True)
class Told:
    """What every source is turned into before tokens: plot or kind of prose, wish and pages.

    ``wish`` is marked: with roles where there is a ``cast``, else with pointers.
    """

    plot: str
    wish: str
    pages: tuple[StoryPage, ...]
    cast: Cast | None = None


def from_generated(story: Story) -> Told:
    """Take over a generated story."""
    return Told(story.plot, story.marked, story.pages, story.cast)


def without_wish(told: Told, rng: random.Random) -> Told:
    """Drop one wish in forty, for wishes that fold to nothing."""
    return replace(told, wish="") if rng.random() < 1 / 40 else told


def from_corpus(story: CorpusStory) -> Told:
    """Take over a story of the corpus; its pages have no picture prompts."""
    known = WishWords(story.wish)
    pages = tuple(StoryPage(text, "", told=known.point(text)) for text in story.pages)
    return Told(story.style, known.mark(story.wish), pages)


def without_asking(story: CorpusStory) -> Told:
    """Take over a story of the corpus as it is: plain prose that nobody has wished for."""
    return Told(story.style, "", tuple(StoryPage(page, "", told=page) for page in story.pages))


def from_shelf(story: CorpusStory, rng: random.Random) -> Told:
    """Take over a story of the corpus: mostly as it is, else for a wish and with other names."""
    if rng.random() < UNASKED:
        return without_asking(story)
    return from_corpus(swap_names(story, rng))


def own_tokens() -> list[str]:
    """Name the control tokens that stand for plots, beats and roles."""
    plots = [layout.plot_token(name) for name in (*plot_names(), *layout.STYLES)]
    return [*plots, *BEAT_TOKENS, *ROLE_TOKENS]


def train_tokenizer(corpus: Path | None, *, vocabulary: int, generated: int = 12000) -> Tokenizer:
    """Train a byte-level BPE on generated stories and the modern part of the corpus."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[*layout.CONTROLS, *POINTERS, *own_tokens()],
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


_Part = list[tuple[int, float]]


def encode(
    told: Told, tokenizer: Tokenizer, *, context: int, rng: random.Random, pages: int | None = None,
    read_again: int = 0,
) -> Sample:  # fmt: skip
    """Lay a story out as tokens; of one too long for the context, some run of pages is kept.

    Only the first ``pages`` are taken when given (0: the wish and its plot alone). The first
    ``read_again`` pages are not learnt: they stand there as read back from plain text.
    """
    head = _header(told, tokenizer)
    shown = len(told.pages) if pages is None else pages
    parts = [_page(tokenizer, told, number, again=number <= read_again)
             for number in range(1, shown + 1)]  # fmt: skip
    if shown == 0:
        at = max(i for i, (_, weight) in enumerate(head) if weight)
        head = head[: at + 1]
    first, last = _window(parts, context - len(head) - 1, rng, least=read_again + 1)
    laid = [*head, *(token for page in parts[first:last] for token in page)][: context - 1]
    if last == len(told.pages) and shown == last:
        laid.append((layout.token_id(tokenizer, layout.END), 1.0))
    return Sample(tuple(t for t, _ in laid), tuple(learn for _, learn in laid))


def _header(told: Told, tokenizer: Tokenizer) -> _Part:
    """Encode what stands first; the plot counts, for all else hangs on its choice."""
    text = layout.header(wish=told.wish, plot=told.plot, pages=len(told.pages))
    plot = layout.token_id(tokenizer, layout.plot_token(told.plot))
    weight = PLOT_WEIGHT if told.cast else 0.0
    return [(t, weight if t == plot else 0.0) for t in tokenizer.encode(text).ids]


def _window(
    pages: Sequence[Sequence[object]], room: int, rng: random.Random, *, least: int
) -> tuple[int, int]:
    """Choose a run of pages that fits into ``room`` tokens, with page ``least`` in it."""
    if sum(map(len, pages)) <= room:
        return 0, len(pages)
    # Half of the windows keep the end, for ends are what a trimmed story must still learn.
    last = len(pages) if rng.random() < 0.5 else rng.randint(min(least, len(pages)), len(pages))
    first = last
    while first > 0 and sum(map(len, pages[first - 1 : last])) <= room:
        first -= 1
    return min(first, last - 1), last


def _page(tokenizer: Tokenizer, told: Told, number: int, *, again: bool) -> _Part:
    page, count = told.pages[number - 1], len(told.pages)
    if again and told.cast:
        opening = layout.page_opening(number=number, pages=count)
        text, prompt = told.cast.point(page.text), told.cast.point_prompt(page.prompt)
        text = opening + layout.page_body(text=text, prompt=prompt)
        return [(token, 0.0) for token in tokenizer.encode(text).ids]
    text, prompt, direction = page.told, page.told_prompt, page.direction
    if direction and told.cast:
        known = WishWords(direction)
        direction = known.mark(told.cast.point(direction))
        text, prompt = known.point(text), known.point(prompt)
    opening = layout.page_opening(
        number=number, pages=count, plot=told.plot, beat=page.beat, direction=direction
    )
    parts = _part(tokenizer, opening, learn=0)
    if page.beat and number > 1:
        parts[-2] = (parts[-2][0], BEAT_WEIGHT)
    parts += _part(tokenizer, layout.page_body(text=text, prompt=prompt), learn=1)
    # The first control token after a page is how the model says that the page is over.
    return [(parts[0][0], float(number > 1)), *parts[1:]]


def _part(tokenizer: Tokenizer, text: str, *, learn: float) -> _Part:
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
        if style != "storybook":
            told = from_shelf(rng.choice(self._shelves[style]), rng)
            return encode(told, self._tokenizer, context=self._context, rng=rng)
        return self._generated(index, rng)

    def _generated(self, index: int, rng: random.Random) -> Sample:
        story = from_generated(make_story(self._seed * 10**8 + index))
        kind = rng.random()
        if kind < WISH_ONLY:
            return encode(story, self._tokenizer, context=self._context, rng=rng, pages=0)
        told, length = without_wish(story, rng), len(story.pages)
        shown = 1 if kind < WISH_ONLY + FIRST_ONLY else None
        again = rng.randint(1, length - 1) if length > 1 and rng.random() < READ_AGAIN else 0
        return encode(
            told, self._tokenizer, context=self._context, rng=rng, pages=shown,
            read_again=0 if shown else again,
        )  # fmt: skip

    def batches(
        self, start: int, *, pool: int, tokens: int, makers: int = 0
    ) -> Iterator[tuple[int, list[Sample]]]:
        """Yield batches of samples of like length, about ``tokens`` each, with the next index.

        ``makers`` are processes that draw the samples beforehand; they change nothing but the time.
        """
        for samples in self._pools(start, pool, makers):
            drawn = sorted(samples, key=lambda s: len(s.tokens))
            start += pool
            batches = list(_cut(drawn, tokens))
            random.Random(start).shuffle(batches)
            for number, batch in enumerate(batches, 1):
                yield (start if number == len(batches) else start - pool), batch

    def _pools(self, start: int, pool: int, makers: int) -> Iterator[list[Sample]]:
        """Yield the samples from ``start`` on, ``pool`` of them at a time."""
        firsts = itertools.count(start, pool)
        if not makers:
            yield from (self._some((first, pool)) for first in firsts)
            return
        # Spawned, for a process that holds a GPU cannot be forked; a few pools are made ahead.
        with ProcessPoolExecutor(
            makers, mp_context=get_context("spawn"), initializer=_be_a_maker, initargs=(self,)
        ) as makers_pool:
            waiting = deque(
                makers_pool.submit(_make, (first, pool))
                for first in itertools.islice(firsts, 2 * makers)
            )
            try:
                while True:
                    waiting.append(makers_pool.submit(_make, (next(firsts), pool)))
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _some(self, wanted: tuple[int, int]) -> list[Sample]:
        first, pool = wanted
        return [self.sample(first + i) for i in range(pool)]


_MADE_BY: list[StoryMix] = []


def _be_a_maker(mix: StoryMix) -> None:
    """Take the mix that a maker's process draws from, which leaves it to its parent to stop."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    torch.set_num_threads(1)
    _MADE_BY[:] = [mix]


def _make(wanted: tuple[int, int]) -> list[Sample]:
    return _MADE_BY[0]._some(wanted)


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
    tokenizer: Tokenizer,
    corpus: Path | None,
    *,
    context: int,
    stories: int,
    texts: int | None = None,
) -> dict[str, tuple[list[Sample], int]]:
    """Prepare held-out samples, each set with the bytes of its texts, for bits per byte.

    ``stories`` are made up; of TinyStories' validation part ``texts`` are taken, spread evenly
    over it, or all. What is longer than the context is cut into windows that overlap by half, so
    that each byte counts once. Stories of plots that a tokenizer of earlier weights has no token
    for are passed over.
    """
    rng = random.Random(0)
    made = (make_story(HELD_OUT + i) for i in itertools.count())
    known = (s for s in made if tokenizer.token_to_id(layout.plot_token(s.plot)) is not None)
    told = {"generated": [from_generated(s) for s in itertools.islice(known, stories)]}
    if corpus is not None:
        told["tinystories_valid"] = [
            without_asking(CorpusStory("tiny", "", tuple(text.split("\n"))))
            for text in spread(read_texts(corpus / "tinystories_valid.txt.gz"), texts)
        ]
    sets: dict[str, tuple[list[Sample], int]] = {}
    for name, stories_told in told.items():
        samples = [encode(t, tokenizer, context=10**6, rng=rng) for t in stories_told]
        size = sum(len((p.text + p.prompt).encode()) + 1 for t in stories_told for p in t.pages)
        sets[name] = ([part for s in samples for part in windows(s, context)], size)
    return sets


def spread(texts: list[str], count: int | None) -> list[str]:
    """Take ``count`` of the texts (None: all), evenly from first to last."""
    if count is None or count >= len(texts):
        return texts
    return [texts[i * len(texts) // count] for i in range(count)]


def windows(sample: Sample, context: int) -> Iterator[Sample]:
    """Cut a sample to the context; each window but the first learns its new half alone."""
    yield Sample(sample.tokens[:context], sample.learn[:context])
    step = context // 2
    for first in range(step, len(sample.tokens) - context + step, step):
        learn = sample.learn[first + context - step : first + context]
        yield Sample(sample.tokens[first : first + context], (0.0,) * (context - step) + learn)
