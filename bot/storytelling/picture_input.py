"""Makes a stranger's picture safe and small: real type, limits, first frame, upright, no metadata.

Everything is decoded and written anew, so that nothing of the file itself is kept or passed on.
Call it off the event loop: a large photograph takes a while.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image, ImageOps

from bot.errors import BadInputError, WordedError

# A file's first bytes say what it is, whatever its name; Pillow is asked for these kinds alone.
KINDS = ("PNG", "JPEG", "WEBP", "GIF")
MAX_SIDE = 512
MIN_SIDE = 16
# Of the file's picture, before anything is decoded: 25 million take about 100 MB.
MAX_PIXELS = 25_000_000
_MILLIONS = MAX_PIXELS // 1_000_000
MAX_STRIPE = 50  # longer than that in proportion to its width it is no picture
_PAPER = "white"


def prepare_picture(data: bytes, *, limit: int, side: int = MAX_SIDE) -> bytes:
    """Return a picture as PNG in RGB, at most ``side`` pixels a side, or raise ``BadInputError``.

    Of an animation the first frame counts, transparency shows white, a camera's rotation is
    applied, and metadata goes. ``limit`` is the file's largest size in bytes.
    """
    if not data:
        raise WordedError("The picture is empty: send a PNG, JPEG, WebP or GIF.", "picture_kind")
    if len(data) > limit:
        raise too_large(len(data), limit)
    with _explained(), Image.open(io.BytesIO(data), formats=KINDS) as opened:
        _check_size(opened)
        small = _reduced(opened, side)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def too_large(size: int, limit: int) -> WordedError:
    """Return what to raise for a picture file of more bytes than allowed."""
    # Rounded apart, so that a byte too many does not read as "10.0 of 10.0".
    megabytes = {
        "size": f"{math.ceil(size / 1e5) / 10:.1f}",
        "limit": f"{math.floor(limit / 1e5) / 10:.1f}",
    }
    return WordedError(
        "The picture has {size} MB; the limit is {limit} MB: make it smaller.".format(**megabytes),
        "picture_large",
        **megabytes,
    )


@contextmanager
def _explained() -> Iterator[None]:
    """Raise whatever a decoder raises as one clear line."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures and odd metadata; the limits here decide.
            warnings.simplefilter("ignore")
            yield
    except BadInputError:
        raise
    except Image.DecompressionBombError:
        raise WordedError(
            f"The picture has far too many pixels: send one of at most {_MILLIONS} million.",
            "picture_pixels",
            most=str(_MILLIONS),
        ) from None
    except Exception:  # decoders raise whatever a hostile file makes them raise
        raise WordedError(
            "The picture cannot be read: send a whole PNG, JPEG, WebP or GIF.", "picture_kind"
        ) from None


def _check_size(opened: Image.Image) -> None:
    """Refuse by the sizes that the file's head tells, before any pixel is decoded."""
    width, height = opened.size
    if width * height > MAX_PIXELS:
        raise WordedError(
            f"The picture is {width} x {height} pixels: send one of at most {_MILLIONS} million.",
            "picture_pixels",
            most=str(_MILLIONS),
        )
    if min(width, height) < MIN_SIDE:
        raise WordedError(
            f"The picture is {width} x {height} pixels: send one of at least"
            f" {MIN_SIDE} x {MIN_SIDE}.",
            "picture_small",
            least=str(MIN_SIDE),
        )
    if max(width, height) > MAX_STRIPE * min(width, height):
        raise WordedError(
            f"The picture is {width} x {height} pixels, a mere stripe: send a wider one.",
            "picture_stripe",
        )


def _reduced(opened: Image.Image, side: int) -> Image.Image:
    """Return the first frame, upright, in RGB and of its final size, without its metadata."""
    opened.seek(0)
    # A JPEG is decoded at an eighth of its size, where that is still enough.
    opened.draft("RGB", (side, side))
    opened.load()
    image = _in_rgb(opened)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    upright = _upright(image, opened)
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    return bare


def _in_rgb(image: Image.Image) -> Image.Image:
    """Return a picture of any mode in RGB, transparency on white, 16 bits as 8."""
    if image.mode.startswith("I"):
        # Pillow would cut greys of 16 bits off at 255 instead of scaling them.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, _PAPER), image)
    return image.convert("RGB")


def _upright(image: Image.Image, opened: Image.Image) -> Image.Image:
    """Turn a picture as its camera says; what is no sound EXIF says nothing."""
    try:
        image.info = {}
        exif: Any = opened.getexif()
        image.getexif().update({0x0112: exif.get(0x0112, 1)})
        return ImageOps.exif_transpose(image) or image
    except Exception:  # as above: broken metadata is no reason to refuse a sound picture
        return image
