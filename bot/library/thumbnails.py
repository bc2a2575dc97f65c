"""Small pictures for galleries and contact sheets."""

from __future__ import annotations

import io

from PIL import Image

from bot.errors import PagewrightError

EDGE = 192
QUALITY = 80
# Far above what any model paints; a picture that claims more is a bomb, not art.
_MOST_PIXELS = 8192 * 8192


def make_thumbnail(image: bytes) -> bytes:
    """Return a picture as WebP, its longer edge at most ``EDGE`` pixels, nothing but the pixels.

    Takes some milliseconds of a core: call it in a thread. Raises ``PagewrightError`` for a
    picture that is damaged or too large.
    """
    try:
        with Image.open(io.BytesIO(image), formats=["PNG", "WEBP", "JPEG"]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise ValueError(f"{picture.width} x {picture.height} pixels are too many")
            small = _on_paper(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PagewrightError(
            f"A picture is damaged ({error}): have its page painted again."
        ) from None
    out = io.BytesIO()
    small.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def _on_paper(picture: Image.Image) -> Image.Image:
    small = picture.convert("RGBA")
    small.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    paper = Image.new("RGBA", small.size, "white")
    return Image.alpha_composite(paper, small).convert("RGB")
