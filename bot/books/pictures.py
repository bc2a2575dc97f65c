"""Pictures as the book shows them: checked, enlarged for print, and the cloth that suits them."""

from __future__ import annotations

import colorsys
import io
import math
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageFilter

from bot.books.book import Book
from bot.errors import PagewrightError

PRINT_EDGE = 768
JPEG_QUALITY = 92
SOFTNESS = 0.4  # pixels of the picture as the model painted it
PLAIN_CLOTH = (38, 62, 66)

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class PrintPicture:
    """A picture ready for print: its JPEG, its proportions, and a cloth colour in its hue."""

    jpeg: bytes
    width: int
    height: int
    cloth: RGB


@lru_cache(maxsize=16)
def print_picture(image: bytes, *, page: int) -> PrintPicture:
    """Return page ``page``'s PNG ready for print; a damaged one raises ``PagewrightError``."""
    picture = _opened(image, page)
    return PrintPicture(_enlarged(picture), picture.width, picture.height, _cloth(picture))


def book_cloth(book: Book) -> RGB:
    """Return the colour of a book's cloth, in the hue of its first picture."""
    page = next((page for page in book.pages if page.image), None)
    return print_picture(page.image, page=page.number).cloth if page else PLAIN_CLOTH


def _opened(image: bytes, page: int) -> Image.Image:
    """Return the picture as RGB on white paper."""
    try:
        with Image.open(io.BytesIO(image), formats=["PNG"]) as picture:
            rgba = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PagewrightError(
            f"the picture of page {page} is damaged ({error}); draw that page again"
        ) from error
    paper = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(paper, rgba).convert("RGB")


def enlarge(picture: Image.Image) -> Image.Image:
    """Return a whole multiple of a picture's size, its longer edge about ``PRINT_EDGE``.

    Viewers enlarge small pictures to blocks; Lanczos (windowed sinc) and a blur of less than
    half a pixel keep the brush strokes soft.
    """
    factor = max(1, PRINT_EDGE // max(picture.size))
    if factor == 1:
        return picture
    size = (picture.width * factor, picture.height * factor)
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    return picture.filter(ImageFilter.GaussianBlur(SOFTNESS * factor))


def _enlarged(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    enlarge(picture).save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return out.getvalue()


def _cloth(picture: Image.Image) -> RGB:
    """Return a dark colour in the picture's leading hue, on which cream letters are read well."""
    raw = picture.resize((16, 16), Image.Resampling.BOX).tobytes()
    pixels = [raw[start : start + 3] for start in range(0, len(raw), 3)]
    # Hue as an angle: opposite hues cancel out, vivid pixels count more.
    across = sum(2 * red - green - blue for red, green, blue in pixels) / 2
    along = sum(green - blue for _, green, blue in pixels) * math.sqrt(3) / 2
    vividness = sum(max(pixel) - min(pixel) for pixel in pixels) / (255 * len(pixels))
    hue = math.atan2(along, across) / math.tau % 1.0
    red, green, blue = colorsys.hls_to_rgb(hue, 0.23, min(0.42, 0.16 + vividness))
    return round(255 * red), round(255 * green), round(255 * blue)
