"""Words and colours that all formats share: what stands for a missing title, how a book ends."""

from __future__ import annotations

from calendar import month_name
from datetime import UTC, datetime

from bot.books.book import Book, BookPage
from bot.books.lettering import ELLIPSIS, one_line
from bot.books.pictures import RGB

LANGUAGE = "en"
UNTITLED = "A Story"

PAPER: RGB = (253, 249, 240)
INK: RGB = (43, 36, 30)
CREAM: RGB = (247, 239, 222)
MOUNT: RGB = (255, 254, 250)


def title_of(book: Book) -> str:
    """Return the book's title on one line, never empty."""
    return one_line(book.title) or UNTITLED


def alt_of(page: BookPage) -> str:
    """Return what is read out in the place of a page's picture, never empty."""
    return one_line(page.alt) or one_line(page.prompt) or f"Picture of page {page.number}"


def creation_date(book: Book) -> datetime:
    """Return ``created_at`` with its time zone, UTC where it names none."""
    date = datetime.fromisoformat(book.created_at)
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def colophon(book: Book) -> list[str]:
    """Return the closing notes: how the book was made, so that it can be made again."""
    made = creation_date(book)
    date = f"{made.day} {month_name[made.month]} {made.year}"
    style = [f"Style {book.style}"] if book.style else []
    made_with = [*style, f"profile {book.profile}", f"seed {book.seed}"]
    return [f"Written and painted by Pagewright on {date}.", " · ".join(made_with)]


def cut(text: str, limit: int) -> str:
    """Return ``text`` cut at a word's end when it is longer than ``limit`` characters."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(".,;: ") + ELLIPSIS
