"""A contact sheet: up to six covers with titles and authors, numbered so that one can be named."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from bot.books.lettering import FLEURON, ITALIC, REGULAR
from bot.books.sheet_letters import Letters, letters_for, load_font, wrap

COLUMNS = 3
MOST_COVERS = 6
COVER = 336
GAP = 20
CAPTION = 104
TITLE_SIZE, AUTHOR_SIZE, BADGE_SIZE = 29, 23, 30
BADGE = 44
LINE = 33
PAPER = (250, 246, 238)
INK = (43, 38, 32)
FADED = (118, 107, 94)
CLOTH = (62, 84, 86)
JPEG_QUALITY = 88
_MOST_PIXELS = 8192 * 8192

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Cover:
    """A story on the sheet; ``image`` is PNG, WebP or JPEG, b"" where there is none.

    ``hidden``: only its colours are shown. ``fallback`` stands where no font has the title.
    """

    title: str
    author: str
    image: bytes = b""
    hidden: bool = False
    fallback: str = "Untitled"


def contact_sheet(covers: Sequence[Cover], *, kind: Literal["JPEG", "PNG"] = "JPEG") -> bytes:
    """Return a picture of up to ``MOST_COVERS`` covers, numbered from 1 by rows.

    Takes some tenths of a second of a core: call it in a thread. Raises ``ValueError`` for no
    cover or too many; a cover whose image is damaged is drawn as one without.
    """
    if not 1 <= len(covers) <= MOST_COVERS:
        raise ValueError(f"a contact sheet shows 1 to {MOST_COVERS} covers, not {len(covers)}")
    columns = 2 if len(covers) == 4 else min(COLUMNS, len(covers))
    rows = -(-len(covers) // columns)
    size = (columns * (COVER + GAP) + GAP, rows * (COVER + CAPTION + GAP) + GAP)
    sheet = Image.new("RGB", size, PAPER)
    for place, cover in enumerate(covers):
        left = GAP + place % columns * (COVER + GAP)
        top = GAP + place // columns * (COVER + CAPTION + GAP)
        _draw_cover(sheet, cover, left, top)
        _draw_badge(sheet, str(place + 1), left, top)
        _draw_caption(sheet, cover, left, top + COVER)
    out = io.BytesIO()
    sheet.save(out, kind, quality=JPEG_QUALITY, optimize=True)
    return out.getvalue()


def _draw_cover(sheet: Image.Image, cover: Cover, left: int, top: int) -> None:
    art = _art(cover)
    if art is None:
        _draw_plate(sheet, left, top)
    else:
        sheet.paste(art, (left, top))


def _art(cover: Cover) -> Image.Image | None:
    """Return the middle of the image as a square; None where there is none to show."""
    if not cover.image:
        return None
    try:
        with Image.open(io.BytesIO(cover.image), formats=["PNG", "WEBP", "JPEG"]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            art = _on_paper(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    if cover.hidden:
        art = art.resize((4, 4), Image.Resampling.BOX).resize((COVER, COVER))
        return art.filter(ImageFilter.GaussianBlur(COVER / 12))
    return ImageOps.fit(art, (COVER, COVER), Image.Resampling.LANCZOS)


def _on_paper(picture: Image.Image) -> Image.Image:
    rgba = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, PAPER), rgba).convert("RGB")


def _draw_plate(sheet: Image.Image, left: int, top: int) -> None:
    """Draw a book's cloth with a fleuron, in the place of a picture."""
    pen = ImageDraw.Draw(sheet)
    box = (left, top, left + COVER - 1, top + COVER - 1)
    pen.rectangle(box, fill=CLOTH)
    inner = (box[0] + 14, box[1] + 14, box[2] - 14, box[3] - 14)
    pen.rectangle(inner, outline=_between(CLOTH, PAPER, 0.45), width=2)
    middle = (left + COVER / 2, top + COVER / 2)
    fill = _between(CLOTH, PAPER, 0.7)
    pen.text(middle, FLEURON, font=load_font(REGULAR, 0, 96), fill=fill, anchor="mm")


def _draw_badge(sheet: Image.Image, number: str, left: int, top: int) -> None:
    size = 4 * BADGE  # drawn large and made smaller, as Pillow's circles have steps
    badge, mask = Image.new("RGB", (size, size), PAPER), Image.new("L", (size, size), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, size - 1, size - 1), fill=255)
    pen = ImageDraw.Draw(badge)
    pen.ellipse((0, 0, size - 1, size - 1), outline=INK, width=8)
    font = load_font(REGULAR, 0, 4 * BADGE_SIZE)
    # Centred by the digit's own box: some of the font's digits hang below the line.
    x0, y0, x1, y1 = font.getbbox(number)
    pen.text(((size - x0 - x1) / 2, (size - y0 - y1) / 2), number, font=font, fill=INK)
    small = (BADGE, BADGE)
    sheet.paste(badge.resize(small), (left + 8, top + 8), mask.resize(small))


def _draw_caption(sheet: Image.Image, cover: Cover, left: int, top: int) -> None:
    title = letters_for(cover.title, instead=cover.fallback)
    lines = wrap(title, size=TITLE_SIZE, width=COVER, lines=2)
    for row, line in enumerate(lines):
        _draw_line(sheet, title, line, TITLE_SIZE, left, top + 10 + row * LINE, INK)
    author = letters_for(cover.author, instead="")
    if author.path == REGULAR:
        author = Letters(author.text, ITALIC)
    for line in wrap(author, size=AUTHOR_SIZE, width=COVER, lines=1):
        below = top + 12 + len(lines) * LINE
        _draw_line(sheet, author, line, AUTHOR_SIZE, left, below, FADED)


def _draw_line(
    sheet: Image.Image, letters: Letters, line: str, size: int, left: int, top: int, fill: RGB
) -> None:
    """Draw a line into its own strip, so that tall marks never reach into a neighbour's."""
    font = letters.font(size)
    strip = sheet.crop((left, top, left + COVER, top + LINE + 6))
    at = (COVER / 2, size * 0.95)
    ImageDraw.Draw(strip).text(at, line, font=font, fill=fill, anchor="ms")
    sheet.paste(strip, (left, top))


def _between(first: RGB, second: RGB, share: float) -> RGB:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue
