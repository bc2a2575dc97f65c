"""Breaking prose into lines for a page of fixed size; knows widths, draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

Measure = Callable[[str], float]

# Beyond that a paragraph is broken greedily.
_MOST_LINES, _MOST_WORDS = 60, 600
# A last line shorter than this share of its width looks like a mistake.
_RUNT = 0.3


@dataclass(frozen=True)
class Line:
    """One line of prose and how far it starts to the right of its column, in mm."""

    text: str
    indent: float


def break_lines(
    texts: Iterable[str], *, measure: Measure, width_at: Callable[[int], float], indent: float = 0
) -> list[Line]:
    """Break paragraphs into as few lines as they need; ``width_at(i)`` is line ``i``'s width in mm.

    Of all ways to do that the one is taken whose lines are the most even, and whose last line is
    no single short word. All paragraphs but the first start ``indent`` mm to the right; a word
    that is wider than its line is broken between letters.
    """
    lines: list[Line] = []
    for number, text in enumerate(texts):
        start = indent if number else 0.0
        greedy = list(_break_paragraph(text, measure, width_at, len(lines), start))
        widths = [width_at(len(lines) + place) for place in range(len(greedy))]
        if widths:
            widths[0] -= start
        even = _even_out(text.split(), widths, measure)
        if even:
            greedy = [Line(t, old.indent) for t, old in zip(even, greedy, strict=True)]
        lines.extend(greedy)
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


def _even_out(words: list[str], widths: Sequence[float], measure: Measure) -> list[str]:
    """Return the evenest lines of these widths; none where words are broken, or far too many.

    The cost of a line is the square of the share that stays empty (after Knuth and Plass, 1981).
    """
    if not 2 <= len(widths) <= _MOST_LINES or len(words) > _MOST_WORDS:
        return []
    space, sizes = measure(" "), [measure(word) for word in words]
    # For each number of words set so far: the least cost, and where the lines before begin.
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for place, width in enumerate(widths):
        is_last, following = place == len(widths) - 1, dict[int, tuple[float, tuple[int, ...]]]()
        for begin, (cost, begins) in best.items():
            for end, used in _fitting(sizes, begin, width, space):
                if is_last and end < len(words):
                    continue
                total = cost + (_runt_cost(used / width) if is_last else (1 - used / width) ** 2)
                if end not in following or total < following[end][0]:
                    following[end] = (total, (*begins, begin))
        best = following
    if len(words) not in best:
        return []
    edges = [*best[len(words)][1], len(words)]
    return [" ".join(words[a:b]) for a, b in pairwise(edges)]


def _fitting(
    sizes: Sequence[float], begin: int, width: float, space: float
) -> Iterator[tuple[int, float]]:
    """Yield where a line may end that begins at a word, and how long it is then."""
    used = -space
    for end in range(begin, len(sizes)):
        used += space + sizes[end]
        if used > width:
            return
        yield end + 1, used


def _runt_cost(share: float) -> float:
    return max(0.0, _RUNT - share) * 4


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
