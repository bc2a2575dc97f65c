"""Writes a story's pages with a general language model: GPT-2, or an instruct model by chat."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from engine.errors import EngineError
from engine.text.asking import as_chat, as_text, asked_for_picture
from engine.text.casting import cast_story, plain_prompt
from engine.text.format import fold
from engine.text.page import PageOrder, PageText
from engine.text.pretrained import Vocabulary, load_language_model
from engine.text.reading import read_wish
from engine.text.sampling import BannedWords, Decoder, sample_token
from engine.text.sentences import is_sound, sentence_key, spell_out, split_sentences
from engine.text.weights import page_generator

_ENDED = re.compile(r"[.!?…][\"')\u201d\u2019]*$")
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Prof)\.$")
_ATTEMPTS = 4
_UNREADABLE = "\ufffd"
_MOST_CONTEXT = 4096
_PICTURE_WORDS = 24


@dataclass(frozen=True)
class LanguageOptions:
    """How boldly the writer draws, and how long its pages are.

    A page ends with the model's own end from ``least_words`` on, else with the first sentence that
    brings it to ``most_words``. ``repetition`` divides the odds of what was just said (Keskar et
    al. 2019, section 4.1).
    """

    temperature: float = 0.8
    top_p: float = 0.92
    repetition: float = 1.1
    least_words: int = 40
    most_words: int = 80
    max_page_tokens: int = 200
    max_sentence_tokens: int = 60
    max_prompt_tokens: int = 40


@dataclass
class _Page:
    """What one page is written with."""

    decoder: Decoder
    generator: torch.Generator
    bans: BannedWords
    seen: set[str]
    should_stop: Callable[[], bool]


@dataclass(frozen=True)
class _Sentence:
    """A sentence, its tokens, and whether the model ended the page with it."""

    text: str
    tokens: tuple[int, ...]
    last: bool


class _Stopped(Exception):  # noqa: N818
    """The caller asked the writer to stop."""


class LanguageWriter:
    """A pretrained language model at work; one page at a time, from nothing but its arguments."""

    def __init__(
        self, *, model: Any, vocabulary: Vocabulary, options: LanguageOptions | None = None
    ) -> None:
        self._model, self._vocabulary = model, vocabulary
        self.options = options or LanguageOptions()
        known = getattr(model.config.get_text_config(), "max_position_embeddings", 1024)
        self._context = min(int(known), _MOST_CONTEXT)
        ends = model.generation_config.eos_token_id
        self._ends = frozenset(ends if isinstance(ends, list) else [ends]) - {None}
        # Many models have more rows than words, so that their matrices are of a round size.
        rows = model.get_input_embeddings().num_embeddings
        self._never = vocabulary.marks | frozenset(range(len(vocabulary), rows))

    @classmethod
    def load(
        cls, source: str, *, device: str = "cpu", options: LanguageOptions | None = None
    ) -> LanguageWriter:
        """Load a model of a folder or the hub; raises ModelFileError where it cannot be used."""
        model, vocabulary = load_language_model(source, device=device)
        return cls(model=model, vocabulary=vocabulary, options=options)

    def write_page(
        self, order: PageOrder, *, should_stop: Callable[[], bool]
    ) -> Iterator[str | PageText]:
        """Write a page: text in whole words, then the finished page.

        The same order gives the same page. Ends without a page when ``should_stop()`` turns true.
        """
        page = _Page(
            decoder=Decoder(self._model, self._fit(order)),
            generator=page_generator(seed=order.seed, number=order.number),
            bans=BannedWords(order.avoid, self._vocabulary, order.banned),
            seen={sentence_key(s) for told in order.before for s in split_sentences(told.text)},
            should_stop=should_stop,
        )
        sentences: list[str] = []
        try:
            for sentence in self._sentences(page):
                yield from spell_out(sentence, first=not sentences)
                sentences.append(sentence)
            if not sentences:
                raise EngineError("avoided", f"The writer found no words for page {order.number}.")
            text = " ".join(sentences)
            yield PageText(order.number, text, self._picture_prompt(page, order, text))
        except _Stopped:
            return

    def _fit(self, order: PageOrder) -> list[int]:
        """Lay out what stands before the page, dropping the oldest pages that do not fit."""
        room = self._context - self.options.max_page_tokens - 1
        for first in range(len(order.before) + 1):
            ids = self._lay_out(replace(order, before=order.before[first:]))
            if len(ids) <= room:
                return ids
        return ids[-room:]

    def _lay_out(self, order: PageOrder) -> list[int]:
        if self._vocabulary.chats:
            return self._vocabulary.chat(as_chat(order))
        return self._vocabulary.start(as_text(order))

    def _sentences(self, page: _Page) -> Iterator[str]:
        """Draw the page by sentences, until the model ends it or it is long enough."""
        budget, words = self.options.max_page_tokens, 0
        while budget > 0 and words < self.options.most_words:
            may_end = words >= self.options.least_words
            sentence = self._next_sentence(page, budget, may_end=may_end)
            if sentence is None:
                return
            budget -= len(sentence.tokens)
            words += len(sentence.text.split())
            page.seen.add(sentence_key(sentence.text))
            yield sentence.text
            if sentence.last and may_end:
                return

    def _next_sentence(self, page: _Page, budget: int, *, may_end: bool) -> _Sentence | None:
        """Draw a sentence; one that is repeated, stutters or has a banned word is drawn again.

        None when nothing will do and the page has enough; a poor one sooner than an empty page.
        """
        start, poor = page.decoder.mark(), None
        for _ in range(_ATTEMPTS):
            sentence = self._sentence(page, min(budget, self.options.max_sentence_tokens))
            whole = sentence is not None and bool(_ENDED.search(sentence.text))
            if sentence and whole and self._good(sentence.text, page):
                return sentence
            if sentence and not page.bans.spoil(sentence.text):
                poor = sentence
            page.decoder.rewind(start)
        if poor is None or may_end:
            return None
        page.decoder.push(poor.tokens)
        return _Sentence(_closed(poor.text), poor.tokens, poor.last)

    def _good(self, text: str, page: _Page) -> bool:
        if not is_sound(text) or page.bans.spoil(text) or _UNREADABLE in text:
            return False
        return len(text.split()) < 4 or sentence_key(text) not in page.seen

    def _sentence(self, page: _Page, limit: int) -> _Sentence | None:
        """Draw one sentence, of at most ``limit`` tokens; None where not a word came."""
        written: list[int] = []
        for _ in range(limit):
            text = self._vocabulary.decode(written)
            ended = _ends_sentence(text.strip())
            token = self._draw(page, written, ended=ended)
            if token in self._ends or token in self._vocabulary.breaks:
                return _Sentence(_tidy(text), tuple(written), last=True)
            if ended and self._vocabulary.decode([*written, token])[len(text) :].startswith(" "):
                return _Sentence(_tidy(text), tuple(written), last=False)
            page.decoder.push([token])
            written.append(token)
        text = _tidy(self._vocabulary.decode(written))
        return _Sentence(text, tuple(written), last=False) if text else None

    def _draw(self, page: _Page, written: list[int], *, ended: bool) -> int:
        """Draw a token; the page's end and a line's end only where a sentence has ended."""
        if page.should_stop():
            raise _Stopped
        banned = set(self._never) | page.bans.next_tokens(written)
        if ended:
            banned -= self._ends
        else:
            banned |= self._ends | self._vocabulary.breaks
        logits = self._fade(page.decoder.logits.float().cpu(), written)
        return sample_token(
            logits,
            temperature=self.options.temperature,
            top_p=self.options.top_p,
            banned=banned,
            generator=page.generator,
        )

    def _fade(self, logits: Tensor, written: Sequence[int]) -> Tensor:
        """Make what the sentence has said already less likely."""
        said = torch.tensor(sorted(set(written)), dtype=torch.long)
        odds = logits[said]
        faded = torch.where(
            odds > 0, odds / self.options.repetition, odds * self.options.repetition
        )
        return logits.index_copy(0, said, faded)

    def _picture_prompt(self, page: _Page, order: PageOrder, text: str) -> str:
        """Say what the page's picture shows: as the model puts it, else who, where and what."""
        if self._vocabulary.chats:
            asked = self._asked(page, order, text)
            if len(asked.split()) > 2 and not (page.bans.spoil(asked) or _UNREADABLE in asked):
                return asked
        cast = cast_story(read_wish(fold(order.idea)), before=order.before, seed=order.seed)
        seen = plain_prompt(cast, page.bans)
        told = _most_telling(split_sentences(text), cast.hero.noun)
        prompt = f"{seen}. {told}"
        return seen if page.bans.spoil(prompt) else prompt

    def _asked(self, page: _Page, order: PageOrder, text: str) -> str:
        """Ask an instruct model what the picture shows; "" where its answer is no use."""
        messages = asked_for_picture(as_chat(order), text)
        ids = self._vocabulary.chat(messages)[-(self._context - self.options.max_prompt_tokens) :]
        asked = _Page(Decoder(self._model, ids), page.generator, page.bans, set(), page.should_stop)
        written: list[int] = []
        while len(written) < self.options.max_prompt_tokens:
            token = self._draw(asked, written, ended=bool(written))
            if token in self._ends or token in self._vocabulary.breaks:
                break
            asked.decoder.push([token])
            written.append(token)
        return " ".join(_tidy(self._vocabulary.decode(written)).split()[:_PICTURE_WORDS])


def _ends_sentence(text: str) -> bool:
    quoted = text.count('"') % 2 or text.count("\u201c") > text.count("\u201d")
    return bool(_ENDED.search(text)) and not quoted and not _TITLED.search(text)


def _tidy(text: str) -> str:
    """Put a sentence on one line, without what cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _closed(text: str) -> str:
    """End what was cut off as a sentence, after its last whole word."""
    text = " ".join(text.replace(_UNREADABLE, " ").split())
    if _ENDED.search(text):
        return text
    kept = (text.rsplit(" ", 1)[0] if " " in text else text).rstrip(" ,;:-\"'")
    return f"{kept}."


def _most_telling(sentences: Sequence[str], hero: str) -> str:
    """Return the sentence of a page that a picture shows best: about the hero, and rather long."""

    def worth(sentence: str) -> tuple[bool, int]:
        return hero.lower() in sentence.lower(), min(len(sentence.split()), _PICTURE_WORDS)

    return " ".join(max(sentences, key=worth, default="").split()[:_PICTURE_WORDS])
