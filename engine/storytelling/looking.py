"""Looks at pictures for a request: which verdict goes with one, and what is asked for instead."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.api import events
from engine.image.check import PictureCheck
from engine.image.picture import PictureRequest, Pixels, Prompt
from engine.storytelling.seeds import another_seed


@dataclass(frozen=True)
class Look:
    """A check, and what one request wants its pictures looked through for."""

    check: PictureCheck
    wanted: events.PictureCheck

    @classmethod
    def for_request(cls, check: PictureCheck, wanted: events.PictureCheck | None) -> Look | None:
        """Return how a request's pictures are looked at; None where they are not."""
        return cls(check, wanted) if wanted is not None and wanted.concepts else None

    def verdict(self, pixels: Pixels) -> events.PictureVerdict:
        """Judge a picture (H, W, 3), preview or finished."""
        judgement = self.check.judge(pixels, self.wanted.concepts)
        flagged = judgement.score >= self.wanted.threshold
        return events.PictureVerdict(flagged, judgement.concept, judgement.score)

    def once_more(self) -> Look:
        """Return the same look for a second try, after which there is no third."""
        return replace(self, wanted=replace(self.wanted, redraw=False))

    def instead(self, request: PictureRequest, concept: str) -> PictureRequest:
        """Return what is painted instead of a flagged picture: anew, and away from the concept."""
        return replace(
            request,
            seed=another_seed(request.seed),
            layout=None,
            exclude=(*request.exclude, Prompt(concept)),
        )
