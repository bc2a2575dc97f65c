"""A job's pictures on the easel that all jobs share, and what is heard of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from engine.api.events import PictureVerdict, StoryEvent
from engine.image.batch import Owner
from engine.image.easel import Stand
from engine.image.illustrator import Illustrator
from engine.image.picture import PictureDone, PictureEvent, PicturePreview, PictureState
from engine.storytelling.looking import Look
from engine.storytelling.picture_events import MAX_ALT, Sitting, alt_text, as_event

__all__ = ["MAX_ALT", "PREVIEW_SECONDS", "Pictures", "Sitting", "alt_text"]

PREVIEW_SECONDS = 1.0


@dataclass(frozen=True, eq=False)
class _Shown:
    """A sitting on the easel."""

    sitting: Sitting
    stand: Stand[News]


@dataclass(frozen=True)
class _Again:
    """A flagged picture is painted once more, as this one."""

    sitting: Sitting


News = StoryEvent | _Again


class Pictures:
    """The pictures of one job, from being put on the easel to the end of the last one.

    ``preview_seconds`` 0 means the engine's own choice. With a ``look`` each picture has a verdict,
    and one that is flagged is painted once more where that is wanted.
    """

    def __init__(
        self,
        illustrator: Illustrator,
        *,
        owner: Owner,
        preview_seconds: float = 0.0,
        look: Look | None = None,
    ) -> None:
        self._illustrator = illustrator
        self._easel = illustrator.easel
        self._owner = owner
        self._preview_seconds = preview_seconds or PREVIEW_SECONDS
        self._look = look
        self._shown: list[_Shown] = []

    def add(self, sitting: Sitting) -> None:
        """Put a picture on the easel; raises ``EngineError`` for one that cannot be painted."""
        self._illustrator.check(sitting.request)
        self._put(sitting, self._look)

    def news(self) -> Iterator[StoryEvent]:
        """Yield what was heard of the pictures since the last time; never waits."""
        for shown in list(self._shown):
            # Asked first: what is done by then has told everything.
            done = shown.stand.done
            for news in self._easel.news(shown.stand):
                if isinstance(news, _Again):
                    self._put(news.sitting, self._look.once_more() if self._look else None)
                else:
                    yield news
            if done:
                self._shown.remove(shown)

    def finish(self, should_stop: Callable[[], bool]) -> Iterator[StoryEvent | None]:
        """Yield all that is heard up to the last picture's end; None where there is nothing new.

        When told to stop it ends within one step, with the states that were to be kept.
        """
        while self._shown:
            if should_stop():
                yield from self._states()
                return
            heard = False
            for event in self.news():
                heard = True
                yield event
            if not heard and self._shown:
                yield None

    def close(self) -> None:
        """Take away what is still on the easel."""
        self._easel.remove(*(shown.stand for shown in self._shown))
        self._shown.clear()

    def _put(self, sitting: Sitting, look: Look | None) -> None:
        stand = self._easel.add(
            sitting.request,
            owner=self._owner,
            preview_seconds=self._preview_seconds,
            show=lambda picture: _show(sitting, picture, look),
        )
        self._shown.append(_Shown(sitting, stand))

    def _states(self) -> Iterator[StoryEvent | None]:
        """Let pictures come to rest and yield what it takes to go on with them."""
        kept = [shown for shown in self._shown if shown.sitting.request.keep_state]
        for shown in kept:
            self._easel.release(shown.stand)
        for shown in kept:
            while not shown.stand.seat.at_rest:
                yield None
            work = shown.stand.work
            if work is not None and not work.done:
                yield as_event(
                    shown.sitting, PictureState(work.request.key, work.step, work.state())
                )


def _show(sitting: Sitting, picture: PictureEvent, look: Look | None) -> News:
    """Turn a picture into news, with its verdict; called in a painter's thread."""
    if not isinstance(picture, PicturePreview | PictureDone):
        return as_event(sitting, picture)
    verdict = look.verdict(picture.pixels) if look else None
    if look and verdict and _is_again(picture, verdict, look):
        instead = look.instead(sitting.request, verdict.concept)
        return _Again(replace(sitting, request=instead))
    return as_event(sitting, picture, verdict)


def _is_again(picture: PictureEvent, verdict: PictureVerdict, look: Look) -> bool:
    return verdict.flagged and look.wanted.redraw and isinstance(picture, PictureDone)
