"""What the terminal can show, told by the environment alone."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

Depth = Literal["truecolor", "256", "none"]
Graphics = Literal["kitty", "iterm2", "blocks", "none"]

_TRUECOLOR_PROGRAMS = {"iTerm.app", "WezTerm", "ghostty", "vscode", "Hyper", "rio", "Tabby"}
_ITERM2_PROGRAMS = {"iTerm.app", "WezTerm"}
_KITTY_TERMS = {"xterm-kitty", "xterm-ghostty"}


@dataclass(frozen=True)
class Terminal:
    """``live`` where the screen can be drawn on; ``colour`` False under ``NO_COLOR``."""

    live: bool
    colour: bool
    depth: Depth
    graphics: Graphics


def inspect_terminal(
    stream: TextIO | None = None, *, environ: Mapping[str, str] = os.environ
) -> Terminal:
    """Return what ``stream`` (standard output) is able to show."""
    stream = sys.stdout if stream is None else stream
    dumb = environ.get("TERM", "") in ("", "dumb", "unknown")
    unicode = (stream.encoding or "").lower().replace("-", "") == "utf8"
    if dumb or not unicode or not stream.isatty():
        return Terminal(live=False, colour=False, depth="none", graphics="none")
    if environ.get("NO_COLOR"):
        return Terminal(live=True, colour=False, depth="none", graphics="none")
    depth = _depth(environ)
    return Terminal(live=True, colour=True, depth=depth, graphics=_graphics(environ, depth))


def terminal_size() -> tuple[int, int]:
    """Return the present columns and rows."""
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        size = shutil.get_terminal_size((80, 24))
    return size.columns or 80, size.lines or 24


def _depth(environ: Mapping[str, str]) -> Depth:
    term = environ.get("TERM", "")
    if (
        environ.get("COLORTERM", "").lower() in ("truecolor", "24bit")
        or term in _KITTY_TERMS
        or term.endswith("-direct")
        or environ.get("TERM_PROGRAM", "") in _TRUECOLOR_PROGRAMS
        or environ.get("WT_SESSION")
    ):
        return "truecolor"
    return "256" if "256color" in term else "none"


def _graphics(environ: Mapping[str, str], depth: Depth) -> Graphics:
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    # A multiplexer inherits its terminal's variables and swallows its image protocols.
    if not environ.get("TMUX") and not term.startswith(("screen", "tmux")):
        if environ.get("KITTY_WINDOW_ID") or term in _KITTY_TERMS or program == "ghostty":
            return "kitty"
        if program in _ITERM2_PROGRAMS:
            return "iterm2"
    return "none" if depth == "none" else "blocks"
