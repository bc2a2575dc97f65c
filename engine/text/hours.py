"""Hours and weathers that a page's prose tells of, outside of what is said aloud in it."""

from __future__ import annotations

import re

HOURS = {"dawn": "at dawn", "day": "by day", "sunset": "at sunset", "night": "at night"}
"""How a picture prompt says each hour."""

_QUOTED = re.compile(r'"[^"]*"?')
# What happens again and again is not told of this page: "every night", "as dark as the night".
_ALWAYS = re.compile(
    r"\b(?:every|each|since|from|always|n?ever|often|like|as [a-z]+ as|all day|until)\b[^.!?,;]*",
    re.I,
)
_ONE = (
    r"(?:that|one|the (?:next|same|other|following|first|second|third)|next|early in the|"
    r"late in the|in the|late that|early one|late one)(?: [a-z]+)?"
)
_TOLD = {
    "night": (
        rf"{_ONE} night|(?:at|after|towards|around|near) (?:mid)?night|all night|all through the "
        r"night|(?:deep|middle) (?:in|of) the night|midnight (?:came|struck)|by night|"
        r"(?:the )?night (?:came|fell|was|had (?:come|fallen)|began)|darkness (?:came|fell)|"
        r"it (?:was (?:already |quite |very )?(?:a [a-z, ]*)?night|(?:grew|got|became|turned|had "
        r"grown|was getting|was growing) (?:quite |very |so )?dark)|"
        r"moon (?:came (?:up|out)|rose|shone|climbed|stood|was (?:up|high|out|full|shining)|"
        r"looked)|stars (?:came out|shone|were out|twinkled|lit up)|"
        r"under the (?:full )?(?:moon|stars)|"
        r"(?:in|by) (?:the )?(?:silver |bright )?moonlight|by the light of the moon"
    ),
    "sunset": (
        rf"{_ONE} evening|evening (?:came|fell|was|had come)|towards evening|by evening|"
        r"it was evening|sun (?:went down|was going down|had gone down|set|was setting|sank|was "
        r"sinking|had set)|at (?:dusk|sunset|twilight)|it got late"
    ),
    "dawn": (
        rf"{_ONE} morning|morning (?:came|was|had come)|by morning|early in the morning|"
        r"at (?:dawn|sunrise|daybreak)|sun (?:rose|came up|was rising|was just coming up|had "
        r"risen|was coming up)|day (?:broke|had (?:only )?just begun)|day was breaking"
    ),
    "day": (
        rf"{_ONE} (?:day|afternoon|noon)|then came the day|at (?:noon|midday)|by day|"
        r"afternoon came|sun (?:shone|stood high|was (?:high|hot|shining|bright|warm))|"
        r"in (?:broad daylight|the sunshine)"
    ),
}  # fmt: skip
_FALLS = r"(?:fell|was falling|came|came down|began|started|lay|drummed|poured)"
_SKIES = {
    "snow": (
        rf"it (?:was snowing|snowed|(?:began|started) to snow)|snow(?:flakes)? {_FALLS}|"
        r"white with snow|it was winter|winter (?:came|had come)|one (?:[a-z]+ )?winter"
    ),
    "rain": (
        rf"it (?:was raining|rained|(?:began|started) to rain)|rain {_FALLS}|"
        r"(?:storm|thunderstorm) (?:came|broke|began)|there was a storm"
    ),
    "fog": r"(?:fog|mist) (?:came|lay|hung|rose|was)",
    "clear": (
        r"(?:rain|snow|storm|fog|mist) (?:stopped|was over|was gone|had (?:stopped|gone)|melted|"
        r"lifted|went away)|stopped (?:raining|snowing)|clouds (?:went away|were gone|parted|"
        r"opened)|spring (?:came|had come)|sun came out|it was (?:spring|summer)"
    ),
}


def _pattern(parts: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"\b(?P<{name}>{part})\b" for name, part in parts.items()), re.I)


_HOUR, _SKY = _pattern(_TOLD), _pattern(_SKIES)


def told_hours(text: str) -> tuple[str, ...]:
    """Return the hours that prose tells of, in its order: "dawn", "day", "sunset", "night"."""
    return _told(_HOUR, text)


def told_weathers(text: str) -> tuple[str, ...]:
    """Return the weathers that prose tells of, in its order: "snow", "rain", "fog", "clear"."""
    return _told(_SKY, text)


def _told(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    prose = _ALWAYS.sub(" ", _QUOTED.sub(" . ", text))
    return tuple(found.lastgroup or "" for found in pattern.finditer(prose))
