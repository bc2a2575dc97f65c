"""The book's cover and letters as pixels: for the EPUB's shelf picture and the film's cards."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bot.books.book import Book
from bot.books.lettering import ELLIPSIS, FLEURON, ITALIC, REGULAR, has_words, one_line
from bot.books.pictures import RGB, book_cloth, print_picture
from bot.books.sheet_letters import Letters, letters_for, load_font
from bot.books.typesetting import break_evenly
from bot.books.wording import CREAM, MOUNT, UNTITLED, cut

LEADING = 1.24
PLAIN = Letters("")
Box = tuple[float, float, float, float]  # left, top, width, height in pixels


def paint_cover(book: Book, *, width: int, height: int) -> Image.Image:
    """Return the cover, RGB: the first picture on cloth between the title and the wish."""
    cover = paint_cloth(book_cloth(book), width=width, height=height)
    page = next((page for page in book.pages if page.image), None)
    margin = 0.08 * width
    art = min(width - 2 * margin, 0.52 * height) if page else 0.0
    top = 0.245 * height
    if page:
        picture = picture_of(page.image, page=page.number)
        mount_picture(cover, picture, ((width - art) / 2, top, art, art))
    _letter_cover(cover, book, margin=margin, art_bottom=top + art if page else 0.42 * height)
    return cover


def paint_cloth(colour: RGB, *, width: int, height: int) -> Image.Image:
    """Return plain cloth, RGB, a little darker towards its edges."""
    shade = Image.radial_gradient("L").resize((width, height), Image.Resampling.BICUBIC)
    dark = Image.new("RGB", (width, height), tuple(round(0.72 * c) for c in colour))
    light = Image.new("RGB", (width, height), tuple(min(255, round(1.06 * c + 4)) for c in colour))
    return Image.composite(dark, light, shade)


def picture_of(image: bytes, *, page: int) -> Image.Image:
    """Return page ``page``'s picture as books show it, RGB; ``PagewrightError`` if damaged."""
    with Image.open(io.BytesIO(print_picture(image, page=page).jpeg)) as picture:
        return picture.convert("RGB")


def fit_picture(picture: Image.Image, width: float, height: float) -> Image.Image:
    """Return the picture as large as the space allows, its proportions kept."""
    scale = min(width / picture.width, height / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def mount_picture(canvas: Image.Image, picture: Image.Image, box: Box) -> None:
    """Paste the picture, on a white mount with a soft shadow, into the middle of ``box``."""
    left, top, width, height = box
    rim = max(2, round(width / 70))
    fitted = fit_picture(picture, width - 2 * rim, height - 2 * rim)
    x, y = round(left + (width - fitted.width) / 2), round(top + (height - fitted.height) / 2)
    edge = (x - rim, y - rim, x + fitted.width + rim - 1, y + fitted.height + rim - 1)
    shadow = Image.new("L", canvas.size, 0)
    ImageDraw.Draw(shadow).rectangle(edge, fill=110)
    shadow = shadow.filter(ImageFilter.GaussianBlur(rim))
    canvas.paste(Image.new("RGB", canvas.size, "black"), (0, 0), shadow)
    ImageDraw.Draw(canvas).rectangle(edge, fill=MOUNT)
    canvas.paste(fitted, (x, y))


def draw_centred(
    canvas: Image.Image,
    letters: Letters,
    box: Box,
    *,
    sizes: Iterable[float],
    colour: RGB,
    italic: bool = False,
) -> float:
    """Draw centred lines in the largest of ``sizes`` (pixels) that fits; return their bottom."""
    left, top, width, height = box
    for size in sizes:
        font = font_of(round(size), letters, italic=italic)
        lines = [
            line.text for line in break_evenly(letters.text, measure=font.getlength, width=width)
        ]
        if len(lines) * size * LEADING <= height:
            break
    room = max(1, int(height / (size * LEADING)))
    if len(lines) > room:
        lines[room - 1 :] = [lines[room - 1] + ELLIPSIS]
    draw_lines(canvas, lines, centre=left + width / 2, top=top, font=font, colour=colour)
    return top + len(lines) * size * LEADING


def draw_lines(
    canvas: Image.Image,
    lines: Sequence[str],
    *,
    centre: float,
    top: float,
    font: ImageFont.FreeTypeFont,
    colour: RGB,
) -> None:
    """Draw lines of text one below the other, each centred at ``centre``."""
    draw = ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        baseline = top + (number + 0.82) * font.size * LEADING
        draw.text((centre, baseline), line, font=font, fill=colour, anchor="ms")


def font_of(size: int, letters: Letters = PLAIN, *, italic: bool = False) -> ImageFont.FreeTypeFont:
    """Return the font that a text is set in, in a size in pixels."""
    path = ITALIC if italic and letters.path == REGULAR else letters.path
    return load_font(path, letters.face, size)


def _letter_cover(cover: Image.Image, book: Book, *, margin: float, art_bottom: float) -> None:
    width, height = cover.size
    unit, inner = min(width, 0.75 * height) / 100, width - 2 * margin
    title = letters_for(cut(one_line(book.title), 160), instead=UNTITLED)
    box = (margin, 0.055 * height, inner, 0.135 * height)
    if art_bottom < height / 2:  # no picture: the title has the upper half
        box = (margin, 0.16 * height, inner, 0.24 * height)
    sizes = [unit * share for share in (9.5, 8.5, 7.5, 6.5, 5.5, 4.8, 4.2, 3.6)]
    bottom = draw_centred(cover, title, box, sizes=sizes, colour=CREAM)
    if art_bottom < height / 2:
        art_bottom = bottom
    box = (margin, art_bottom + 0.012 * height, inner, 7 * unit)
    bottom = draw_centred(cover, Letters(FLEURON), box, sizes=[6 * unit], colour=CREAM)
    wish = letters_for(cut(one_line(book.idea), 320), instead="")
    if has_words(wish.text):
        box = (margin, bottom + unit, inner, 0.925 * height - bottom - unit)
        sizes = [unit * share for share in (4.6, 4.2, 3.8, 3.4, 3.0, 2.7)]
        draw_centred(cover, wish, box, sizes=sizes, colour=CREAM, italic=True)
    author = letters_for(cut(one_line(book.author), 60), instead="")
    name = f"imagined by {author.text}" if has_words(author.text) else "Pagewright"
    byline = replace(author, text=name)
    box = (margin, 0.935 * height, inner, 5 * unit)
    draw_centred(cover, byline, box, sizes=[3.2 * unit], colour=CREAM, italic=True)
