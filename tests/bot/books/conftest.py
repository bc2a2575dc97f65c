"""Books to try the formats with: real PNGs, drawn here."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.books import film as films
from bot.books.book import Book, BookPage

PROSE = (
    "Once upon a time there was a small dragon named Ember, who lived in a warm cave.",
    "“Do not worry,” said the old owl. “Fire is only a friend you have not met.”",
    "She breathed the softest flame, and the whole street was golden.",
)


def painted(hue: int, *, size: tuple[int, int] = (32, 32)) -> bytes:
    """Return a PNG with a soft gradient around ``hue`` (0 to 255)."""
    ramp = Image.linear_gradient("L").resize(size)
    flat = Image.new("L", size, hue)
    picture = Image.merge("HSV", (flat, Image.new("L", size, 150), ramp)).convert("RGB")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def page(number: int, text: str, **changes: object) -> BookPage:
    fields: dict[str, object] = {
        "number": number,
        "text": text,
        "image": painted(40 * number),
        "prompt": f"a dragon, picture {number}",
        "alt": f"A dragon in scene {number}",
        "seed": 6 + number,
        "steps": 60,
        "clip_score": 0.25 + number / 100,
    }
    return BookPage(**{**fields, **changes})  # type: ignore[arg-type]


def make_book(**changes: object) -> Book:
    fields: dict[str, object] = {
        "id": "story-1",
        "title": "The Dragon Who Feared Fire",
        "idea": "A small dragon who is afraid of fire",
        "style": "storybook",
        "seed": 7,
        "profile": "starter",
        "created_at": "2026-03-04T05:06:07Z",
        "pages": tuple(page(number, text) for number, text in enumerate(PROSE, start=1)),
    }
    return Book(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def book() -> Book:
    return make_book()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing in a film stand longer than some frames: reading takes no time here."""
    for name in ("TITLE_SECONDS", "END_SECONDS", "LEAST_SECONDS"):
        monkeypatch.setattr(films, name, 0.2)
    monkeypatch.setattr(films, "GLANCE_SECONDS", 0.0)
    monkeypatch.setattr(films, "LETTERS_A_SECOND", 1000.0)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, hasty: None) -> None:
    """Let films be small as well."""
    monkeypatch.setattr(films, "PICTURE_HEIGHT", 160)
    monkeypatch.setattr(films, "LEAST_WIDTH", 160)
