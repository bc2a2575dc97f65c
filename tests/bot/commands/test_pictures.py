"""``illustrate`` and ``film`` with a real engine: what is kept, read back, stopped and gone on."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw

from bot.commands.picture_wish import read_request
from bot.commands.pictures import Outputs, PictureWish, _Job, _Painted
from bot.console.painting import PaintingEvents
from bot.errors import PagewrightError
from bot.settings import Settings
from engine.api.events import Latents, PageDone, PictureVerdict
from tests.bot.console.conftest import environment

Run = Callable[..., subprocess.CompletedProcess[str]]

QUICK = ("--size", "64x64", "--steps", "4", "--cuts", "3", "--seed", "5")


@pytest.fixture
def pagewright(engine_address: str, tmp_path: Path) -> Run:
    """Return a function that runs a command line against the shared engine."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=tmp_path, env=environment(engine_address, tmp_path), capture_output=True,
            text=True, timeout=240, check=False,
        )  # fmt: skip

    return run


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))


def frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def test_a_picture_tells_how_it_was_painted_and_is_painted_again(
    pagewright: Run, tmp_path: Path
) -> None:
    options = (
        "--start", "gradient", "--rate", "0.3", "--noise", "0.1", "--form", "cosine",
        "--exclude", "fog:0.5", "--extra", "falling snow:0.3:-2", "--best-of", "2",
    )  # fmt: skip
    done = pagewright("illustrate", "a red fox:2", *QUICK, *options, "--out", "a.png")
    assert (done.returncode, done.stdout) == (0, "Your picture: a.png (seed 5)\n"), done.stderr
    kept = json.loads(Image.open(tmp_path / "a.png").info["pagewright"])
    assert kept["wish"]["prompts"] == ["a red fox:2"]
    assert kept["wish"]["options"]["noise"] == 0.1
    assert kept["profile"] == "starter"
    again = pagewright("illustrate", "--like", "a.png", "--out", "b.png")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    other = pagewright("illustrate", "--like", "a.png", "--seed", "6", "--out", "c.png")
    assert other.returncode == 0, other.stderr
    assert not np.array_equal(pixels(tmp_path / "a.png"), pixels(tmp_path / "c.png"))


def test_everything_that_can_be_kept_is_kept(pagewright: Run, tmp_path: Path) -> None:
    files = (
        "--show-crops", "crops.webp", "--latents", "fox.json", "--film", "fox.mp4",
        "--save-state", "fox.state", "--previews", "seen", "--preview-steps", "2",
    )  # fmt: skip
    start = ("--start", "gradient")
    done = pagewright("illustrate", "a fox", *QUICK, *start, *files, "--out", "fox.png", "--events")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [e["step"] for e in events if e["event"] == "preview"] == [0, 2]
    assert sorted(p.name for p in (tmp_path / "seen").iterdir()) == [
        "step-0000.webp", "step-0002.webp",
    ]  # fmt: skip
    assert Image.open(tmp_path / "crops.webp").width > 200
    shown = frames(tmp_path / "fox.mp4")
    assert len(shown) >= 100
    assert np.abs(shown[0].astype(int) - shown[-1]).mean() > 1
    codes = json.loads((tmp_path / "fox.json").read_text())["latents"]
    assert (codes["height"], codes["width"]) == (8, 8)


def test_a_stopped_picture_goes_on_in_another_command(pagewright: Run, tmp_path: Path) -> None:
    disc = Image.new("RGB", (64, 64), "navy")
    ImageDraw.Draw(disc).ellipse((16, 16, 48, 48), fill="orange")
    disc.save(tmp_path / "disc.png")
    ask = ("illustrate", "a fox", *QUICK, "--init", "disc.png", "--erase", "0.3")
    assert pagewright(*ask, "--out", "whole.png").returncode == 0
    half = pagewright(*ask, "--stop-at", "2", "--save-state", "a.state", "--out", "half.png")
    assert half.returncode == 0, half.stderr
    (tmp_path / "disc.png").unlink()
    rest = pagewright("illustrate", "--resume", "a.state", "--out", "rest.png")
    assert rest.returncode == 0, rest.stderr
    assert np.array_equal(pixels(tmp_path / "whole.png"), pixels(tmp_path / "rest.png"))
    wrong = pagewright("illustrate", "a bear", "--resume", "a.state", "--out", "no.png")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "as it was begun" in wrong.stderr
    assert not (tmp_path / "no.png").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_an_interrupt_keeps_the_state(engine_address: str, pagewright: Run, tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "bot", "illustrate", "a fox", "--start", "gradient", "--size",
        "64x64", "--steps", "900", "--cuts", "3", "--seed", "1", "--events", "--preview-steps",
        "1", "--save-state", "a.state", "--out", "a.png",
    ]  # fmt: skip
    environ = environment(engine_address, tmp_path)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=pipe, stderr=pipe) as work:
        assert work.stdout is not None
        assert work.stderr is not None
        _until(work.stdout, '"step": 2')
        os.kill(work.pid, signal.SIGINT)
        errors = work.stderr.read().decode()
    assert work.returncode == 130, errors
    assert "--resume a.state" in errors
    step = int(errors.split("after step ")[1].split(";")[0])
    rest = pagewright(
        "illustrate", "--resume", "a.state", "--steps", str(step + 2), "--out", "b.png"
    )
    assert rest.returncode == 0, rest.stderr


