"""Breaking prose into lines for a page of fixed size; knows widths, draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

Measure = Callable[[str], float]


@dataclass(frozen=True)
class Line:
    """One line of prose and how far it starts to the right of its column, in mm."""

    text: str
    indent: float


def break_lines(
    texts: Iterable[str], *, measure: Measure, width_at: Callable[[int], float], indent: float = 0
) -> list[Line]:
    """Break paragraphs greedily; ``width_at(i)`` is line ``i``'s width in mm.

    All paragraphs but the first start ``indent`` mm to the right; a word that is wider than
    its line is broken between letters.
    """
    lines: list[Line] = []
    for number, text in enumerate(texts):
        start = indent if number else 0.0
        lines.extend(_break_paragraph(text, measure, width_at, len(lines), start))
    return lines


def break_evenly(text: str, *, measure: Measure, width: float) -> list[Line]:
    """Break one paragraph so that its lines are about equally long, in no more lines than needed.

    ``width`` is the widest line allowed, in mm; of the narrower ones the narrowest that needs
    no further line is taken, in steps of a fortieth.
    """
    best = list(_break_paragraph(text, measure, lambda _: width, 0, 0.0))
    widest_word = max(map(measure, text.split()), default=0.0)
    for step in range(1, 24):
        narrower = min(width, max(widest_word, width * (1 - step / 40)))
        lines = list(_break_paragraph(text, measure, partial(_always, narrower), 0, 0.0))
        if len(lines) > len(best):
            break
        best = lines
    return best


def _always(width: float, _: int) -> float:
    return width


def _break_paragraph(
    text: str, measure: Measure, width_at: Callable[[int], float], first: int, indent: float
) -> Iterator[Line]:
    words, index = text.split(), first
    while words:
        start = indent if index == first else 0.0
        line, words = _take_line(words, measure, width_at(index) - start)
        yield Line(line, start)
        index += 1


def _take_line(words: list[str], measure: Measure, width: float) -> tuple[str, list[str]]:
    """Return the longest run of words that fits, at least one letter, and the words left."""
    used, space = measure(words[0]), measure(" ")
    if used > width:
        head, tail = _split_word(words[0], measure, width)
        return head, [*([tail] if tail else []), *words[1:]]
    for count, word in enumerate(words[1:], start=1):
        used += space + measure(word)
        if used > width:
            return " ".join(words[:count]), words[count:]
    return " ".join(words), []


def _split_word(word: str, measure: Measure, width: float) -> tuple[str, str]:
    end = 1
    while end < len(word) and measure(word[: end + 1]) <= width:
        end += 1
    return word[:end], word[end:]
