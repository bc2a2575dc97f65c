"""Reads the generator's text files: word lists and plots."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass
class Beat:
    """One page of a plot: alternatives for its text, and who is in its picture, where and when.

    In a whole story of a few sentences "+" marks who is there only in its second half and "-" who
    only in the first; ``goes_to`` is where it comes to. The place "goal" is the wish's thing.
    """

    name: str
    subjects: list[str] = field(default_factory=list)
    place: str = ""
    time: str = ""
    weather: str = ""
    goes_to: str = ""
    texts: list[str] = field(default_factory=list)


@dataclass
class Plot:
    """A plot skeleton: its word-list slots, how people wish for it, and its beats in order."""

    name: str
    flags: frozenset[str]
    draws: dict[str, str] = field(default_factory=dict)
    wishes: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    beats: dict[str, Beat] = field(default_factory=dict)


def _sections(text: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("== "):
            found.append((line[3:].strip(), []))
        elif line and not line.startswith("# ") and found:
            found[-1][1].append(line)
    return found


@cache
def words() -> dict[str, list[str]]:
    """Read all word lists; an entry with fields keeps its bars."""
    lists: dict[str, list[str]] = {}
    for name, lines in _sections((_FOLDER / "words.txt").read_text("utf-8")):
        whole = name.endswith(("_notes", "intros", "errands"))
        lists[name] = [
            entry.strip()
            for line in lines
            for entry in ([line] if whole or " | " in line else line.split(","))
            if entry.strip()
        ]
    return lists


@cache
def extra_wishes() -> dict[str, tuple[str, ...]]:
    """Read more wordings of wishes for each plot."""
    text = (_FOLDER / "wishes.txt").read_text("utf-8")
    return {name: tuple(lines) for name, lines in _sections(text)}


@cache
def plots() -> dict[str, Plot]:
    """Read every plot of ``plots/*.txt``, fillers and sequels too, by name."""
    found: dict[str, Plot] = {}
    for path in sorted((_FOLDER / "plots").glob("*.txt")):
        for head, lines in _sections(path.read_text("utf-8")):
            plot = _plot(head, lines)
            found[plot.name] = plot
    for head, lines in _sections((_FOLDER / "shorts.txt").read_text("utf-8")):
        name, _, marks = head.partition(":")
        beat = _beat("short", marks.split())
        beat.texts += lines
        found[name].beats["short"] = beat
    return found


def plot_names() -> tuple[str, ...]:
    """Name the plots that a story can have, fillers and sequels left out."""
    every = plots().values()
    return tuple(plot.name for plot in every if not plot.flags & {"filler", "sequel"})


def plot_beats() -> dict[str, tuple[str, ...]]:
    """Give the beats of each plot that a story can have, in order."""
    return {name: tuple(plots()[name].beats) for name in plot_names()}


THING_SLOTS = ("thing", "fear", "food", "goal", "odd", "other", "trade", "lost")
DEED_SLOTS = ("dream", "habit", "deed")


def plot_roles() -> dict[str, tuple[str, ...]]:
    """Name the plots that speak of the thing or of the deed of their wish."""
    roles = {}
    for name in plot_names():
        deed = any(slot in plots()[name].draws for slot in DEED_SLOTS)
        roles[name] = ("thing",) * bool(thing_slot(name)) + ("deed",) * deed
    return roles


@cache
def thing_slot(name: str) -> str:
    """Name the slot of a plot that wishes may fill with their thing; "" where none may."""
    wishes = " ".join((*plots()[name].wishes, *extra_wishes().get(name, ())))
    return next((slot for slot in THING_SLOTS if f"[{slot}]" in wishes), "")


def _plot(head: str, lines: list[str]) -> Plot:
    name, _, flags = head.partition("|")
    plot = Plot(name.strip(), frozenset(flags.split()))
    target: list[str] = []
    for line in lines:
        key, _, value = line.partition(" = ")
        if value and key.isidentifier():
            plot.draws[key] = value
        elif line in ("wish:", "say:"):
            target = plot.wishes if line == "wish:" else plot.says
        elif (label := line.partition(":")[0]) in _BEATS:
            beat = _beat(label, line.partition(":")[2].split())
            plot.beats[label] = beat
            target = beat.texts
        else:
            target.append(line)
    return plot


_BEATS = ("begin", "trouble", "try", "help", "turn", "end", "page", "short")


def _beat(name: str, marks: list[str]) -> Beat:
    beat = Beat(name)
    for mark in marks:
        if mark.startswith("@") and beat.place:
            beat.goes_to = mark[1:]
        elif mark.startswith("@"):
            beat.place = mark[1:]
        elif mark.startswith("~"):
            beat.time = {"evening": "sunset", "morning": "dawn"}.get(mark[1:], mark[1:])
        elif mark.startswith("!"):
            beat.weather = {"storm": "cloudy"}.get(mark[1:], mark[1:])
        else:
            beat.subjects.append(mark)
    return beat
