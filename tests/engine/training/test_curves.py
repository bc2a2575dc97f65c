"""Curves of a run's log."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from engine.training.curves import draw_curves, read_series

LOG = """{"step": 1, "minutes": 0.5, "loss": 3.0}
{"step": 2, "minutes": 1.0, "loss": 2.5, "bits": {"valid": 1.5}}
{"step": 3, "minu
{"step": 4, "minutes": 2.0, "loss": 2.0, "bits": {"valid": 1.25}}
"""


def test_each_figure_is_a_series_over_minutes_and_a_torn_line_is_left_out(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(LOG)
    assert read_series(log) == {
        "loss": [(0.5, 3.0), (1.0, 2.5), (2.0, 2.0)],
        "bits valid": [(1.0, 1.5), (2.0, 1.25)],
    }


def test_curves_are_drawn_and_an_empty_log_draws_none(tmp_path: Path) -> None:
    log, picture = tmp_path / "log.jsonl", tmp_path / "curves.png"
    log.write_text("")
    assert not draw_curves(log, picture)
    log.write_text(LOG)
    assert draw_curves(log, picture)
    with Image.open(picture) as image:
        assert image.width > image.height
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".part"] == []
