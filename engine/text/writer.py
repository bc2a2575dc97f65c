"""Writes a story's pages with the story model: prose streamed in words, then the picture prompt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer
from transformers import GPT2LMHeadModel

from engine.errors import EngineError
from engine.models.story import StoryModelParams
from engine.text import format as layout
from engine.text.beats import BEATS, Place, fitting_beats, plan_of, shown_place
from engine.text.casting import cast_story, plain_prompt
from engine.text.clues import weigh_clues
from engine.text.detours import Detours
from engine.text.drafting import Draft, Sentence, Stopped
from engine.text.page import PageOrder, PageText
from engine.text.picturing import picture_wish
from engine.text.plotting import draw_plot, likely_plots, recognise_plot
from engine.text.reading import read_wish
from engine.text.roles import Cast
from engine.text.sampling import BannedWords, Decoder, sample_token
from engine.text.sentences import (
    finish,
    sentence_key,
    spell_out,
    split_sentences,
)
from engine.text.spelling import words_of
from engine.text.suiting import fit_cast, misfit
from engine.text.weights import load_story_model, page_generator
from engine.text.wish import CAPITAL, MOST_WORDS, POINTERS, WishWords

_PLACED = re.compile(r" (?:in|on|by|at|under|above|with) ")
_SENTENCE_END = re.compile(r"[.!?][\"')]*$")
_ATTEMPTS = 5
_SURE = -0.45
"""A sentence that the model is less sure of is drawn again, and the surest is taken: a small model
that has lost its way writes nonsense, and knows it."""
_LOST = -0.6
"""A page that has enough words ends sooner than with a sentence that the model doubts as much."""
_LONGEST_SENTENCE = 80
_FEWEST_WORDS, _ENOUGH_WORDS = 14, 28


@dataclass(frozen=True)
class WriterOptions:
    """How boldly the writer draws, and how long a page and its picture prompt may be (tokens)."""

    temperature: float = 0.4
    top_p: float = 0.9
    prompt_temperature: float = 0.2
    max_page_tokens: int = 160
    max_prompt_tokens: int = 32


_NAMING = ("<|H|>", "<|a-hero|>", "<|F|>", "<|a-friend|>")
_MOST_WISH_TOKENS = 96
_PLANNED, _SURELY = 1.0, 8.0
"""How much likelier (in nats) a page must seem to go on after an end than to be as planned, in a
long story and in one of at most four pages."""


class StoryWriter:
    """The story model at work; one page at a time, from nothing but its order."""

    def __init__(
        self, *, model: GPT2LMHeadModel, tokenizer: Tokenizer, params: StoryModelParams,
        options: WriterOptions | None = None,
    ) -> None:  # fmt: skip
        self._model, self._tokenizer, self._params = model, tokenizer, params
        self.options = options or WriterOptions()
        self._pointers = [self._id(name) for name in POINTERS[:MOST_WORDS]]
        self._control = {name: self._id(name) for name in layout.CONTROLS}
        self._plots = {name: self._id(layout.plot_token(name)) for name in params.plots}
        self._beats = {name: self._id(f"<|beat-{name}|>") for name in BEATS}
        styles = (tokenizer.token_to_id(layout.plot_token(name)) for name in layout.STYLES)
        self._signs = {*self._plots.values(), *self._beats.values(), *filter(None, styles)}
        self._openers = {self._id(CAPITAL), *map(self._id, _NAMING)}

    def _id(self, token: str) -> int:
        return layout.token_id(self._tokenizer, token)

    @classmethod
    def load(
        cls, folder: Path, *, options: WriterOptions | None = None, device: str = "cpu"
    ) -> StoryWriter:
        """Load the writer's weights; raises ModelFileError when they cannot be used."""
        model, tokenizer, params = load_story_model(folder)
        model.to(device)
        return cls(model=model, tokenizer=tokenizer, params=params, options=options)

    def write_page(
        self, order: PageOrder, *, should_stop: Callable[[], bool]
    ) -> Iterator[str | PageText]:
        """Write a page: text in whole words, then the finished page.

        The same order gives the same page, in any process. Ends without a page when
        ``should_stop()`` turns true.
        """
        number, before, seed = order.number, order.before, order.seed
        wish = read_wish(self._short(layout.fold(order.idea)))
        cast = cast_story(wish, before=before, seed=seed)
        asked = cast.point(self._short(layout.fold(order.direction, limit=160)))
        words = WishWords(asked)
        place = shown_place(number, order.pages, most=layout.MOST_PAGES)
        plot = self._plot(wish.marked, cast, place, before, seed)
        cast = self._fitting(cast, plot, before, seed, wish.marked)
        prompt = self._prompt(wish.marked, cast, plot, place, number, before, words.mark(asked))
        decoder = Decoder(self._model, prompt)
        self._choose_beat(decoder, plot, place, directed=bool(asked))
        bans = BannedWords(order.avoid, self._tokenizer, order.banned)
        missing = {self._id(token) for token in cast.missing()}
        missing |= {self._id(f"<|{role}|>") for role, text in cast.words.items()
                    if bans.spoil(text)}  # fmt: skip
        draft = Draft(
            decoder=decoder,
            generator=page_generator(seed=seed, number=number),
            bans=bans,
            words=words,
            wish=wish,
            cast=cast,
            barred=frozenset(missing | self._signs | set(self._pointers[len(words) :])),
            seen={sentence_key(s) for page in before for s in split_sentences(page.text)},
            own=words_of(
                order.idea, order.direction, *cast.words.values(), *(page.text for page in before)
            ),
            should_stop=should_stop,
        )
        try:
            yield from self._write(draft, order)
        except Stopped:
            return
        except EngineError:
            if order.avoid or not order.idea:
                raise
            # Of a wish like "xxxxxxxx…" no sentence comes to an end: tell a story of somebody.
            plain = replace(order, idea="", direction="")
            yield from self.write_page(plain, should_stop=should_stop)

    def choose_plot(self, *, idea: str, seed: int) -> str:
        """Name the plot that a new story for ``idea`` has."""
        wish = read_wish(self._short(layout.fold(idea)))
        cast = cast_story(wish, before=(), seed=seed)
        return self._plot(wish.marked, cast, Place(1, 1), (), seed)

    def _short(self, text: str) -> str:
        """Cut words to the tokens that leave room for a page: odd ones take many a letter."""
        ids = self._tokenizer.encode(text).ids
        if len(ids) <= _MOST_WISH_TOKENS:
            return text
        short: str = self._tokenizer.decode(ids[:_MOST_WISH_TOKENS])
        return short

    def _plot(
        self, wish: str, cast: Cast, place: Place, before: Sequence[PageText], seed: int
    ) -> str:
        """Choose the plot: on the first page drawn by the seed, later the one that page tells."""
        names = {number: name for name, number in self._plots.items()}
        if not names:
            return ""
        ids = self._tokenizer.encode(f"{layout.WISH}{wish}").ids
        clues = [weigh_clues(self._params.clues, wish, name) - self._misfit(name, wish, cast)
                 for name in names.values()]  # fmt: skip
        likely = likely_plots(self._model, ids, list(names), clues)
        if not before:
            return names[draw_plot(likely, seed=seed)]
        casts = {plot: self._fitting(cast, names[plot], before, seed, wish) for plot in likely}
        told = {plot: self._first_page(wish, casts[plot], names[plot], place, before[0])
                for plot in likely}  # fmt: skip
        return names[recognise_plot(self._model, likely, told)]

    def _misfit(self, plot: str, marked: str, cast: Cast) -> float:
        roles = self._params.roles.get(plot, ())
        return misfit(plot, cast, marked=marked, roles=roles, clues=self._params.clues)

    def _fitting(
        self, cast: Cast, plot: str, before: Sequence[PageText], seed: int, marked: str
    ) -> Cast:
        roles, clues = self._params.roles.get(plot, ()), self._params.clues
        return fit_cast(cast, plot, roles=roles, before=before, seed=seed, marked=marked,
                        clues=clues)  # fmt: skip

    def _first_page(
        self, wish: str, cast: Cast, plot: str, place: Place, page: PageText
    ) -> tuple[list[int], int]:
        """Lay out a first page as if it were of a plot; also say where its text begins."""
        beat = fitting_beats(number=1, pages=place.pages, directed=False)[0]
        opening = layout.page_opening(number=1, pages=place.pages, plot=plot, beat=beat)
        header = layout.header(wish=wish, plot=plot, pages=place.pages)
        head = self._tokenizer.encode(header + opening).ids
        text = self._tokenizer.encode(cast.point(layout.fold(page.text, limit=1200))).ids
        return [*head, *text][: self._params.context], len(head)

    def _choose_beat(self, decoder: Decoder, plot: str, place: Place, *, directed: bool) -> None:
        """Let the model choose what the page is for, among what may stand here."""
        fitting = fitting_beats(number=place.number, pages=place.pages, directed=directed)
        known = (*self._params.plots.get(plot, BEATS), "meet", "close", "short1", "short2",
                 "filler", "last")  # fmt: skip
        planned = plan_of(place.pages) or ("end",)

        def worth(name: str) -> float:
            bonus = (_PLANNED if place.pages > len(planned) else _SURELY) * (name in planned)
            return float(decoder.logits[self._beats[name]]) + bonus

        best = max([name for name in fitting if name in known] or fitting[:1], key=worth)
        decoder.push([self._beats[best], self._control[layout.TEXT]])

    def _prompt(
        self, wish: str, cast: Cast, plot: str, place: Place, number: int,
        before: Sequence[PageText], direction: str,
    ) -> list[int]:  # fmt: skip
        """Lay out all that stands before the page's beat."""
        told = []
        for page in before:
            at = place.number - (number - page.number)
            if at >= 1:
                opening = layout.page_opening(number=at, pages=place.pages)
                text = cast.point(layout.fold(page.text, limit=2000))
                prompt = cast.point_prompt(layout.fold(page.prompt))
                body = layout.page_body(text=text, prompt=prompt)
                told.append(self._tokenizer.encode(opening + body).ids)
        opening = layout.page_opening(
            number=place.number, pages=place.pages, plot=plot, direction=direction
        ).removesuffix(layout.TEXT)
        return self._fit(layout.header(wish=wish, plot=plot, pages=place.pages), told, opening)

    def _fit(self, header: str, told: list[list[int]], opening: str) -> list[int]:
        """Join header, pages so far and opening, dropping the oldest pages that do not fit."""
        head, last = self._tokenizer.encode(header).ids, self._tokenizer.encode(opening).ids
        budget = self.options.max_page_tokens + self.options.max_prompt_tokens + 2
        room = self._params.context - budget - len(head) - len(last)
        while told and sum(map(len, told)) > room:
            told = told[1:]
        return [*head, *(token for page in told for token in page), *last]

    def _write(self, draft: Draft, order: PageOrder) -> Iterator[str | PageText]:
        sentences: list[str] = []
        for sentence in self._sentences(draft):
            yield from spell_out(sentence, first=not sentences)
            sentences.append(sentence)
        if not sentences:
            raise EngineError(
                "avoided",
                f"The writer found no words for page {order.number} without those to avoid.",
            )
        text = " ".join(sentences)
        prompt = self._picture_prompt(draft) or plain_prompt(draft.cast, draft.bans)
        shown = picture_wish(
            prompt, wish=draft.wish, cast=draft.cast, text=text, before=order.before,
            direction=order.direction, last=order.number == order.pages,
        )  # fmt: skip
        yield PageText(order.number, text, prompt if draft.bans.spoil(shown) else shown)

    def _sentences(self, draft: Draft) -> Iterator[str]:
        """Draw the page by sentences, until the model ends it or the budget is spent."""
        budget, words = self.options.max_page_tokens, 0
        while budget > 0:
            sentence = self._next_sentence(draft, budget, words)
            if sentence is None:
                return
            budget -= len(sentence.tokens)
            words += len(sentence.text.split())
            draft.seen.add(sentence_key(sentence.text))
            draft.said = self._tokenizer.decode(sentence.tokens, skip_special_tokens=False)
            yield sentence.text
            if sentence.last:
                return

    def _next_sentence(self, draft: Draft, budget: int, words: int) -> Sentence | None:
        """Draw a sentence; one unsure, repeated, stuttered or with a banned word is drawn again.

        None when nothing will do and the page has enough with its ``words``; a poor one sooner than
        an empty page.
        """
        start, sure, slip, poor = draft.decoder.mark(), None, None, None
        may_end, detours = words >= _FEWEST_WORDS, Detours()
        for attempt in range(_ATTEMPTS):
            limit = min(budget, _LONGEST_SENTENCE)
            sentence = self._sentence(draft, limit, attempt, may_end, detours)
            if sentence is not None and self._good(sentence.text, draft):
                if sentence.surety >= _SURE:
                    return sentence
                sure = max(sure or sentence, sentence, key=lambda s: s.surety)
            elif sentence is not None and not draft.bans.spoil(sentence.text):
                slip = sentence if draft.may_say(sentence.text) else slip
                poor = sentence
            draft.decoder.rewind(start)
        if sure is not None and sure.surety < _LOST and words >= _ENOUGH_WORDS:
            return None
        chosen = sure or slip or (None if may_end else poor)
        if chosen is not None:
            draft.decoder.push(chosen.tokens)
        return chosen

    def _good(self, sentence: str, draft: Draft) -> bool:
        return draft.may_say(sentence) and draft.knows(sentence)

    def _sentence(
        self, draft: Draft, limit: int, attempt: int, may_end: bool, detours: Detours
    ) -> Sentence | None:
        """Draw one sentence by no way that is closed, and close its own for the next.

        None when it does not end within ``limit`` tokens.
        """
        written: list[int] = []
        odds: list[float] = []
        picture = self._control[layout.PICTURE]
        sentence = None
        for _ in range(limit):
            if draft.should_stop():
                raise Stopped
            text = self._spell(written, draft)
            ended = bool(_SENTENCE_END.search(text)) and text.count('"') % 2 == 0
            enough = may_end or len(text.split()) >= _FEWEST_WORDS
            banned = self._text_bans(draft, written, may_end=ended and enough)
            banned |= detours.closed(written)
            token = self._draw(draft, banned, 1 + 0.05 * attempt)
            if ended and (token == picture or self._begins(token, quoted=text.endswith('"'))):
                mean = sum(odds) / len(odds)
                sentence = Sentence(finish(text), tuple(written), token == picture, mean)
                break
            odds.append(float(draft.decoder.logits.log_softmax(-1)[token]))
            draft.decoder.push([token])
            written.append(token)
        detours.close(written, odds)
        return sentence

    def _begins(self, token: int, *, quoted: bool) -> bool:
        """Say whether a token begins a new sentence, and no "asked the fox" after a quotation."""
        if token in self._openers:
            return True
        text = self._tokenizer.decode([token])
        if text == " ":  # a pointer follows; after a quotation most are who speaks
            return not quoted
        return text.startswith(" ") and not text[1:2].islower()

    def _text_bans(self, draft: Draft, written: list[int], *, may_end: bool) -> set[int]:
        controls = set(self._control.values())
        if may_end:
            controls.discard(self._control[layout.PICTURE])
        return controls | draft.barred | draft.bans.next_tokens(written)

    def _draw(self, draft: Draft, banned: set[int], heat: float) -> int:
        return sample_token(
            draft.decoder.logits,
            temperature=self.options.temperature * heat,
            top_p=self.options.top_p,
            banned=banned,
            generator=draft.generator,
        )

    def _spell(self, written: list[int], draft: Draft) -> str:
        return draft.spell(self._tokenizer.decode(written, skip_special_tokens=False))

    def _picture_prompt(self, draft: Draft) -> str:
        """Draw a picture prompt with a place, and no thing thrice; "" if none comes."""
        start = draft.decoder.mark()
        for _ in range(_ATTEMPTS):
            prompt = self._picture(draft)
            most = max(map(prompt.split().count, set(prompt.split()) - {"a", "an"}), default=0)
            if most <= 2 and _PLACED.search(prompt) and not draft.bans.spoil(prompt):
                return prompt
            draft.decoder.rewind(start)
        return ""

    def _picture(self, draft: Draft) -> str:
        """Draw what follows the picture token, up to the next control."""
        controls = set(self._control.values())
        closing = {self._control[name] for name in (layout.PAGE, layout.END, layout.DIRECTION)}
        draft.decoder.push([self._control[layout.PICTURE]])
        draft.said = ""
        written: list[int] = []
        while len(written) < self.options.max_prompt_tokens:
            if draft.should_stop():
                raise Stopped
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
