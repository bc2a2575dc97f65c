"""A film of how a picture came about, and films as files: whole, or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from PIL import Image

from bot.books.video import RATE, VideoFile, require_video
from bot.console.folder import check_free_space, check_writable
from bot.errors import BadInputError, PagewrightError

LEAST_SECONDS = 4.0  # a time-lapse of few steps shows each of them longer
LAST_SECONDS = 1.5


def check_film(path: Path | None = None) -> None:
    """Raise ``PagewrightError`` where no film can be written, at all or to ``path``."""
    require_video()
    if path is None:
        return
    if path.suffix.lower() != ".mp4":
        raise BadInputError(f"{path} is no name for a film: end it with .mp4.")
    if path.exists() and not path.is_file():
        raise BadInputError(f"{path} is not a file: choose another name.")
    check_writable(path)
    check_free_space(path)


class FilmFile:
    """A film that lies at its place once it is whole; ``path`` None makes none.

    Raises ``PagewrightError`` where the disk fails.
    """

    def __init__(self, path: Path | None, *, title: str) -> None:
        self._path, self._title = path, title
        self._video: VideoFile | None = None
        self._kept = False

    def __enter__(self) -> FilmFile:
        return self

    def add(self, jpeg: bytes, *, frames: int = 1) -> None:
        """Show a picture (JPEG) for a number of frames; all must be of one, even, size."""
        if self._path is None:
            return
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as opened:
            picture = opened.convert("RGB")
        with _explained(self._path):
            if self._video is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                width, height = picture.size
                self._video = VideoFile(
                    self._partial, width=width, height=height, title=self._title
                )
            self._video.show(picture, frames=frames)

    def keep(self) -> None:
        """Say that the film is wanted; without it nothing stays."""
        self._kept = True

    @property
    def _partial(self) -> Path:
        assert self._path is not None  # noqa: S101
        return self._path.with_name(f".{self._path.name}.{os.getpid()}.part")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._video is None or self._path is None:
            return
        try:
            with _explained(self._path):
                self._video.__exit__(kind, error, trace)
                if self._kept and kind is None:
                    self._partial.replace(self._path)
        finally:
            with suppress(OSError):
                self._partial.unlink(missing_ok=True)


class TimeLapse(FilmFile):
    """A film of a picture's steps; the last one stands for a while."""

    def __init__(self, path: Path | None, *, steps: int) -> None:
        super().__init__(path, title="How the picture came about")
        self._each = max(1, round(LEAST_SECONDS * RATE / max(steps or 24, 1)))
        self._last = b""

    def __enter__(self) -> TimeLapse:
        return self

    def show(self, jpeg: bytes) -> None:
        """Show the picture after a step."""
        self._last = jpeg
        self.add(jpeg, frames=self._each)

    def keep(self) -> None:
        """Let the last step stand, and keep the film."""
        if self._last:
            self.add(self._last, frames=round(LAST_SECONDS * RATE))
        super().keep()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say in one line what a disk did not take."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PagewrightError(f"cannot write {path}: {reason}; free some space") from None
