"""The load that ``make bench`` measures, small: the real process, every final delivered."""

from __future__ import annotations

from pathlib import Path

from benchmarks.load_discord import measure_discord_load


def test_a_small_crowd_gets_all_its_stories_without_a_refusal(tmp_path: Path) -> None:
    figures = {
        figure.name.partition(": ")[2]: figure
        for figure in measure_discord_load(tmp_path, servers=2, people=2, spread_s=0.2)
    }
    assert figures["finals lost"].median == 0
    assert figures["429s that were not forced"].median == 0
    assert 0 < figures["bot memory, peak"].median < 200
    assert len(figures) == 7
