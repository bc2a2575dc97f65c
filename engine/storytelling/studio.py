"""A profile's models, loaded once, and the things they do."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from engine.api.events import FilmRequest, IllustrateRequest, StoryEvent, TellRequest
from engine.api.sharing import AT_ONCE
from engine.image.check import ClipCheck
from engine.image.illustrator import Illustrator
from engine.machine import name_device, usable_cores
from engine.storytelling.checks import check_illustrate, check_tell
from engine.storytelling.filming import check_film, film
from engine.storytelling.illustrating import illustrate
from engine.storytelling.loading import Workplace, load_illustrator, load_writer
from engine.storytelling.looking import Look
from engine.storytelling.teller import tell
from engine.text.writing import Writer

Events = Generator[StoryEvent | None, None, None]


class StoryStudio:
    """Writer and illustrator of one profile; used by one thread."""

    def __init__(
        self, writer: Writer, illustrator: Illustrator, *, profile: str, device: str = ""
    ) -> None:
        """Take loaded models; ``device`` is what people are told that they compute on."""
        self.device = device
        self._writer = writer
        self._illustrator = illustrator
        self._check = ClipCheck(illustrator.perceptor)
        self._profile = profile

    @classmethod
    def load(cls, folder: Path, *, profile: str, place: Workplace | None = None) -> StoryStudio:
        """Load a profile's models from a folder; ``ModelFileError`` where a file is bad."""
        place = place or Workplace()
        writer, illustrator = load_writer(folder, place), load_illustrator(folder, place)
        device = name_device(place.device, threads=place.threads or usable_cores())
        return cls(writer, illustrator, profile=profile, device=device)

    @property
    def at_once(self) -> int:
        """How many jobs this machine does well to have at work at the same time."""
        return max(AT_ONCE, self._illustrator.plan.chunk)

    def listen(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called, from any thread, when there is news of a picture."""
        self._illustrator.easel.listen(wake)

    def tell(self, request: TellRequest, should_stop: Callable[[], bool]) -> Events:
        """Tell a story; raises ``EngineError`` before the first event for bad input."""
        check_tell(request, profile=self._profile)
        look = Look.for_request(self._check, request.check)
        return tell(request, self._writer, self._illustrator, should_stop, look=look)

    def illustrate(self, request: IllustrateRequest, should_stop: Callable[[], bool]) -> Events:
        """Paint one picture; raises ``EngineError`` before the first event for bad input."""
        check_illustrate(request, profile=self._profile)
        look = Look.for_request(self._check, request.check)
        return illustrate(request, self._illustrator, should_stop, look=look)

    def film(self, request: FilmRequest, should_stop: Callable[[], bool]) -> Events:
        """Decode a film; raises ``EngineError`` before the first event for bad input."""
        vqgan = self._illustrator.vqgan
        known, factor = len(vqgan.codebook), vqgan.params.factor
        check_film(request, profile=self._profile, codes=known, factor=factor)
        return film(request, vqgan, should_stop)
