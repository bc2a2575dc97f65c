"""Finds listed words in a text however they are spelt: "b a d", "b.a.d", "baaad", "b4d", "ваd".

All entries lie in one tree of letters, and a text is read once from left to right with the set of
places in that tree that its letters can have led to. So the time grows with the text's length and
hardly with the list's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from bot.storytelling.letters import ANY, Sign, read_signs

# No English word holds a letter three times in a row: from here on it is drawn out on purpose.
_DRAWN_OUT = 3


@dataclass(eq=False, slots=True)
class _Node:
    """A place in the tree: behind a run of ``count`` letters, or (``count`` 0) between words."""

    letter: str = ""
    count: int = 0
    runs: dict[str, list[_Node]] = field(default_factory=dict)
    next_word: _Node | None = None
    whole: str = ""  # the entry that ends here
    beginning: str = ""  # the entry that ends here and takes any end

    def run(self, letter: str, count: int) -> _Node:
        """Return the place behind a run of letters, made where there is none."""
        known = self.runs.setdefault(letter, [])
        for node in known:
            if node.count == count:
                return node
        known.append(_Node(letter, count))
        return known[-1]

    def gap(self) -> _Node:
        """Return the place between this word and the next one of a phrase."""
        self.next_word = self.next_word or _Node()
        return self.next_word


class _Trace(NamedTuple):
    """How a text's letters led to a place; what is counted stops where more makes no difference.

    ``length`` is the run's so far, ``mixed`` where it was spelt in two ways. The present word came
    in pieces: ``single`` of one letter, ``longer`` ones, and ``piece`` letters of the last one,
    with ``spaced`` where a space was between them. Of all words' ``total`` letters ``real`` ones
    are beyond doubt, ``doubtful`` where some are figures or asterisks.
    """

    node: _Node
    length: int = 0
    mixed: bool = False
    piece: int = 0
    single: int = 0
    longer: int = 0
    spaced: bool = False
    real: int = 0
    total: int = 0
    doubtful: bool = False

    def run_fits(self) -> bool:
        """Say whether the run has as many letters as the entry's, or was drawn out."""
        wanted, length = self.node.count, self.length
        drawn_out = length >= max(wanted, _DRAWN_OUT) or (self.mixed and length == wanted + 1)
        return length == wanted or drawn_out

    def word_fits(self) -> bool:
        """Say whether the pieces are one word: "b a d" and "b.ad" are, "pen is" is not."""
        if not self.spaced:
            return True
        single = self.single + (self.piece == 1)
        return single >= 2 and self.longer + (self.piece > 1) <= 1

    def is_legible(self) -> bool:
        """Say whether enough of it is letters: "b4d" is, the road "A55" is not."""
        return not self.doubtful or self.real >= 2 or (self.real == 1 and self.total >= 4)

    def is_number(self) -> bool:
        """Say whether there is nothing but figures so far, and too many of them for a word."""
        return self.doubtful and not self.real and self.total >= 3

    def fits(self) -> bool:
        """Say whether a word may end here."""
        return self.run_fits() and self.word_fits()

    def ends(self) -> bool:
        """Say whether the entry may end here."""
        return self.fits() and self.is_legible()


class WordList:
    """Words and phrases; one that ends in ``*`` stands for all words that begin so."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._root = _Node()
        self.entries = tuple(dict.fromkeys(e.strip() for e in entries if is_entry(e)))
        for entry in self.entries:
            self._add(entry)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def find(self, text: str) -> str:
        """Return an entry that a text holds, "" where it holds none."""
        if not self.entries:
            return ""
        signs = read_signs(text)
        traces: set[_Trace] = set()
        for place, sign in enumerate(signs):
            before = signs[place - 1] if place else None
            if found := _ended(traces, sign, before):
                return found
            steps = (step for trace in traces for step in _steps(trace, sign))
            traces = {step for step in steps if not step.is_number()}
            if before is None or before.edge or before.unspaced or sign.unspaced:
                traces.update(_begin(_Trace(self._root), sign))
            if found := _begun(traces):
                return found
        return _ended(traces, None, None)

    def _add(self, entry: str) -> None:
        letters = [_plainest(sign) for sign in read_signs(entry.removesuffix("*"))]
        # Marks at the end belong to no word.
        while not letters[-1]:
            letters.pop()
        node = self._root
        for letter, run in groupby(letters):
            if letter:
                node = node.run(letter, len(list(run)))
            elif node is not self._root:
                node = node.gap()
        if entry.endswith("*"):
            node.beginning = entry
        else:
            node.whole = entry


@lru_cache(maxsize=64)
def word_list(entries: tuple[str, ...]) -> WordList:
    """Return the list of these entries; recent ones are kept."""
    return WordList(entries)


def is_entry(entry: str) -> bool:
    """Say whether an entry holds anything that can be looked for."""
    return any(map(_plainest, read_signs(entry.strip().removesuffix("*"))))


def _plainest(sign: Sign) -> str:
    """Return the letter of an entry's sign, "" for what stands between words."""
    return "" if sign.letters == ANY or sign.is_exclamation else sign.letters[:1]


