from __future__ import annotations

import pytest
import torch

from engine.data import sprites
from engine.image.draft import scene_tensors
from engine.image.layout import Figure, Layout
from engine.image.names import Names
from engine.training.looks import (
    FEWEST_SCENES,
    SEEN_OFTEN,
    average_looks,
    portraits,
    rare_subjects,
)

NAMES = Names.current()
COUNT = len(NAMES.subjects) + 1


def scenes_of(*heroes: tuple[str, int]) -> list[Layout]:
    hidden = Figure("cat")
    return [Layout(figures=(hidden, Figure(name))) for name, count in heroes for _ in range(count)]


def test_who_is_seldom_in_front_is_rare_and_among_few_scenes_nobody_is() -> None:
    layouts = scenes_of(("fox", FEWEST_SCENES), ("broom", SEEN_OFTEN - 1), ("owl", SEEN_OFTEN))
    rare = rare_subjects(scene_tensors(layouts, NAMES), subjects=COUNT)
    assert {NAMES.subject("broom"), NAMES.subject("cat")} <= set(rare)
    assert not {NAMES.subject("fox"), NAMES.subject("owl")} & set(rare)
    assert rare_subjects(scene_tensors(layouts[:50], NAMES), subjects=COUNT) == []


def test_portraits_hold_a_subjects_own_colours_wherever_it_stands() -> None:
    try:
        painted, scenes = portraits([NAMES.subject("lemon"), NAMES.subject("broom")], NAMES)
    except sprites.FontMissingError as missing:
        pytest.skip(str(missing))
    mean, deviation = average_looks(painted, scenes, subjects=COUNT, side=28)
    lemon = NAMES.subject("lemon")
    red, green, blue = (mean[lemon, :, 11:17, 11:17] + 1) / 2
    assert red.mean() > 0.8
    assert green.mean() > 0.6
    assert blue.mean() < 0.4
    # What lies behind it changes from portrait to portrait, the figure does not.
    corner, inside = deviation[lemon, :, :3, :3].mean(), deviation[lemon, :, 11:17, 11:17].mean()
    assert corner > 2 * inside
    assert not torch.equal(mean[NAMES.subject("broom")], mean[lemon])
