"""Pictures at the illustrator's border: what is asked for, what comes back, bytes and pixels."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.api.events import PaintOptions
from engine.errors import EngineError
from engine.image.layout import Layout

Pixels = NDArray[np.uint8]  # (height, width, 3)

MAX_PICTURE_BYTES = 16 * 1024 * 1024
MAX_PICTURE_PIXELS = 64_000_000
JPEG_QUALITY = 92
PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")


@dataclass(frozen=True)
class Prompt:
    """Words to paint; ``weight`` below 0 pushes away, ``stop`` is a loss below which it rests."""

    text: str
    weight: float = 1.0
    stop: float = float("-inf")


@dataclass(frozen=True)
class PicturePrompt:
    """A picture (its file's bytes) that stands where a prompt's words would."""

    picture: bytes
    weight: float = 1.0
    stop: float = float("-inf")


@dataclass(frozen=True, eq=False)
class PictureRequest:
    """One picture to paint; zeros mean the illustrator's own value.

    ``prompts`` must be met, ``exclude`` avoided, ``extra`` colours the whole. ``previous`` is the
    layout of the page before, whose hero and place are kept; ``layout`` is taken as it stands.
    It starts from ``state`` (see ``engine.image.saving``), else from ``codes`` (h, w) of another
    picture, else from ``init_image`` (a file's bytes), else as the ``options`` say. Where a
    ``mask`` (a file's bytes) is black the start stays; ``extend`` adds pixels to its left, top,
    right and bottom. ``preview_steps`` asks for a preview every so many steps, ``show_crops`` for
    a sheet of them, ``time_lapse`` for a frame a step; ``keep_state`` for the state of what is
    stopped, which ``stop_at`` (a step) does as well as a cancel.
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
    options: PaintOptions = field(default_factory=PaintOptions)
    picture_prompts: tuple[PicturePrompt, ...] = ()
    codes: NDArray[np.int64] | None = None
    mask: bytes = b""
    extend: tuple[int, int, int, int] = (0, 0, 0, 0)
    preview_steps: int = 0
    show_crops: bool = False
    time_lapse: bool = False
    keep_state: bool = False
    state: bytes = b""
    stop_at: int = 0

    @property
    def given(self) -> bool:
        """Say whether a picture is given to start from."""
        return bool(self.init_image) or self.codes is not None

    @property
    def changes_part(self) -> bool:
        """Say whether only a region of what is given changes."""
        return bool(self.mask) or any(self.extend)


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
    """A finished picture with its codebook indices (height, width) and its layout.

    ``held_out`` is the cosine by a perceptor that did not guide, ``crops`` a sheet of what the one
    that did was shown; ``notes`` say what was done otherwise than asked, a line each.
    """

    key: int
    pixels: Pixels
    codes: NDArray[np.int32]
    steps: int
    score: float
    layout: Layout
    seconds: float
    held_out: float | None = None
    crops: Pixels | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PictureFrame:
    """A picture as it stands after ``step``, for a film of how it came about."""

    key: int
    step: int
    pixels: Pixels


@dataclass(frozen=True)
class PictureState:
    """All that a picture stopped after ``step`` needs to go on."""

    key: int
    step: int
    data: bytes


PictureEvent = PicturePreview | PictureDone | PictureFrame | PictureState


def encode_png(pixels: Pixels) -> bytes:
    """Encode pixels (H, W, 3) as PNG; the same pixels always give the same bytes."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def encode_jpeg(pixels: Pixels) -> bytes:
    """Encode pixels (H, W, 3) as JPEG, fit for the frames of films."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()


def encode_webp(pixels: Pixels, *, quality: int = 80) -> bytes:
    """Encode pixels (H, W, 3) as a small lossy WebP, fit for previews."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=quality, method=2)
    return buffer.getvalue()


def decode_picture(
    data: bytes, *, width: int, height: int, name: str = "picture to start from"
) -> Pixels:
    """Decode a stranger's picture, turn it upright, crop it to the middle and scale it.

    The first frame of an animation counts; transparency shows white. Raises
    ``EngineError("bad_input")``, which calls it ``name``, for anything that is no sound picture of
    a sensible size.
    """
    fitted = ImageOps.fit(_opened(data, name), (width, height), Image.Resampling.LANCZOS)
    return np.asarray(fitted, dtype=np.uint8).copy()


def decode_mask(data: bytes, *, width: int, height: int) -> NDArray[np.uint8]:
    """Decode a mask (height, width), 255 where a picture may change; see ``decode_picture``.

    It is cropped and scaled as the picture of its size is; greys are soft edges.
    """
    image = _opened(data, "mask").convert("L")
    fitted = ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR)
    mask = np.asarray(fitted, dtype=np.uint8).copy()
    if not mask.any():
        raise _bad_input("The mask is black all over: paint white what is to change.")
    return mask


def _opened(data: bytes, name: str) -> Image.Image:
    """Return a stranger's picture, upright RGB, or raise ``EngineError("bad_input")``."""
    if not data:
        raise _bad_input(f"The {name} is empty.")
    if len(data) > MAX_PICTURE_BYTES:
        raise _bad_input(
            f"The {name} has {len(data) / 2**20:.0f} MB:"
            f" use one of at most {MAX_PICTURE_BYTES // 2**20} MB."
        )
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a large picture; the limit below decides.
            warnings.simplefilter("ignore")
            return _open_upright(data, name)
    except EngineError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise _unreadable(name) from error
    except Exception as error:  # decoders raise whatever a hostile file makes them raise
        raise _unreadable(name) from error


def _open_upright(data: bytes, name: str) -> Image.Image:
    """Open the first frame as upright RGB; the size is checked before any pixel is decoded."""
    with Image.open(io.BytesIO(data), formats=PICTURE_FORMATS) as opened:
        if opened.width * opened.height > MAX_PICTURE_PIXELS:
            raise _bad_input(
                f"The {name} is {opened.width} x {opened.height} pixels:"
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


def _unreadable(name: str) -> EngineError:
    return _bad_input(f"The {name} cannot be read: send a whole PNG, JPEG, WebP or GIF.")
