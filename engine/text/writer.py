"""Writes a story's pages with the story model: prose streamed in words, then the picture prompt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import GPT2LMHeadModel

from engine.errors import EngineError
from engine.models.story import StoryModelParams
from engine.text import format as layout
from engine.text.friends import choose_friend, with_friend
from engine.text.page import PageText
from engine.text.sampling import BannedWords, Decoder, best_name, sample_token
from engine.text.weights import load_story_model, page_generator
from engine.text.wish import MOST_WORDS, POINTERS, WishWords

_SOUND = re.compile(r"\"?[A-Z0-9]")
_STUTTER = re.compile(r"\b(\w+) \1\b", re.IGNORECASE)
_MEANT_TWICE = frozenset(("had", "that", "very", "so", "no", "knock", "ha"))
_PLACED = re.compile(r" (?:in|on|by|at|under|above|with) ")
_SENTENCE_END = re.compile(r"[.!?][\"')]*$")
_ATTEMPTS = 6
_LONGEST_SENTENCE = 80
_FEWEST_WORDS = 14


@dataclass(frozen=True)
class WriterOptions:
    """How boldly the writer draws, and how long a page and its picture prompt may be (tokens)."""

    temperature: float = 0.5
    top_p: float = 0.92
    prompt_temperature: float = 0.3
    max_page_tokens: int = 150
    max_prompt_tokens: int = 40


@dataclass
class _Draft:
    """What one page is written with."""

    decoder: Decoder
    generator: torch.Generator
    bans: BannedWords
    words: WishWords
    barred: frozenset[int]
    seen: set[str]
    should_stop: Callable[[], bool]


@dataclass(frozen=True)
class _Sentence:
    """A sentence, its tokens, and whether the page ends with it."""

    text: str
    tokens: tuple[int, ...]
    last: bool


_MOST_WISH_TOKENS = 96


class _Stopped(Exception):  # noqa: N818
    """The caller asked the writer to stop."""


class StoryWriter:
    """The story model at work; one page at a time, from nothing but its arguments."""

    def __init__(
        self, *, model: GPT2LMHeadModel, tokenizer: Tokenizer, params: StoryModelParams,
        options: WriterOptions | None = None,
    ) -> None:  # fmt: skip
        self._model, self._tokenizer, self._params = model, tokenizer, params
        self.options = options or WriterOptions()
        self._pointers = [layout.token_id(tokenizer, name) for name in POINTERS[:MOST_WORDS]]
        self._control = {name: layout.token_id(tokenizer, name) for name in layout.CONTROLS}

    @classmethod
    def load(cls, folder: Path, *, options: WriterOptions | None = None) -> StoryWriter:
        """Load the writer's weights; raises ModelFileError when they cannot be used."""
        model, tokenizer, params = load_story_model(folder)
        return cls(model=model, tokenizer=tokenizer, params=params, options=options)

    def write_page(
        self,
        *,
        idea: str,
        style: str,
        avoid: str,
        pages: int,
        number: int,
        before: Sequence[PageText],
        direction: str | None,
        seed: int,
        should_stop: Callable[[], bool],
    ) -> Iterator[str | PageText]:
        """Write page ``number`` of ``pages``: text in whole words, then the finished page.

        ``before`` are the pages so far; ``direction`` is what shall happen from this page on (give
        it for the first page of a continuation only). The same arguments give the same page, in any
        process. Ends without a page when ``should_stop()`` turns true.
        """
        wish = self._short(layout.fold(idea))
        plot = self._plot(wish)
        wish = with_friend(wish, choose_friend(wish=wish, before=before, seed=seed))
        asked = self._short(layout.fold(direction or "", limit=160))
        prompt = self._prompt(wish, plot, pages, number, before, asked)
        words = WishWords(wish, asked)
        draft = _Draft(
            decoder=Decoder(self._model, prompt),
            generator=page_generator(seed=seed, number=number),
            bans=BannedWords(avoid, self._tokenizer),
            words=words,
            barred=frozenset(self._pointers[len(words) :]),
            seen={_key(s) for page in before for s in split_sentences(page.text)},
            should_stop=should_stop,
        )
        try:
            yield from self._write(
                draft, number, fallback=before[-1].prompt if before else layout.fold(idea)
            )
        except _Stopped:
            return

    def _short(self, text: str) -> str:
        """Cut words to the tokens that leave room for a page: odd ones take many a letter."""
        ids = self._tokenizer.encode(text).ids
        if len(ids) <= _MOST_WISH_TOKENS:
            return text
        short: str = self._tokenizer.decode(ids[:_MOST_WISH_TOKENS])
        return short

    def _plot(self, wish: str) -> str:
        """Let the model choose the plot that suits a wish, the same on every page of its story."""
        # A helper named by the wish alone: the choice must not hang on the page or its seed.
        told = with_friend(wish, choose_friend(wish=wish, before=(), seed=0))
        text = f"{layout.WISH}{WishWords(told).mark(told)}{layout.STYLE}"
        decoder = Decoder(self._model, self._tokenizer.encode(text).ids)
        end = self._control[layout.PAGES]
        names = self._params.plots or ("storybook",)
        return best_name(decoder, names, tokenizer=self._tokenizer, end=end)

    def _prompt(
        self, wish: str, plot: str, pages: int, number: int, before: Sequence[PageText],
        direction: str,
    ) -> list[int]:  # fmt: skip
        """Lay out all that stands before the page's text, numbered as the model has learnt it."""
        shown = min(max(pages, layout.FEWEST_PAGES), layout.MOST_PAGES)
        place = max(min(number, 2), shown - (pages - number))
        known, asked = WishWords(wish), WishWords(wish, direction)
        told = [
            self._tokenizer.encode(
                layout.page_opening(number=place - (number - page.number), pages=shown)
                + layout.page_body(
                    text=known.point(layout.fold(page.text, limit=2000)),
                    prompt=known.point(layout.fold(page.prompt)),
                )
            ).ids
            for page in before
            if place - (number - page.number) >= 1
        ]
        opening = layout.page_opening(number=place, pages=shown, direction=asked.mark(direction))
        header = layout.header(wish=known.mark(wish), style=plot, pages=shown)
        return self._fit(header, told, opening)

    def _fit(self, header: str, told: list[list[int]], opening: str) -> list[int]:
        """Join header, pages so far and opening, dropping the oldest pages that do not fit."""
        head, last = self._tokenizer.encode(header).ids, self._tokenizer.encode(opening).ids
        budget = self.options.max_page_tokens + self.options.max_prompt_tokens
        room = self._params.context - budget - len(head) - len(last)
        while told and sum(map(len, told)) > room:
            told = told[1:]
        return [*head, *(token for page in told for token in page), *last]

    def _write(self, draft: _Draft, number: int, *, fallback: str) -> Iterator[str | PageText]:
        sentences: list[str] = []
        for sentence in self._sentences(draft):
            yield from _words(sentence, first=not sentences)
            sentences.append(sentence)
        if not sentences:
            raise EngineError(
                "avoided", f"The writer found no words for page {number} without those to avoid."
            )
        prompt = self._picture_prompt(draft) or fallback or "a storybook"
        yield PageText(number, " ".join(sentences), prompt)

    def _sentences(self, draft: _Draft) -> Iterator[str]:
        """Draw the page by sentences, until the model ends it or the budget is spent."""
        budget, words = self.options.max_page_tokens, 0
        while budget > 0:
            sentence = self._next_sentence(draft, budget, may_end=words >= _FEWEST_WORDS)
            if sentence is None:
                return
            budget -= len(sentence.tokens)
            words += len(sentence.text.split())
            draft.seen.add(_key(sentence.text))
            yield sentence.text
            if sentence.last:
                return

    def _next_sentence(self, draft: _Draft, budget: int, *, may_end: bool) -> _Sentence | None:
        """Draw a sentence; one that repeats, stutters or holds a banned word is drawn again.

        None when nothing will do and the page has enough; a poor one sooner than an empty page.
        """
        start, poor = draft.decoder.mark(), None
        for attempt in range(_ATTEMPTS):
            sentence = self._sentence(draft, min(budget, _LONGEST_SENTENCE), attempt, may_end)
            if sentence is not None and self._good(sentence.text, draft):
                return sentence
            if sentence is not None and not draft.bans.spoil(sentence.text):
                poor = sentence
            draft.decoder.rewind(start)
        if poor is None or may_end:
            return None
        draft.decoder.push(poor.tokens)
        return poor

    def _good(self, sentence: str, draft: _Draft) -> bool:
        if not is_sound(sentence) or draft.bans.spoil(sentence):
            return False
        return len(sentence.split()) < 4 or _key(sentence) not in draft.seen

    def _sentence(self, draft: _Draft, limit: int, attempt: int, may_end: bool) -> _Sentence | None:
        """Draw one sentence; None when it does not end within ``limit`` tokens."""
        written: list[int] = []
        picture = self._control[layout.PICTURE]
        for _ in range(limit):
            if draft.should_stop():
                raise _Stopped
            text = self._spell(written, draft)
            ended = bool(_SENTENCE_END.search(text)) and text.count('"') % 2 == 0
            enough = may_end or len(text.split()) >= _FEWEST_WORDS
            banned = self._text_bans(draft, written, may_end=ended and enough)
            token = self._draw(draft, banned, 1 + 0.05 * attempt)
            if ended and (token == picture or self._begins(token, quoted=text.endswith('"'))):
                return _Sentence(text.strip(), tuple(written), token == picture)
            draft.decoder.push([token])
            written.append(token)
        return None

    def _begins(self, token: int, *, quoted: bool) -> bool:
        """Say whether a token begins a new sentence, and no "asked the fox" after a quotation."""
        text = self._tokenizer.decode([token])
        if text == " ":  # a pointer follows; after a quotation most are who speaks
            return not quoted
        return text.startswith(" ") and not text[1:2].islower()

    def _text_bans(self, draft: _Draft, written: list[int], *, may_end: bool) -> set[int]:
        controls = set(self._control.values())
        if may_end:
            controls.discard(self._control[layout.PICTURE])
        return controls | draft.barred | draft.bans.next_tokens(written)

    def _draw(self, draft: _Draft, banned: set[int], heat: float) -> int:
        return sample_token(
            draft.decoder.logits,
            temperature=self.options.temperature * heat,
            top_p=self.options.top_p,
            banned=banned,
            generator=draft.generator,
        )

    def _spell(self, written: list[int], draft: _Draft) -> str:
        """Decode tokens to text; pointers become the wish's words."""
        return draft.words.spell(self._tokenizer.decode(written, skip_special_tokens=False))

    def _picture_prompt(self, draft: _Draft) -> str:
        """Draw a picture prompt that names a place and no thing thrice; "" if none comes."""
        start = draft.decoder.mark()
        for _ in range(_ATTEMPTS):
            prompt = self._picture(draft)
            most = max(map(prompt.split().count, set(prompt.split()) - {"a", "an"}), default=0)
            if most <= 2 and _PLACED.search(prompt) and not draft.bans.spoil(prompt):
                return prompt
            draft.decoder.rewind(start)
        return ""

    def _picture(self, draft: _Draft) -> str:
        """Draw what follows the picture token, up to the next control."""
        controls = set(self._control.values())
        closing = {self._control[name] for name in (layout.PAGE, layout.END, layout.DIRECTION)}
        draft.decoder.push([self._control[layout.PICTURE]])
        written: list[int] = []
        while len(written) < self.options.max_prompt_tokens:
            if draft.should_stop():
                raise _Stopped
            banned = (controls - closing if written else controls) | draft.barred
            banned |= draft.bans.next_tokens(written)
            token = sample_token(
                draft.decoder.logits, temperature=self.options.prompt_temperature, top_p=0.9,
                banned=banned, generator=draft.generator,
            )  # fmt: skip
            if token in closing:
                break
            draft.decoder.push([token])
            written.append(token)
        return " ".join(self._spell(written, draft).split()).lower()


def _words(sentence: str, *, first: bool) -> Iterator[str]:
    """Give a sentence word by word, each with the space before it."""
    for i, word in enumerate(sentence.split(" ")):
        yield f" {word}" if i or not first else word


def is_sound(sentence: str) -> bool:
    """Say whether a sentence starts as one and stutters nowhere ("the the")."""
    stutters = {match[1].lower() for match in _STUTTER.finditer(sentence)}
    return bool(_SOUND.match(sentence)) and stutters <= _MEANT_TWICE


def split_sentences(text: str) -> list[str]:
    """Split prose after each full stop, question or exclamation mark and its closing quotes."""
    return [s for s in re.split(r"(?<=[.!?]) +|(?<=[.!?][\"')]) +", text.strip()) if s]


def _key(sentence: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", sentence.lower()).strip()