def _until(stream: Iterator[bytes], wanted: str) -> None:
    end = time.monotonic() + 120
    for line in stream:
        if wanted in line.decode():
            return
        assert time.monotonic() < end


def test_a_film_flows_through_pictures_and_loops(pagewright: Run, tmp_path: Path) -> None:
    for name, start in (("a", "codes"), ("b", "gradient")):
        ask = ("illustrate", "a fox", *QUICK, "--start", start, "--latents", f"{name}.json")
        assert pagewright(*ask, "--out", f"{name}.png").returncode == 0
    done = pagewright("film", "a.png", "b.json", "--frames", "8", "--hold", "2", "--out", "f.mp4")
    assert (done.returncode, done.stdout) == (0, "Your film: f.mp4\n"), done.stderr
    shown = frames(tmp_path / "f.mp4")
    assert len(shown) == 2 * (8 + 2)
    assert np.abs(shown[0].astype(int) - pixels(tmp_path / "a.png")).mean() < 25
    straight = pagewright("film", "a.png", "b.png", "--frames", "8", "--no-loop", "--out", "g.mp4")
    assert straight.returncode == 0, straight.stderr
    assert len(frames(tmp_path / "g.mp4")) == 8 + 1


@pytest.mark.parametrize("pictures", ["block", "spoiler"])
def test_a_picture_that_may_not_be_shown_is_not_kept(tmp_path: Path, pictures: str) -> None:
    moderation = {"pictures": pictures, "unwanted_in_pictures": ["a ghost"]}
    settings = Settings.model_validate({"moderation": moderation})
    wish, out = PictureWish(("a ghost",), seed=1), tmp_path / "ghost.png"
    outputs = Outputs(out, latents=tmp_path / "ghost.json")
    image = io.BytesIO()
    Image.new("RGB", (8, 8)).save(image, "PNG")
    page = PageDone(
        page=1, text="", prompt="a ghost", alt="A ghost.", image=image.getvalue(),
        latents=Latents(1, 1, (0,)), seed=1, steps=1, clip_score=0.5, seconds=1.0,
        verdict=PictureVerdict(True, "a ghost", 0.9),
    )  # fmt: skip
    request = read_request(wish, {}, settings)
    job = _Job(settings, wish, {}, request, outputs, PaintingEvents())
    if pictures == "spoiler":
        assert job._keep(_Painted(page)) == 0
        assert out.exists()
        return
    with pytest.raises(PagewrightError, match='may show "a ghost"'):
        job._keep(_Painted(page))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("illustrate",), "no prompt"),
        (("illustrate", "a fox", "--size", "70x64"), "multiple of 8"),
        (("illustrate", "a fox", "--init", "none.png"), "none.png cannot be read"),
        (("illustrate", "a fox", "--mask", "bad.png"), "black all over"),
        (("illustrate", "a fox", "--extend", "8,0,0,0"), "no picture"),
        (("illustrate", "a fox", "--like", "bad.png"), "holds no settings"),
        (("illustrate", "a fox", "--resume", "bad.png"), "is no state"),
        (("illustrate", "a fox", "--from", "bad.png"), "holds no settings"),
        (("illustrate", "a fox", "--rate", "9"), "--rate 9"),
        (("illustrate", "a fox", "--start", "nothing"), '--start "nothing"'),
        (("illustrate", "a fox", "--small-first", "x"), "SHARE:UNTIL"),
        (("illustrate", "a fox", "--extend", "1,2"), "LEFT,TOP,RIGHT,BOTTOM"),
        (("illustrate", "a fox", "--perceptors", "1,1"), "this engine has 1"),
        (("illustrate", "a fox", "--film", "a.gif"), "end it with .mp4"),
        (("illustrate", "a fox", "--style", "nope"), "nope"),
        (("film", "bad.png", "bad.png"), "holds no settings"),
        (("film", "nostory", "--out", "x.avi"), "end it with .mp4"),
        (("film", "nostory"), "nostory"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    pagewright: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    Image.new("RGB", (32, 32)).save(tmp_path / "bad.png")
    done = pagewright(*arguments)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("pictures/*"))
    assert not list(tmp_path.glob("*.mp4"))
