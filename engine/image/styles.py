"""Styles: moods of light and weather that people may ask for by name.

The starter models know no painters and no techniques, so a style is what they do know: a time of
day and a weather. It rewrites a prompt where the prompt leaves the choice open; plain day and clear
weather count as open, for they are what is written when nobody cares.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.errors import EngineError
from engine.image.mentions import find_time, find_weather
from engine.image.vocabulary import TIMES, WEATHERS

DEFAULT_STYLE = "storybook"
_OPEN_TIMES = (None, "day")
_OPEN_WEATHERS = (None, "clear")


@dataclass(frozen=True)
class Style:
    """A mood: the time of day and the weather it brings; None leaves either as it is."""

    name: str
    title: str
    time: str | None = None
    weather: str | None = None

    def apply(self, text: str) -> str:
        """Return a prompt in this style: "a fox by day" becomes "a fox at night"."""
        said: list[str] = []
        if self.time and find_time(text) in _OPEN_TIMES:
            text = _without(text, TIMES["day"])
            said.append(TIMES[self.time][0])
        if self.weather and find_weather(text) in _OPEN_WEATHERS:
            text = _without(text, WEATHERS["clear"])
            said.append(WEATHERS[self.weather][1])
        return " ".join([text.rstrip(" ,.;"), *said]) if said else text


def _without(text: str, phrases: tuple[str, ...]) -> str:
    """Return a text without phrases and the comma before them."""
    for phrase in sorted(phrases, key=len, reverse=True):
        text = re.sub(rf",?\s*\b{re.escape(phrase)}\b", "", text, flags=re.IGNORECASE)
    return text


_ALL = (
    Style(DEFAULT_STYLE, "Storybook: as the story says"),
    Style("dawn", "Early morning light", time="dawn"),
    Style("golden", "Golden evening light", time="sunset"),
    Style("moonlit", "Night, with moon and stars", time="night"),
    Style("winter", "Falling snow", weather="snow"),
    Style("rainy", "Rain", weather="rain"),
    Style("misty", "Fog", weather="fog"),
    Style("rainbow", "Rainbows", weather="rainbow"),
)
STYLES: dict[str, Style] = {style.name: style for style in _ALL}


def style_names() -> tuple[str, ...]:
    """Return the names of all styles, the default first."""
    return tuple(STYLES)


def find_style(name: str) -> Style:
    """Return the style of that name, "" being the default; unknown ones are bad input."""
    style = STYLES.get(name.strip().lower() or DEFAULT_STYLE)
    if style is None:
        shown = " ".join(name.split())[:40]
        raise EngineError(
            "bad_input", f'There is no style "{shown}": use one of {", ".join(STYLES)}.'
        )
    return style
