"""An MP4 that plays everywhere: H.264 in yuv420p, its frames handed over one by one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

from PIL import Image

from bot.errors import ConfigError

RATE = 25  # frames a second
# Those that a build of FFmpeg may have, the one that compresses best first.
ENCODERS = ("libx264", "libopenh264", "h264_videotoolbox", "h264_mf", "mpeg4")
QUALITY = {"libx264": {"preset": "veryfast", "crf": "20"}}
BIT_RATE = 2_000_000  # of encoders that know no constant quality
KEYFRAME_EVERY = 2 * RATE  # so that players jump to within two seconds
BT709, LIMITED_RANGE = 1, 1  # numbers of H.273


class VideoFile:
    """A video on its way to a file; memory does not grow with its length.

    Raises ``ConfigError`` where the library for video is not installed, ``OSError`` where the
    disk fails.
    """

    def __init__(
        self, path: Path, *, width: int, height: int, title: str, bit_rate: int = 0
    ) -> None:
        """Begin a video; sides must be even. ``bit_rate`` (bits a second) bounds its size."""
        self._av = _library()
        self.frames = 0
        self._path = path
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        self._container = self._av.open(str(path), "w", format="mp4", options=options)
        self._container.metadata["title"] = title
        self._stream = self._add_stream(width, height, bit_rate)

    def __enter__(self) -> VideoFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is not None:
            self._abandon()
        else:
            self._finish()
        if isinstance(error, self._av.FFmpegError):
            raise _os_error(error) from error

    def show(self, picture: Image.Image, *, frames: int = 1) -> None:
        """Show an RGB picture of the video's size for a number of frames."""
        # Named, because some players take films of this size for television's older colours.
        frame = self._av.VideoFrame.from_image(picture).reformat(
            format="yuv420p", dst_colorspace="ITU709"
        )
        for _ in range(frames):
            frame.pts, frame.time_base = self.frames, Fraction(1, RATE)
            self._container.mux(self._stream.encode(frame))
            self.frames += 1

    def _add_stream(self, width: int, height: int, bit_rate: int) -> Any:
        name = next(name for name in ENCODERS if name in self._av.codecs_available)
        options = dict(QUALITY.get(name, {}))
        if bit_rate:
            # The size is what counts then, not the quality.
            options.pop("crf", None)
            options |= {"maxrate": str(2 * bit_rate), "bufsize": str(2 * bit_rate)}
        stream = self._container.add_stream(name, rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.gop_size = KEYFRAME_EVERY
        context.thread_count = 2  # the number changes the bytes, so it is not that of the cores
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED_RANGE
        if bit_rate or name not in QUALITY:
            stream.bit_rate = bit_rate or BIT_RATE
        return stream

    def _finish(self) -> None:
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
            self._check()
        except self._av.FFmpegError as error:
            raise _os_error(error) from error

    def _check(self) -> None:
        """Read the file's index: a disk that fills up at the very end is not always reported."""
        with self._av.open(str(self._path)) as written:
            if written.streams.video[0].frames != self.frames:
                raise OSError(f"only {written.streams.video[0].frames} frames were kept")

    def _abandon(self) -> None:
        try:
            self._container.close()
        except self._av.FFmpegError:
            return


def require_video() -> None:
    """Raise ``ConfigError`` where the library for video is not installed."""
    _library()


def _library() -> Any:
    try:
        import av
    except ImportError:
        raise ConfigError(
            "films need a package that is not installed: pip install 'pagewright[film]'"
        ) from None
    return av


def _os_error(error: Any) -> OSError:
    return OSError(error.errno or 0, error.strerror or str(error))
