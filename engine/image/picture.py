"""Pictures at the illustrator's border: what is asked for, what comes back, bytes and pixels."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.errors import EngineError
from engine.image.layout import Layout

Pixels = NDArray[np.uint8]  # (height, width, 3)

MAX_PICTURE_BYTES = 16 * 1024 * 1024
MAX_PICTURE_PIXELS = 64_000_000
PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_PROMPTS = 16
MAX_STEPS = 1000
MAX_CUTS = 128
MIN_SIDE = 32
MAX_SIDE = 1024


@dataclass(frozen=True)
class Prompt:
    """Words to paint; ``weight`` below 0 pushes away, ``stop`` is a loss below which it rests."""

    text: str
    weight: float = 1.0
    stop: float = float("-inf")


@dataclass(frozen=True)
class PictureRequest:
    """One picture to paint; zeros mean the illustrator's own value.

    ``prompts`` must be met, ``exclude`` avoided, ``extra`` colours the whole. ``previous`` is the
    layout of the page before, whose hero and place are kept; ``layout`` is taken as it stands.
    ``init_image`` holds the bytes of a picture to start from instead of a draft.
    """

    key: int
    prompts: tuple[Prompt, ...]
    exclude: tuple[Prompt, ...] = ()
    extra: tuple[Prompt, ...] = ()
    seed: int = 0
    style: str = ""
    width: int = 0
    height: int = 0
    steps: int = 0
    cuts: int = 0
    init_image: bytes = b""
    previous: Layout | None = None
    layout: Layout | None = None


@dataclass(frozen=True, eq=False)
class PicturePreview:
    """A look at a picture after ``step`` of ``steps``, 0 being its draft; ``score`` is a cosine."""

    key: int
    step: int
    steps: int
    score: float
    pixels: Pixels


@dataclass(frozen=True, eq=False)
class PictureDone:
    """A finished picture with its codebook indices (height, width) and its layout."""

    key: int
    pixels: Pixels
    codes: NDArray[np.int32]
    steps: int
    score: float
    layout: Layout
    seconds: float


def check_request(request: PictureRequest, *, factor: int) -> None:
    """Raise ``EngineError("bad_input")`` where a request cannot be painted; ``factor`` is the f."""
    prompts = (*request.prompts, *request.exclude, *request.extra)
    if not any(p.text.strip() for p in request.prompts):
        raise _bad_input("The picture has no prompt: say in a few words what it shows.")
    if len(prompts) > MAX_PROMPTS:
        raise _bad_input(f"{len(prompts)} prompts are too many: use at most {MAX_PROMPTS}.")
    if not all(np.isfinite(p.weight) and abs(p.weight) <= 100 for p in prompts):
        raise _bad_input("A prompt's weight must be a number between -100 and 100.")
    for name, side in (("width", request.width), ("height", request.height)):
        if side and (side % factor or not MIN_SIDE <= side <= MAX_SIDE):
            raise _bad_input(
                f"The picture's {name} {side} cannot be painted: use a multiple of {factor}"
                f" from {MIN_SIDE} to {MAX_SIDE}."
            )
    _check_count("steps", request.steps, MAX_STEPS)
    _check_count("cuts", request.cuts, MAX_CUTS)


def _check_count(name: str, value: int, most: int) -> None:
    if not 0 <= value <= most:
        raise _bad_input(f"{value} {name} cannot be done: use 1 to {most}.")


def encode_png(pixels: Pixels) -> bytes:
    """Encode pixels (H, W, 3) as PNG; the same pixels always give the same bytes."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def encode_webp(pixels: Pixels, *, quality: int = 80) -> bytes:
    """Encode pixels (H, W, 3) as a small lossy WebP, fit for previews."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=quality, method=2)
    return buffer.getvalue()


def decode_picture(data: bytes, *, width: int, height: int) -> Pixels:
    """Decode a stranger's picture, turn it upright, crop it to the middle and scale it.

    The first frame of an animation counts; transparency shows white. Raises
    ``EngineError("bad_input")`` for anything that is no sound picture of a sensible size.
    """
    if not data:
        raise _bad_input("The picture to start from is empty.")
    if len(data) > MAX_PICTURE_BYTES:
        raise _bad_input(
            f"The picture to start from has {len(data) / 2**20:.0f} MB:"
            f" use one of at most {MAX_PICTURE_BYTES // 2**20} MB."
        )
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a large picture; the limit below decides.
            warnings.simplefilter("ignore")
            image = _open_upright(data)
    except EngineError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise _unreadable() from error
    except Exception as error:  # decoders raise whatever a hostile file makes them raise
        raise _unreadable() from error
    fitted = ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
    return np.asarray(fitted, dtype=np.uint8).copy()


def _open_upright(data: bytes) -> Image.Image:
    """Open the first frame as upright RGB; the size is checked before any pixel is decoded."""
    with Image.open(io.BytesIO(data), formats=PICTURE_FORMATS) as opened:
        if opened.width * opened.height > MAX_PICTURE_PIXELS:
            raise _bad_input(
                f"The picture to start from is {opened.width} x {opened.height} pixels:"
                f" use one of at most {MAX_PICTURE_PIXELS // 10**6} million."
            )
        opened.load()
        upright: Any = ImageOps.exif_transpose(opened) or opened
        if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
            upright = upright.convert("RGBA")
            paper = Image.new("RGBA", upright.size, "white")
            upright = Image.alpha_composite(paper, upright)
        converted: Image.Image = upright.convert("RGB")
        return converted


def _bad_input(message: str) -> EngineError:
    return EngineError("bad_input", message)


def _unreadable() -> EngineError:
    return _bad_input(
        "The picture to start from cannot be read: send a whole PNG, JPEG, WebP or GIF."
    )
