from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from bot.discord.artwork import (
    FINAL_LEAST,
    PREVIEW_BYTES,
    PREVIEW_SIDE,
    Art,
    blank_sheet,
    final,
    preview,
)


def picture(side: int, kind: str = "PNG") -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (side, side, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def flat(side: int, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), (200, 60, 40)).save(out, kind)
    return out.getvalue()


def opened(art: Art) -> Image.Image:
    return Image.open(io.BytesIO(art.data))


def test_the_blank_sheet_is_a_small_webp() -> None:
    art = blank_sheet()
    assert opened(art).format == "WEBP"
    assert len(art.data) < 4000
    low, high = opened(art).convert("L").getextrema()
    assert low < high  # there is something on it


def test_a_preview_of_the_right_size_is_sent_as_it_came() -> None:
    data = flat(PREVIEW_SIDE, "WEBP")
    assert preview(data) == Art(data, "webp")


def test_a_page_keeps_its_size_from_the_blank_sheet_to_its_last_preview() -> None:
    looks = [blank_sheet(), *(preview(flat(side)) for side in (64, 256, 800))]
    assert {opened(look).size for look in looks} == {(PREVIEW_SIDE, PREVIEW_SIDE)}
    assert all(look.suffix == "webp" for look in looks)
    assert len(preview(picture(64)).data) <= PREVIEW_BYTES


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_large_previews_are_made_small(kind: str) -> None:
    art = preview(picture(800, kind))
    assert art.suffix == "webp"
    assert max(opened(art).size) == PREVIEW_SIDE
    assert len(art.data) < len(picture(800, kind))


def test_a_finished_picture_is_sent_untouched_where_it_fits() -> None:
    data = picture(FINAL_LEAST)
    assert final(data, limit=len(data)) == Art(data, "png")


def test_a_small_finished_picture_is_enlarged_where_that_fits() -> None:
    data = flat(256)
    art = final(data, limit=10**6)
    assert art is not None
    assert art.suffix == "webp"
    assert opened(art).size == (FINAL_LEAST, FINAL_LEAST)
    assert opened(art).convert("RGB").getpixel((9, 9)) == pytest.approx((200, 60, 40), abs=3)
    noise = picture(256)
    assert final(noise, limit=len(noise)) == Art(noise, "png")


def test_a_finished_picture_that_does_not_fit_is_made_smaller_step_by_step() -> None:
    data = picture(1200)
    first = final(data, limit=len(data) - 1)
    assert first is not None
    assert first.suffix == "webp"
    assert max(opened(first).size) == 1024
    sizes = [len(data)]
    for step in (1, 2, 3):
        art = final(data, limit=10**9, step=step)
        assert art is not None
        sizes.append(len(art.data))
    assert sizes == sorted(sizes, reverse=True)
    assert final(data, limit=10**9, step=4) is None
    assert final(data, limit=10) is None
