"""A stranger's picture becomes pixels of the size asked for, or one clear line."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.image.picture import (
    MAX_PICTURE_BYTES,
    PictureRequest,
    Prompt,
    decode_picture,
    encode_png,
    encode_webp,
)
from engine.image.requests import check_request


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Encode a picture."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def halves(mode: str = "RGB") -> Image.Image:
    """Return a picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", (80, 40), "red")
    image.paste("blue", (40, 0, 80, 40))
    return image.convert(mode)


def bomb() -> bytes:
    """Return a small PNG file that says it has 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        b"GIF89a",
        encoded(halves(), "PNG")[:-40],
        encoded(halves(), "JPEG")[:300],
        bomb(),
        b"x" * (MAX_PICTURE_BYTES + 1),
    ],
    ids=["empty", "zeros", "head-only", "cut-png", "cut-jpeg", "bomb", "too-many-bytes"],
)
def test_a_bad_picture_is_bad_input_in_one_line(data: bytes) -> None:
    with pytest.raises(EngineError) as caught:
        decode_picture(data, width=64, height=64)
    assert caught.value.code == "bad_input"
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "P", "L", "RGBA", "LA", "1", "I;16"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    source = Image.new("I;16", (80, 40)) if mode == "I;16" else halves(mode)
    pixels = decode_picture(encoded(source, kind), width=64, height=32)
    assert pixels.shape == (32, 64, 3)
    if mode in ("RGB", "CMYK", "P", "RGBA"):
        assert pixels[16, 8, 0] > 200 > 60 > pixels[16, 8, 2]
        assert pixels[16, 56, 2] > 200 > 60 > pixels[16, 56, 0]


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    pixels = decode_picture(data, width=32, height=32)
    assert tuple(pixels[10, 10]) == (255, 0, 0)


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    pixels = decode_picture(encoded(halves(), "PNG", exif=exif), width=32, height=64)
    assert pixels[8, 16, 0] > 200  # what was left is on top now
    assert pixels[56, 16, 2] > 200


def test_transparency_shows_white() -> None:
    pixels = decode_picture(
        encoded(Image.new("RGBA", (40, 40), (255, 0, 0, 0)), "PNG"), width=32, height=32
    )
    assert pixels.min() == 255


def test_png_gives_back_the_pixels_and_the_same_bytes() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    data = encode_png(pixels)
    assert data == encode_png(pixels.copy())
    assert np.array_equal(decode_picture(data, width=48, height=32), pixels)
    with Image.open(io.BytesIO(encode_webp(pixels))) as preview:
        assert preview.size == (48, 32)


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (PictureRequest(0, ()), "no prompt"),
        (PictureRequest(0, (Prompt("  "),)), "no prompt"),
        (PictureRequest(0, (Prompt("fox"),) * 17), "too many"),
        (PictureRequest(0, (Prompt("fox", float("nan")),)), "weight"),
        (PictureRequest(0, (Prompt("fox"),), width=100), "width 100"),
        (PictureRequest(0, (Prompt("fox"),), height=4096), "height 4096"),
        (PictureRequest(0, (Prompt("fox"),), steps=-1), "-1 steps"),
        (PictureRequest(0, (Prompt("fox"),), cuts=10_000), "10000 cuts"),
    ],
)
def test_what_cannot_be_painted_is_said(request_: PictureRequest, word: str) -> None:
    with pytest.raises(EngineError, match=word) as caught:
        check_request(request_, factor=8)
    assert caught.value.code == "bad_input"


def test_a_plain_request_passes() -> None:
    check_request(PictureRequest(0, (Prompt("a fox"),), width=256, height=128), factor=8)
