from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image
from rich.cells import cell_len
from rich.text import Text

from bot.console.layout import (
    bar,
    choose_grid,
    line_being_read,
    prose_lines,
    prose_window,
    wrap,
)
from bot.console.live import LiveView
from bot.console.pixels import fit, half_blocks, nearest_256, open_picture, protocol_image
from bot.console.screen import Frame, Screen
from bot.console.state import PageState, StoryState, readable
from bot.console.terminal import Terminal, inspect_terminal
from bot.storytelling.updates import EngineLost, StoryOpened
from engine.api.events import PageDone, PageText, Preview, Queued, TextDelta
from tests.bot.console.demo_studio import page_done, picture

TRUECOLOR = Terminal(live=True, colour=True, depth="truecolor", graphics="blocks")
OPENED = StoryOpened("s1", "j1", "A fox", seed=1, first_page=1, pages=4)


def tiny() -> Image.Image:
    image = Image.new("RGB", (2, 2))
    image.putdata([(255, 0, 0), (255, 0, 0), (0, 0, 255), (0, 255, 0)])
    return image


class FakeTty(io.TextIOWrapper):
    def __init__(self, *, tty: bool = True, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


def test_half_blocks_are_exact_and_share_colours() -> None:
    assert half_blocks(tiny(), 2, 1, depth="truecolor") == (
        "\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[48;2;0;255;0m▀\x1b[0m",
    )
    assert half_blocks(tiny(), 2, 1, depth="256") == (
        "\x1b[38;5;196;48;5;21m▀\x1b[48;5;46m▀\x1b[0m",
    )


def test_colours_find_their_nearest_of_256() -> None:
    assert nearest_256((0, 0, 0)) == 16
    assert nearest_256((255, 255, 255)) == 231
    assert nearest_256((128, 128, 128)) == 244
    assert nearest_256((95, 135, 175)) == 16 + 36 + 12 + 3


def test_a_picture_fills_its_box_and_keeps_its_shape() -> None:
    assert fit(Image.new("RGB", (128, 128)), 40, 10) == (20, 10)
    assert fit(Image.new("RGB", (128, 128)), 16, 10) == (16, 8)
    assert fit(Image.new("RGB", (256, 128)), 40, 20) == (40, 10)
    assert open_picture(b"no picture") is None


def test_image_protocols_name_their_cells() -> None:
    image = Image.effect_noise((200, 200), 80).convert("RGB")
    kitty = protocol_image(image, 20, 10, graphics="kitty", number=3)
    assert kitty.startswith("\x1b_Ga=T,f=100,i=3,p=1,c=20,r=10,C=1,q=2,m=1;")
    assert kitty.count("\x1b_G") == kitty.count("\x1b\\") > 1
    assert all(len(chunk) <= 4096 + 80 for chunk in kitty.split("\x1b\\"))
    assert "\x1b_Gm=0;" in kitty
    iterm = protocol_image(image, 20, 10, graphics="iterm2")
    assert "1337;File=inline=1;width=20;height=10" in iterm


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, ("truecolor", "blocks")),
        ({"TERM": "xterm-256color"}, ("256", "blocks")),
        ({"TERM": "linux"}, ("none", "none")),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, ("none", "none")),
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, ("truecolor", "kitty")),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, ("truecolor", "iterm2")),
        ({"TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1"}, ("256", "blocks")),
    ],
)
def test_the_environment_tells_what_a_terminal_shows(
    environ: dict[str, str], expected: tuple[str, str]
) -> None:
    terminal = inspect_terminal(FakeTty(), environ=environ)
    assert terminal.live
    assert (terminal.depth, terminal.graphics) == expected


@pytest.mark.parametrize(
    ("stream", "term"),
    [(FakeTty(tty=False), "xterm"), (FakeTty(), "dumb"), (FakeTty(encoding="latin-1"), "xterm")],
)
def test_what_is_no_terminal_gets_plain_output(stream: FakeTty, term: str) -> None:
    assert not inspect_terminal(stream, environ={"TERM": term}).live


def test_pictures_stand_in_a_row_where_wide_and_two_by_two_where_narrow() -> None:
    wide = choose_grid(4, columns=118, rows=24)
    assert (wide.across, wide.down, wide.columns, wide.rows) == (4, 1, 28, 14)
    square = choose_grid(4, columns=40, rows=40)
    assert (square.across, square.down) == (2, 2)
    assert choose_grid(4, columns=40, rows=4).across == 0


