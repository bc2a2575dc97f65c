from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from bot.discord.artwork import PREVIEW_BYTES, PREVIEW_SIDE, Art, blank_sheet, final, preview


def picture(side: int, kind: str = "PNG") -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (side, side, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def opened(art: Art) -> Image.Image:
    return Image.open(io.BytesIO(art.data))


def test_the_blank_sheet_is_a_small_webp() -> None:
    art = blank_sheet()
    assert opened(art).format == "WEBP"
    assert len(art.data) < 4000
    low, high = opened(art).convert("L").getextrema()
    assert low < high  # there is something on it


def test_a_small_preview_is_sent_as_it_came() -> None:
    data = picture(64, "WEBP")
    assert preview(data) == Art(data, "webp")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_large_previews_are_made_small(kind: str) -> None:
    art = preview(picture(800, kind))
    assert art.suffix == "webp"
    assert max(opened(art).size) == PREVIEW_SIDE
    assert len(art.data) < len(picture(800, kind))


def test_a_small_png_preview_becomes_webp() -> None:
    art = preview(picture(64))
    assert art.suffix == "webp"
    assert opened(art).size == (64, 64)
    assert len(art.data) <= PREVIEW_BYTES


def test_a_finished_picture_is_sent_untouched_where_it_fits() -> None:
    data = picture(256)
    assert final(data, limit=len(data)) == Art(data, "png")


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
