"""The whole pack by one command: order, failures, and a stop that loses nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine.data import dataset
from engine.errors import EngineError
from engine.training import together
from engine.training.common import STOP, Clock, TrainOptions
from engine.training.together import PARTS, Part
from tests.engine.training.scenes import need_font

WAITS = "import signal, time, pathlib; signal.signal(signal.SIGTERM, lambda *_: " \
    "(pathlib.Path(r'{}').touch(), exit(0))); time.sleep(60)"  # fmt: skip


@pytest.fixture(autouse=True)
def nobody_said_stop() -> Iterator[None]:
    STOP.clear()
    yield
    STOP.clear()


@pytest.fixture
def options(tmp_path: Path) -> TrainOptions:
    (tmp_path / "out").mkdir()
    return TrainOptions(
        out=tmp_path / "out", runs=tmp_path / "runs", data=tmp_path / "data", minutes=1.0
    )


def scripts(monkeypatch: pytest.MonkeyPatch, parts: Sequence[Part], **codes: str) -> None:
    """Let recipes be a few lines of Python each; those not named note that they have run."""
    monkeypatch.setattr(together, "PARTS", tuple(parts))

    def command(self: together._Run, part: Part) -> list[str]:
        note = f"open(r'{self.options.runs}/order', 'a').write('{part.name} ')"
        return [sys.executable, "-c", codes.get(part.name, note)]

    monkeypatch.setattr(together._Run, "_command", command)


def test_every_recipe_comes_after_what_it_needs_and_the_chain_fits_its_time() -> None:
    ends: dict[str, float] = {}
    for part in PARTS:
        ends[part.name] = max((ends[name] for name in part.after), default=0.0) + part.share
    assert set(ends) == {
        "data", "vqgan", "judge", "layout", "story", "codes", "clip", "draft", "decoder"
    }  # fmt: skip
    # The rest is for loading and for writing the pack.
    assert max(ends.values()) <= 0.99
    assert ends["draft"] <= 0.9


def test_recipes_run_in_order_and_what_is_done_is_not_done_again(
    options: TrainOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [Part("draft", 0.1, ("vqgan",)), Part("vqgan", 0.1, ("data",)), Part("data", 0.1)]
    scripts(monkeypatch, parts)
    together.train(options)
    assert (options.runs / "order").read_text().split() == ["data", "vqgan", "draft"]
    assert set(json.loads((options.runs / together.STATE).read_text())["done"]) == {
        "data", "vqgan", "draft"
    }  # fmt: skip
    together.train(options)
    assert (options.runs / "order").read_text().split() == ["data", "vqgan", "draft"]


def test_others_go_on_where_one_fails_and_one_line_says_why(
    options: TrainOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [Part("vqgan", 0.1), Part("draft", 0.1, ("vqgan",)), Part("story", 0.1)]
    scripts(monkeypatch, parts, vqgan="exit('pagewright engine: no such folder')")
    with pytest.raises(EngineError, match=r"vqgan failed; .*: no such folder$"):
        together.train(options)
    assert (options.runs / "order").read_text().split() == ["story"]


def test_a_stop_reaches_the_recipe_at_work_which_is_not_done_then(
    options: TrainOptions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    scripts(monkeypatch, [Part("vqgan", 0.1)], vqgan=WAITS.format(kept))
    look = together._Run._look

    def stop_soon(self: together._Run) -> None:
        look(self)
        if Path(f"/proc/{self.working['vqgan'].pid}/status").read_text().find("SigCgt") > 0:
            self.turns = getattr(self, "turns", 0) + 1  # type: ignore[attr-defined]
        if self.turns > 10:  # type: ignore[attr-defined]
            STOP.set()

    monkeypatch.setattr(together._Run, "_look", stop_soon)
    with pytest.raises(EngineError, match="goes on from here"):
        together.train(options)
    assert kept.exists()
    assert not (options.runs / together.STATE).exists()


def test_a_run_that_is_told_to_stop_ends_as_if_its_time_were_over() -> None:
    clock = Clock(60.0)
    assert not clock.finished
    STOP.set()
    assert clock.finished
    assert clock.progress < 1


def test_a_data_set_out_of_time_is_what_is_ready_and_a_stop_leaves_it_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_font()
    monkeypatch.setattr(dataset, "SHARD", 2)

    def stop() -> bool:
        raise EngineError("stopped", "stopped")

    with pytest.raises(EngineError, match="stopped"):
        dataset.render_dataset(tmp_path / "a", 8, 1, 1, size=32, until=stop)
    assert not (tmp_path / "a" / "done.json").exists()
    count = dataset.render_dataset(tmp_path / "a", 8, 1, 1, size=32, until=lambda: True)
    assert 0 < count < 8
    scenes = dataset.load_dataset(tmp_path / "a")
    assert len(scenes.images) == len(scenes.layouts) == count
    assert dataset.render_dataset(tmp_path / "a", 8, 1, 1, size=32) == count
