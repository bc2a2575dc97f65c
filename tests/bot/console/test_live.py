"""The live view in a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from tests.bot.console.conftest import environment


class InTerminal:
    """Runs a command in a pseudo-terminal of 100 by 30 cells and collects what it writes."""

    def __init__(self, address: str, folder: Path, *arguments: str, **env: str) -> None:
        self.master, slave = pty.openpty()
        self.resize(100, 30)
        environ = environment(address, folder) | {"TERM": "xterm-256color"} | env
        for name in ("COLORTERM", "TMUX", "TERM_PROGRAM", "KITTY_WINDOW_ID", "NO_COLOR"):
            if name not in env:
                environ.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=folder, env=environ, stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=self._own_terminal, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.written = ""

    @staticmethod
    def _own_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_until(self, words: str, *, seconds: float = 120.0) -> None:
        end = time.monotonic() + seconds
        while words not in self.written:
            assert time.monotonic() < end, f"waited in vain for {words!r}"
            assert self._read(), f"ended before {words!r}: {self.written[-2000:]!r}"

    def finish(self) -> int:
        while self._read():
            pass
        os.close(self.master)
        return self.process.wait(timeout=240)

    def _read(self) -> bool:
        ready, _, _ = select.select([self.master], [], [], 60)
        try:
            data = os.read(self.master, 65536) if ready else b""
        except OSError:  # Linux says so when the other end is closed
            data = b""
        self.written += data.decode("utf-8", "replace")
        return bool(data)


def test_a_story_is_told_live_and_stays_in_the_scroll_back(
    slow_address: str, tmp_path: Path
) -> None:
    terminal = InTerminal(
        slow_address, tmp_path, "story", "a fox", "--pages", "2", COLORTERM="truecolor"
    )
    terminal.read_until("writing page 1")
    terminal.resize(60, 20)
    terminal.read_until("painting")
    terminal.read_until("▀")
    assert terminal.finish() == 0
    live, _, after = terminal.written.partition("\x1b[?1049l")
    assert live.startswith("\x1b[?1049h")
    assert "\x1b[38;2;" in live
    assert "10/10" in live
    assert "\x1b[?25h" in terminal.written, "the cursor is back"
    assert "▀" in after
    assert "Your book:" in after
    assert "everybody was home" in " ".join(after.split())


def test_ctrl_c_gives_the_terminal_back(slow_address: str, tmp_path: Path) -> None:
    terminal = InTerminal(slow_address, tmp_path, "story", "a fox", "--pages", "4")
    terminal.read_until("writing page 1")
    os.write(terminal.master, b"\x03")
    assert terminal.finish() == 130
    _, _, after = terminal.written.partition("\x1b[?1049l")
    assert "pagewright: interrupted" in after
    assert "Traceback" not in after


def test_without_colours_there_are_words_and_bars_only(slow_address: str, tmp_path: Path) -> None:
    terminal = InTerminal(slow_address, tmp_path, "story", "a fox", "--pages", "1", NO_COLOR="1")
    assert terminal.finish() == 0
    assert "▀" not in terminal.written
    assert not re.search(r"\x1b\[(\d+;)*[34]\d[\d;]*m", terminal.written)
    assert "━" in terminal.written


def test_a_polite_end_is_as_good_as_ctrl_c(slow_address: str, tmp_path: Path) -> None:
    terminal = InTerminal(slow_address, tmp_path, "story", "a fox", "--pages", "4")
    terminal.read_until("writing page 1")
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.finish() == 130
    assert "\x1b[?1049l" in terminal.written
