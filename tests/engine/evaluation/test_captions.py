"""The captions by hand are what they are said to be."""

from __future__ import annotations

from engine.data.captions import canonical_caption
from engine.evaluation.captions import load_captions
from engine.image.layout import Figure, Layout
from engine.image.mentions import find_place, find_subjects, find_time, find_weather


def test_there_are_a_hundred_unlike_each_other_about_many_things() -> None:
    captions = load_captions()
    assert len(captions) == len(set(captions)) == 100
    subjects = {name for caption in captions for name in find_subjects(caption)}
    assert len(subjects) >= 100
    assert len({find_place(c) for c in captions} - {None}) >= 25
    assert {find_time(c) for c in captions} >= {"dawn", "day", "sunset", "night"}
    assert {find_weather(c) for c in captions} >= {"rain", "snow", "fog", "rainbow", "cloudy"}


def test_every_caption_names_a_subject_and_none_is_the_renderers_own() -> None:
    for caption in load_captions():
        names = find_subjects(caption)
        assert names, caption
        layout = Layout(
            find_place(caption) or "meadow", find_time(caption) or "day",
            find_weather(caption) or "clear", 0.6, tuple(Figure(n) for n in names[::-1]),
        )  # fmt: skip
        assert caption != canonical_caption(layout)
