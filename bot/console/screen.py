"""A full terminal screen drawn without flicker: only lines that changed are written."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any

termios: ModuleType | None
try:
    import termios
except ImportError:  # not a Unix
    termios = None

# Alternate screen, no cursor, no line wrapping; and back.
ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
# Synchronised output: terminals that know it show a frame at once, others ignore it.
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
FORGET_KITTY = "\x1b_Ga=d,d=A,q=2\x1b\\"


@dataclass(frozen=True)
class Placed:
    """A protocol picture at a cell (from 0); ``key`` changes when it must be drawn again."""

    row: int
    column: int
    key: tuple[object, ...]
    sequence: str


@dataclass(frozen=True)
class Frame:
    """A screenful of lines, already cut to the width, and the pictures over them."""

    size: tuple[int, int]
    lines: tuple[str, ...]
    pictures: tuple[Placed, ...] = ()


class Screen:
    """Owns the terminal between ``enter`` and ``leave``; writes block, so call from a thread."""

    def __init__(self) -> None:
        self._shown: Frame | None = None
        self._keys: dict[tuple[int, int], tuple[object, ...]] = {}
        self._had_pictures = False
        self._echo: list[Any] | None = None

    def enter(self) -> None:
        """Take the screen over; what was on it comes back with ``leave``."""
        self._set_echo(on=False)
        _write(ENTER)

    def leave(self) -> None:
        """Give the screen back."""
        _write((FORGET_KITTY if self._had_pictures else "") + LEAVE)
        self._set_echo(on=True)

    def forget(self) -> None:
        """Draw everything anew next time, as after a stop and ``fg``."""
        self._shown = None

    def draw(self, frame: Frame) -> None:
        """Bring the screen to ``frame``."""
        fresh = self._shown is None or self._shown.size != frame.size
        old = () if self._shown is None or fresh else self._shown.lines
        parts = [ENTER] if fresh else []
        if fresh:
            parts += [FORGET_KITTY] if self._had_pictures else []
            self._keys.clear()
        for row, line in enumerate(frame.lines[: frame.size[1]]):
            if row >= len(old) or old[row] != line:
                parts.append(f"\x1b[{row + 1};1H{line}\x1b[K")
        if len(frame.lines) < len(old):
            parts.append(f"\x1b[{len(frame.lines) + 1};1H\x1b[J")
        parts += [self._placed(picture) for picture in frame.pictures]
        self._shown = frame
        if any(parts):
            _write(BEGIN + "".join(parts) + END)

    def _placed(self, picture: Placed) -> str:
        at = (picture.row, picture.column)
        if self._keys.get(at) == picture.key:
            return ""
        self._keys[at] = picture.key
        self._had_pictures = True
        return f"\x1b[{picture.row + 1};{picture.column + 1}H{picture.sequence}"

    def _set_echo(self, *, on: bool) -> None:
        """Keep keys pressed meanwhile off the screen; Ctrl-C goes on working."""
        if termios is None or not sys.stdin.isatty():
            return
        with suppress(termios.error, OSError, ValueError):
            fd = sys.stdin.fileno()
            if on and self._echo is not None:
                termios.tcsetattr(fd, termios.TCSADRAIN, self._echo)
            elif not on:
                self._echo = termios.tcgetattr(fd)
                quiet = termios.tcgetattr(fd)
                quiet[3] &= ~termios.ECHO
                termios.tcsetattr(fd, termios.TCSADRAIN, quiet)


def _write(text: str) -> None:
    """Write past Python's buffer, so that a frame is never half there."""
    data = memoryview(text.encode("utf-8", "replace"))
    fd = sys.stdout.fileno()
    while data:
        data = data[os.write(fd, data) :]