def _ended(traces: Iterable[_Trace], sign: Sign | None, before: Sign | None) -> str:
    """Return an entry that ends in front of a sign (None: at the text's end)."""
    at_edge = sign is None or sign.edge or sign.unspaced or bool(before and before.unspaced)
    if not at_edge:
        return ""
    return next((t.node.whole for t in traces if t.node.whole and t.ends()), "")


def _begun(traces: Iterable[_Trace]) -> str:
    return next((t.node.beginning for t in traces if t.node.beginning and t.ends()), "")


def _stands_for(sign: Sign, letter: str) -> bool:
    return sign.letters == ANY or letter in sign.letters


def _steps(trace: _Trace, sign: Sign) -> list[_Trace]:
    """Return where a sign leads from a trace: read as a letter, or else as a gap in the word."""
    if not trace.node.count:
        return [*_begin(trace, sign), *([trace] if sign.gap else [])]
    steps = []
    if sign.letters and _stands_for(sign, trace.node.letter):
        steps.append(_longer(trace, sign))
    if sign.letters and trace.run_fits():
        steps += [_next_letter(trace, node, sign) for node in _nexts(trace.node, sign)]
    if not steps and sign.gap in ("inner", "space"):
        steps += _across(trace, sign)
    if trace.node.next_word and trace.fits():
        between = _Trace(
            trace.node.next_word, real=trace.real, total=trace.total, doubtful=trace.doubtful
        )
        steps += [*_begin(between, sign), *([between] if sign.gap else [])]
    return steps


def _nexts(node: _Node, sign: Sign) -> Iterable[_Node]:
    if sign.letters == ANY:
        return [n for nodes in node.runs.values() for n in nodes]
    return [n for letter in sign.letters for n in node.runs.get(letter, ())]


def _begin(trace: _Trace, sign: Sign) -> list[_Trace]:
    """Return the traces of a word that begins with a sign, behind what a trace stands for."""
    if sign.letters == ANY:
        return []
    return [_spelt(trace, sign, node, 1, mixed=False) for node in _nexts(trace.node, sign)]


def _longer(trace: _Trace, sign: Sign) -> _Trace:
    most = max(trace.node.count, _DRAWN_OUT)
    odd = trace.mixed or sign.letters != trace.node.letter
    return _spelt(trace, sign, trace.node, min(trace.length + 1, most), mixed=odd)


def _next_letter(trace: _Trace, node: _Node, sign: Sign) -> _Trace:
    return _spelt(trace, sign, node, 1, mixed=False)


def _spelt(trace: _Trace, sign: Sign, node: _Node, length: int, *, mixed: bool) -> _Trace:
    # A figure that the entry itself has is no letter in disguise.
    doubtful = sign.letters == ANY or (sign.figure and sign.letters[0] != node.letter)
    return trace._replace(
        node=node,
        length=length,
        mixed=mixed,
        piece=min(trace.piece + 1, 2),
        real=min(trace.real + (not doubtful), 2),
        total=min(trace.total + 1, 4),
        doubtful=trace.doubtful or doubtful,
    )


def _across(trace: _Trace, sign: Sign) -> list[_Trace]:
    """Return where a gap inside a word leads: the next letter begins another piece of it."""
    longer = trace.longer + (trace.piece > 1)
    spaced = trace.spaced or sign.gap == "space"
    if spaced and longer > 1:
        return []
    single = min(trace.single + (trace.piece == 1), 2)
    return [trace._replace(piece=0, single=single, longer=min(longer, 2), spaced=spaced)]
