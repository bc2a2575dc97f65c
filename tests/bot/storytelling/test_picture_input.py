"""A stranger's picture comes out small, upright and bare, or is refused in one line."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.errors import BadInputError
from bot.storytelling.picture_input import MAX_SIDE, prepare_picture

LIMIT = 10_000_000
RED, BLUE = (220, 30, 30), (30, 30, 220)


def file_of(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def two_halves(size: tuple[int, int] = (64, 32), mode: str = "RGB") -> Image.Image:
    """Draw a picture that is red on the left and blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image.convert(mode)


def result(data: bytes) -> Image.Image:
    prepared = prepare_picture(data, limit=LIMIT)
    image = Image.open(io.BytesIO(prepared))
    image.load()
    assert image.format == "PNG"
    assert image.mode == "RGB"
    assert max(image.size) <= MAX_SIDE
    assert not image.info
    assert not image.getexif()
    return image


def is_near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "LA"), ("PNG", "1"),
        ("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("WEBP", "RGB"), ("WEBP", "RGBA"),
        ("GIF", "P"), ("GIF", "RGB"),
    ],
)  # fmt: skip
def test_every_kind_and_mode_becomes_rgb(kind: str, mode: str) -> None:
    image = result(file_of(two_halves(mode=mode), kind))
    assert image.size == (64, 32)
    if mode not in ("L", "LA", "1"):
        assert is_near(image.getpixel((8, 16)), RED)
        assert is_near(image.getpixel((56, 16)), BLUE)


def test_greys_of_16_bits_are_scaled_not_cut_off() -> None:
    grey = Image.new("I;16", (32, 32), 32768)
    assert is_near(result(file_of(grey, "PNG")).getpixel((3, 3)), (128, 128, 128))


def test_transparency_shows_white() -> None:
    clear = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    assert result(file_of(clear, "PNG")).getpixel((5, 5)) == (255, 255, 255)
    palette = Image.new("P", (32, 32), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    seen = result(file_of(palette, "PNG", transparency=0)).getpixel((5, 5))
    assert seen == (255, 255, 255)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation_counts(kind: str) -> None:
    frames = [Image.new("RGB", (48, 48), colour) for colour in (RED, BLUE, BLUE)]
    data = file_of(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
    assert is_near(result(data).getpixel((20, 20)), RED)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_cameras_rotation_is_applied_and_all_metadata_goes(kind: str, turn: int) -> None:
    upright = two_halves((640, 320))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(undo[turn]) if turn in undo else upright
    exif = Image.Exif()
    exif[0x0112] = turn
    exif[0x010E] = "where I live"
    data = file_of(stored, kind, exif=exif, icc_profile=b"profile", comment=b"where I live")
    prepared = prepare_picture(data, limit=LIMIT)
    assert b"where I live" not in prepared
    image = result(data)
    assert image.size == (512, 256)
    assert is_near(image.getpixel((40, 100)), RED)
    assert is_near(image.getpixel((470, 100)), BLUE)


def test_an_exif_that_makes_no_sense_is_no_reason_to_refuse() -> None:
    for exif in (b"Exif\0\0nonsense", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\0" * 40):
        assert result(file_of(two_halves(), "JPEG", exif=exif)).size == (64, 32)


def test_preparing_twice_changes_nothing() -> None:
    once = prepare_picture(file_of(two_halves((900, 300)), "JPEG"), limit=LIMIT)
    assert prepare_picture(once, limit=LIMIT) == once


def bomb(width: int, height: int) -> bytes:
    """Build a PNG of a few kilobytes that says it is huge."""

    def chunk(name: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize("size", [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (30_000, 1000)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    data = bomb(*size)
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(BadInputError, match="at most 25 million") as caught:
        prepare_picture(data, limit=LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "\n" not in caught.value.message
    assert time.process_time() - begun < 1
    assert peak < 5_000_000


REFUSED = {
    "nothing": (b"", "is empty"),
    "too many bytes": (b"x" * (LIMIT + 1), "10.1 MB; the limit is 10.0 MB"),
    "a text": (b"hello, I am a picture", "cannot be read"),
    "a page": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "cannot be read"),
    "another kind": (file_of(two_halves(), "BMP"), "cannot be read"),
    "a head alone": (file_of(two_halves(), "PNG")[:40], "cannot be read"),
    "half a photograph": (file_of(two_halves((400, 400)), "JPEG")[:900], "cannot be read"),
    "a lying head": (bomb(4000, 4000), "cannot be read"),
    "a dot": (file_of(Image.new("RGB", (1, 1)), "PNG"), "at least 16 x 16"),
    "a stripe": (file_of(Image.new("RGB", (16, 2000)), "PNG"), "a mere stripe"),
    "JPEG named as PNG": (b"\x89PNG\r\n\x1a\n" + file_of(two_halves(), "JPEG"), "cannot be read"),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_picture_is_refused_in_one_line(data: bytes, message: str) -> None:
    with pytest.raises(BadInputError, match=message) as caught:
        prepare_picture(data, limit=LIMIT)
    assert "\n" not in caught.value.message


def test_a_large_photograph_is_taken_and_made_small() -> None:
    image = result(file_of(two_halves((5000, 4000)), "JPEG"))
    assert image.size == (512, 410)


SOUND = [
    file_of(two_halves(), "PNG"), file_of(two_halves(mode="P"), "PNG"),
    file_of(two_halves(), "JPEG"), file_of(two_halves(mode="CMYK"), "JPEG"),
    file_of(two_halves(), "WEBP"), file_of(two_halves(), "GIF"),
    file_of(two_halves(), "GIF", save_all=True, append_images=[two_halves()]),
]  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(SOUND),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=8),
    st.integers(0, 4000),
    st.binary(max_size=40),
)
def test_spoilt_files_are_prepared_or_refused_never_worse(
    data: bytes, changes: list[tuple[int, int]], cut: int, tail: bytes
) -> None:
    spoilt = bytearray(data)
    for place, value in changes:
        spoilt[place % len(spoilt)] = value
    spoilt = spoilt[: len(spoilt) - cut % len(spoilt)] + tail
    refusal = "The picture"
    try:
        result(bytes(spoilt))
    except BadInputError as error:
        refusal = error.message
    assert refusal.startswith("The picture")
    assert "\n" not in refusal