def test_text_is_wrapped_at_words_and_by_cells() -> None:
    assert wrap("a small dragon", 8) == ["a small", "dragon"]
    assert all(cell_len(line) <= 10 for line in wrap("小さな竜は火がこわい", 10))


def test_nothing_a_terminal_obeys_survives() -> None:
    assert readable("a\x1b[31m\x07 fox\x9b1m\r\n") == "a[31m fox1m\n"


def test_prose_shows_the_newest_then_moves_at_reading_speed() -> None:
    pages = [PageState(n, text=f"{n} " + "word " * 70) for n in range(1, 5)]
    lines = prose_lines(pages, 40)
    assert prose_window(lines, 1000, since=5) == lines
    assert prose_window(lines, 6, since=-1) == lines[-6:]
    assert prose_window(lines, 6, since=0) == lines[:6]
    assert line_being_read(lines, 30) > line_being_read(lines, 10) > 0
    assert prose_window(lines, 0, since=0) == []


def test_a_bar_says_steps_and_score_within_its_width() -> None:
    page = PageState(2, step=15, steps=60, score=0.314)
    line = bar(page, 30)
    assert line.startswith("2 ━")
    assert line.endswith(" 15/60 0.31")
    assert {len(bar(page, width)) for width in (8, 12)} == {8, 12}
    assert "─" not in bar(replace(page, done=True), 30)


def test_state_follows_a_story_through_the_engines_death() -> None:
    state = StoryState()
    for update in (
        OPENED,
        Queued(2, 40.0),
        TextDelta(1, "A fox"),
        PageText(1, "A fox ran.", "fox", 1),
        TextDelta(2, "It was"),
        EngineLost(1, 3, 1, "gone"),
        TextDelta(2, "It was"),
        Preview(1, 3, 9, 0.2, b"x"),
    ):
        state.apply(update)
    assert state.page(1).text == "A fox ran."
    assert state.page(2).text == "It was"
    state.apply(page_done(1, 1))
    state.apply(Preview(1, 9, 9, 0.3, b"late"))
    assert state.page(1).image != b"late"
    assert state.painted == 1


def plain(line: str) -> str:
    return Text.from_ansi(line).plain


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24), (40, 12), (20, 5), (10, 3)])
@pytest.mark.parametrize("graphics", ["blocks", "none", "kitty"])
def test_every_frame_fits_the_screen(size: tuple[int, int], graphics: str) -> None:
    view = LiveView(replace(TRUECOLOR, graphics=graphics))  # type: ignore[arg-type]
    state = view._state
    state.apply(OPENED)
    for number in range(1, 5):
        state.apply(PageText(number, "Once there was a fox. " * 12, "fox", 1))
        state.apply(Preview(number, 3, 9, 0.2, picture(number, blur=3, form="WEBP")))
    frame = view.frame(size)
    assert len(frame.lines) <= size[1]
    assert max(cell_len(plain(line)) for line in frame.lines) <= size[0]
    blocks = sum(line.count("▀") for line in frame.lines)
    assert bool(blocks) == (graphics == "blocks" and size[0] >= 40)
    assert bool(frame.pictures) == (graphics == "kitty" and size[0] >= 40)
    for placed in frame.pictures:
        assert placed.row < size[1]
        assert placed.column < size[0]


def test_only_lines_that_changed_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr("bot.console.screen._write", written.append)
    screen = Screen()
    screen.draw(Frame((20, 3), ("one", "two", "three")))
    screen.draw(Frame((20, 3), ("one", "TWO", "three")))
    screen.draw(Frame((20, 3), ("one", "TWO", "three")))
    assert len(written) == 2
    assert "TWO" in written[1]
    assert "one" not in written[1]
    screen.draw(Frame((19, 3), ("one", "TWO", "three")))
    assert "\x1b[2J" in written[2], "another size is drawn anew"


def test_a_finished_page_is_drawn_from_its_png() -> None:
    view = LiveView(TRUECOLOR)
    view._state.apply(OPENED)
    done: PageDone = page_done(1, 5)
    view._state.apply(done)
    text = "".join(view.frame((120, 40)).lines)
    assert "▀" in text
    assert "10/10 0.31" in text
