"""The illustrator: turns picture requests into previews and finished pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from engine.image.batch import Batch
from engine.image.codec import load_vqgan
from engine.image.draft import DraftModel
from engine.image.easel import Easel
from engine.image.layout import Layout
from engine.image.painter import Painter
from engine.image.painting import Painting
from engine.image.params import PaintParams
from engine.image.perceptor import Perceptor, load_perceptor
from engine.image.picture import PictureEvent, PictureRequest, PictureState
from engine.image.preflight import make_plan
from engine.image.prompting import guide, wanted_prompts
from engine.image.requests import SIDE, check_request, params_for
from engine.image.saving import not_of_this, restore, unpack
from engine.image.starts import Starts
from engine.image.styles import find_style
from engine.image.work import Candidate, Showing, Work, candidate_seed
from engine.machine import bfloat16_is_fast, usable_cores
from engine.models.vqgan import VQGAN
from engine.threads import one_thread

__all__ = ["SIDE", "Illustrator"]


class Illustrator:
    """Holds the resident models of a profile: VQGAN, CLIPs and, where it has one, a draft model.

    ``perceptor`` is one, or several that guide together, the first of which judges; ``judge`` is
    one that never guides, for a score that nothing was optimised for. ``side`` is that of pictures
    in pixels where a request leaves it open.
    """

    def __init__(
        self,
        vqgan: VQGAN,
        perceptor: Perceptor | Sequence[Perceptor],
        draft: DraftModel | None = None,
        *,
        judge: Perceptor | None = None,
        params: PaintParams | None = None,
        side: int = SIDE,
        threads: int | None = None,
        compiled: bool = False,
    ) -> None:
        self.vqgan = vqgan
        self.drafts = draft
        self.params = params or PaintParams()
        perceptors = (perceptor,) if isinstance(perceptor, Perceptor) else tuple(perceptor)
        device = vqgan.device.type
        reduced = bfloat16_is_fast(device)
        self.plan = make_plan(vqgan, perceptors, cores=threads or usable_cores(), reduced=reduced)
        self.painter = Painter(
            vqgan, perceptors, chunk=self.plan.chunk, workers=self.plan.passes,
            threads=self.plan.threads, most_views=self.plan.most_views, reduced=reduced,
            halved=reduced, compiled=compiled,
        )  # fmt: skip
        batch = Batch(chunk=lambda: self.painter.chunk, cost=self._cost, budget=self.plan.budget)
        self.easel = Easel(self.painter, self, batch=batch)
        self._starts = Starts(vqgan, draft, side=side)
        self._showing = Showing(self.painter, judge)

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        threads: int | None = None,
        device: str = "cpu",
        compiled: bool = False,
    ) -> Illustrator:
        """Load ``clip.*``, ``vqgan.*`` and ``draft.*`` from a folder; ``ModelFileError`` if bad.

        Where there is a ``judge.*`` as ``pagewright train judge`` makes it, pictures are also
        scored by it.
        ``threads`` is the number of pictures painted side by side, by default that of the cores;
        it has no influence on the pictures, which depend on the kind of CPU or GPU only.
        """
        judged = (folder / "judge.safetensors").is_file()
        return cls(
            load_vqgan(folder).to(device), load_perceptor(folder, device=device),
            DraftModel.load(folder, device=device),
            judge=load_perceptor(folder, "judge", device=device) if judged else None,
            threads=threads, compiled=compiled,
        )  # fmt: skip

    @property
    def perceptor(self) -> Perceptor:
        """Return the first perceptor, which judges."""
        return self.painter.perceptor

    def lay_out(self, request: PictureRequest) -> Layout:
        """Return what will stand where in a request's picture (no painting yet)."""
        with one_thread():
            return self._lay_out(request)

    def _cost(self, painting: Painting) -> float:
        """Return the bytes that a painting's step takes."""
        views = sum(painting.guidance.view_counts(painting.params))
        return self.plan.cost(*self.painter.size(painting), views)

    def _lay_out(self, request: PictureRequest) -> Layout:
        if request.layout is not None:
            return request.layout
        text = ", ".join(p.text for p in wanted_prompts(request))
        if self.drafts is None or not text:
            return Layout()
        return self.drafts.lay_out(text, seed=request.seed, previous=request.previous)

    def check(self, request: PictureRequest) -> None:
        """Raise ``EngineError("bad_input")`` where a request cannot be painted."""
        check_request(
            request,
            factor=self.vqgan.params.factor,
            codes=len(self.vqgan.codebook),
            side=self._starts.side,
            perceptors=len(self.painter.perceptors),
        )
        find_style(request.style)

    def paint(
        self,
        requests: Sequence[PictureRequest],
        *,
        preview_seconds: float,
        should_stop: Callable[[], bool],
    ) -> Iterator[PictureEvent]:
        """Paint all requests in one batch, each as if it were alone.

        First comes a preview of each draft (step 0), then previews of each every
        ``preview_seconds`` (0: none), then a ``PictureDone`` for each. When ``should_stop`` answers
        true the iterator ends within one step, with the states that were to be kept.
        """
        for request in requests:
            self.check(request)
        begun = [self.painter.submit(self.begin, request) for request in requests]
        works: list[Work] = []
        for future in begun:
            if should_stop():
                for other in begun:
                    other.cancel()
                return
            works.append(future.result())
            yield from self._look(works[-1:], preview_seconds)
        yield from self._run(works, preview_seconds, should_stop)

    def _run(
        self, works: list[Work], preview_seconds: float, should_stop: Callable[[], bool]
    ) -> Iterator[PictureEvent]:
        while not all(work.done for work in works):
            if should_stop():
                for work in works:
                    if work.request.keep_state:
                        yield PictureState(work.request.key, work.step, work.state())
                return
            self.painter.step([painting for work in works for painting in work.paintings])
            yield from self._look(works, preview_seconds)

    def _look(self, works: Sequence[Work], preview_seconds: float) -> Iterator[PictureEvent]:
        look = partial(self.events, preview_seconds=preview_seconds)
        for events in self.painter.map(look, works):
            yield from events

    def begin(self, request: PictureRequest) -> Work:
        """Begin a checked request, or go on with it from its state; for the painter's threads."""
        started = time.monotonic()
        params = params_for(request, self.params, drafts=self.drafts is not None)
        states = unpack(request.state) if request.state else {}
        places = sorted(states) or range(params.best_of)
        if not all(0 <= place < params.best_of for place in places):
            raise not_of_this()
        notes: list[str] = []
        candidates = [
            self._candidate(request, params, place, notes.append if place == places[0] else None)
            for place in places
        ]
        for candidate in candidates:
            if states:
                restore(candidate.painting, states[candidate.place])
            else:
                self.painter.judge(candidate.painting)
        return Work(request, candidates, started, notes)

    def _candidate(
        self,
        request: PictureRequest,
        params: PaintParams,
        place: int,
        say: Callable[[str], None] | None,
    ) -> Candidate:
        """Return one of the pictures that a request may become, each from a seed of its own."""
        request = replace(request, seed=candidate_seed(request.seed, place))
        begun = self._starts.begin(request, params, self._lay_out(request))
        guidances = guide(request, begun.layout, self.painter.perceptors, params, say=say)
        painting = Painting(
            begun.latents, guidances, params,
            seed=request.seed, size=begun.size, region=begun.region,
        )  # fmt: skip
        return Candidate(place, painting, begun.layout)

    def events(self, work: Work, *, preview_seconds: float) -> list[PictureEvent]:
        """Return what there is to show of a work after a step; for the painter's threads."""
        return list(self._showing.events(work, preview_seconds=preview_seconds))
