from __future__ import annotations

import io
import zlib

import pytest
from PIL import Image

from bot.errors import PagewrightError
from bot.library import pictures
from bot.library.database import Connection
from bot.library.thumbnails import EDGE, make_thumbnail
from tests.bot.library.rows import (
    add_job,
    add_page,
    add_picture,
    add_story,
    pictures_of,
    set_verdict,
)


def png(width: int, height: int, mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 0).save(out, "PNG", **more)
    return out.getvalue()


@pytest.mark.parametrize(
    ("size", "small"),
    [((256, 256), (192, 192)), ((768, 512), (192, 128)), ((3, 3), (3, 3)), ((2000, 1), (192, 1))],
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "I;16"])
def test_a_thumbnail_is_a_small_webp_of_the_same_shape(
    size: tuple[int, int], small: tuple[int, int], mode: str
) -> None:
    thumbnail = make_thumbnail(png(*size, mode))
    with Image.open(io.BytesIO(thumbnail)) as picture:
        assert (picture.format, picture.size, picture.mode) == ("WEBP", small, "RGB")
    assert max(small) <= EDGE


def test_a_thumbnail_holds_nothing_but_pixels() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    thumbnail = make_thumbnail(png(300, 300, exif=exif))
    assert b"where I live" not in thumbnail
    with Image.open(io.BytesIO(thumbnail)) as picture:
        assert not picture.getexif()


def bomb() -> bytes:
    """Return a PNG of a few bytes that claims 60,000 x 60,000 pixels."""
    head = b"\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0"
    check = zlib.crc32(b"IHDR" + head).to_bytes(4)
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + head + check


@pytest.mark.parametrize(
    "image", [b"", b"png", png(300, 300)[:90], bomb(), b"GIF89a" + b"\0" * 99], ids=len
)
def test_a_damaged_picture_is_one_line(image: bytes) -> None:
    with pytest.raises(PagewrightError, match="is damaged") as caught:
        make_thumbnail(image)
    assert "\n" not in caught.value.message


async def test_thumbnails_and_verdicts_belong_to_one_picture(connection: Connection) -> None:
    story = await add_story(connection)
    page = await add_page(connection, await add_job(connection, story))
    old = await add_picture(connection, page)
    await pictures.set_thumbnail(connection, page.id, old.job_id, b"small")
    await set_verdict(connection, page.id, old.job_id, "ok")
    newest = (await pictures.newest_of(connection, [page.id]))[page.id]
    assert (newest.thumbnail, newest.verdict) == (b"small", "ok")
    assert await pictures.get(connection, page.id, old.job_id) == newest
    assert await pictures.get(connection, page.id, "another") is None
    assert await pictures_of(connection, page.id) == [newest]
