"""What a story's pictures keep from page to page: the hour, the weather, the look of a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.image.layout import Layout
from engine.image.vocabulary import PLACES

# It is always night there, whatever the hour elsewhere.
_NO_HOUR = ("space", "moon")
_PASSING = ("rain", "fog", "rainbow")
_NO_SNOW = ("desert", "jungle", "sea", "beach", "island", "clouds")


def has_weather(place: str) -> bool:
    """Say whether it can rain at a place: not under a roof, under water or in space."""
    return PLACES[place].ground not in ("indoors", "deep", "space") and place != "moon"


def kept_hour(place: str, previous: Layout) -> str:
    """Return the time of day at a place on the page after the ``previous`` one."""
    return "night" if place in _NO_HOUR else previous.time


def kept_weather(place: str, previous: Layout, *, later: bool = False) -> str:
    """Return the weather at a place on the page after the ``previous`` one, or ``later`` that day.

    Snow is a season and stays; it only does not fall into the desert. What passes is gone elsewhere
    or at another hour, and a rainbow on the next page.
    """
    away = place != previous.place
    passed = previous.weather in _PASSING and (away or later or previous.weather == "rainbow")
    melted = previous.weather == "snow" and away and place in _NO_SNOW
    return "clear" if passed or melted or not has_weather(place) else previous.weather


def recall(earlier: Sequence[Layout]) -> Layout | None:
    """Return the last of a story's layouts, with the last hour and weather that places had.

    Who comes out of a house finds the snow again that fell when they went in.
    """
    if not earlier:
        return None
    last = earlier[-1]
    hours = [layout.time for layout in earlier if layout.place not in _NO_HOUR]
    skies = [layout.weather for layout in earlier if has_weather(layout.place)]
    return replace(last, time=(hours or [last.time])[-1], weather=(skies or [last.weather])[-1])


def keep_view(layout: Layout, earlier: Sequence[Layout]) -> Layout:
    """Show a place from where it was last seen in a story, however many pages ago."""
    known = [old.backdrop for old in earlier if old.place == layout.place and old.backdrop]
    return replace(layout, backdrop=known[-1]) if known and layout.backdrop else layout
