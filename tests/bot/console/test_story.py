from __future__ import annotations

import json
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from tests.bot.console.conftest import Run, environment, wait_for


def events_of(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_plain_output_is_prose_without_escape_codes(pagewright: Run, tmp_path: Path) -> None:
    done = pagewright("story", "a small fox", "--pages", "2", "--seed", "7", "--out", "fox")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "page 1 has a lot to tell" in done.stdout
    assert "[page 2 painted: 10 steps, score 0.31]" in done.stdout
    assert "Your book:  fox/book.html" in done.stdout
    names = {path.name for path in (tmp_path / "fox").iterdir()}
    assert names == {"book.json", "book.html", "book.pdf", "page-01.png", "page-02.png"}


def test_event_lines_are_complete_and_in_order(pagewright: Run, tmp_path: Path) -> None:
    done = pagewright("story", "a small fox", "--pages", "2", "--events")
    events = events_of(done)
    assert (done.returncode, done.stderr) == (0, "")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert all(a["t"] <= b["t"] for a, b in pairwise(events))  # type: ignore[operator]
    kinds = [event["event"] for event in events]
    assert kinds[0] == "queued"
    assert kinds[-1] == "done"
    assert set(kinds) == {"queued", "text", "page_text", "preview", "page", "done"}
    for number in (1, 2):
        of_page = [event for event in events if event.get("page") == number]
        streamed = "".join(str(e["text"]) for e in of_page if e["event"] == "text")
        written = next(e for e in of_page if e["event"] == "page_text")
        assert streamed == written["text"]
        page = next(e for e in of_page if e["event"] == "page")
        assert Image.open(tmp_path / str(page["file"])).format == "PNG"
    book = json.loads((tmp_path / str(events[-1]["book"])).read_text())
    assert book["id"] == events[-1]["story"]
    assert len(book["pages"]) == 2


def test_previews_are_files_while_it_works_and_gone_at_the_end(
    slow_address: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "bot", "story", "a fox", "--pages", "1", "--events"]
    environ = environment(slow_address, tmp_path)
    with subprocess.Popen(
        command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, text=True
    ) as story:
        assert story.stdout is not None
        seen = []
        for line in story.stdout:
            event = json.loads(line)
            if event["event"] == "preview":
                seen.append(event["file"])
                assert Image.open(tmp_path / event["file"]).size == (128, 128)
    assert story.returncode == 0
    assert seen
    assert not any((tmp_path / file).exists() for file in seen)


def test_ctrl_c_stops_cleanly_and_continue_finishes_the_story(
    slow_address: str, tmp_path: Path
) -> None:
    environ = environment(slow_address, tmp_path)
    command = [sys.executable, "-m", "bot", "story", "a fox", "--pages", "2", "--out", "fox"]
    out = tmp_path / "out.txt"
    with out.open("w") as stdout:
        story = subprocess.Popen(
            command, cwd=tmp_path, env=environ, stdout=stdout, stderr=subprocess.PIPE, text=True
        )
        wait_for(lambda: "page 2 has" in out.read_text())
        story.send_signal(signal.SIGINT)
        _, errors = story.communicate(timeout=240)
    assert (story.returncode, errors) == (130, "pagewright: interrupted\n")
    assert "Go on with: pagewright continue" in out.read_text()
    assert not (tmp_path / "fox").exists()

    again = subprocess.run(
        [sys.executable, "-m", "bot", "continue", "last", "--out", "fox"],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    book = json.loads((tmp_path / "fox" / "book.json").read_text())
    assert [page["image"] for page in book["pages"]] == ["page-01.png", "page-02.png"]


def test_a_killed_story_goes_on_from_what_was_finished(slow_address: str, tmp_path: Path) -> None:
    environ = environment(slow_address, tmp_path)
    command = [sys.executable, "-m", "bot", "story", "a fox", "--pages", "2", "--events"]
    out = tmp_path / "out.txt"
    with out.open("w") as stdout:
        story = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=stdout)
        wait_for(lambda: '"event": "preview"' in out.read_text())
        story.kill()
        story.wait()
    again = subprocess.run(
        [*command[:3], "continue", "last", "--events"],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    events = [json.loads(line) for line in again.stdout.splitlines()]
    assert again.returncode == 0, again.stderr
    assert "text" not in {event["event"] for event in events}, "the prose was not written again"
    assert [path.name for path in (tmp_path / "books").iterdir()] == [
        Path(events[-1]["folder"]).name
    ], "previews of the killed telling are no obstacle, and its folder is used again"


def test_a_story_is_listed_shown_continued_and_exported(pagewright: Run, tmp_path: Path) -> None:
    assert pagewright("story", "a small fox", "--pages", "1", "--out", "fox").returncode == 0
    story, title, pages, *_ = pagewright("gallery", "fox").stdout.strip().split("\t")
    assert (title, pages) == ("A Small Fox", "1")
    assert pagewright("gallery", "whale").stdout == ""
    assert "of whom page 1 has" in pagewright("show", story).stdout

    longer = pagewright("continue", "fox", "a storm comes up")
    assert longer.returncode == 0, longer.stderr
    assert len(json.loads((tmp_path / "fox" / "book.json").read_text())["pages"]) == 2

    for kind, start in (("html", b"<!"), ("pdf", b"%PDF"), ("zip", b"PK")):
        done = pagewright("export", story, "--format", kind, "--out", f"x.{kind}")
        assert (done.returncode, done.stdout) == (0, f"x.{kind}\n"), done.stderr
        assert (tmp_path / f"x.{kind}").read_bytes().startswith(start)
    with ZipFile(tmp_path / "x.zip") as archive:
        assert "page-02.png" in archive.namelist()


def test_write_prints_only_the_words(pagewright: Run, tmp_path: Path) -> None:
    done = pagewright("write", "a small fox", "--pages", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "page 1 has a lot to tell" in done.stdout
    assert "painted" not in done.stdout
    assert not (tmp_path / "books").exists()


def test_illustrate_writes_one_picture(pagewright: Run, tmp_path: Path) -> None:
    done = pagewright("illustrate", "a fox:2", "snow", "--seed", "3", "--out", "fox.png")
    assert (done.returncode, done.stdout) == (0, "Your picture: fox.png (seed 3)\n"), done.stderr
    assert Image.open(tmp_path / "fox.png").size == (128, 128)
    events = events_of(pagewright("illustrate", "a fox", "--out", "b.png", "--events"))
    assert [e["event"] for e in events][-2:] == ["page", "done"]


def test_illustrate_reads_weights_and_sizes() -> None:
    from bot.commands.pictures import read_prompt, read_size
    from bot.settings import LimitSettings

    limits = LimitSettings()
    assert (read_prompt("a fox:2", limits).text, read_prompt("a fox:2", limits).weight) == (
        "a fox",
        2.0,
    )
    assert read_prompt("fog : -0.5", limits).weight == -0.5
    assert read_prompt("at 5:30 in the morning", limits).weight == 1.0
    assert read_size("96x64") == (96, 64)
    assert read_size("") == (0, 0)


@pytest.mark.parametrize("options", [(), ("--events",)])
def test_a_closed_pipe_is_no_traceback(
    demo_address: str, tmp_path: Path, options: tuple[str, ...]
) -> None:
    command = [sys.executable, "-m", "bot", "story", "a fox", "--pages", "1", *options]
    environ = environment(demo_address, tmp_path)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=pipe, stderr=pipe) as story:
        assert story.stdout is not None
        assert story.stderr is not None
        story.stdout.readline()
        story.stdout.close()
        errors = story.stderr.read()
    assert story.returncode == 1
    assert errors == b""
