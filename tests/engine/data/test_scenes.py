"""Scenes: what the renderer draws is complete, in range, varied and the same for the same seed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.data import sprites
from engine.data.backgrounds import PAINTERS
from engine.data.captions import canonical_caption, caption
from engine.data.dataset import load_dataset, render_dataset, scene_layout
from engine.data.scenes import random_layout, render
from engine.data.subjects import aspect, sprite
from engine.errors import EngineError
from engine.image.layout import Figure, Layout, layout_from_json, layout_to_json
from engine.image.mentions import find_place, find_subjects
from engine.image.vocabulary import (
    COLOURS,
    PLACES,
    SUBJECTS,
    TIMES,
    WEATHERS,
)

# Only training needs the font: a newcomer's machine may lack it, the checks of a change install it.
try:
    sprites.find_font()
except sprites.FontMissingError as error:
    pytest.skip(str(error), allow_module_level=True)


def _layouts(count: int, seed: int = 11) -> list[Layout]:
    return [scene_layout(seed, index) for index in range(count)]


def _name(figure: Figure) -> str:
    """Return the name that a reader finds: a cat that is black is the black cat."""
    return "black cat" if (figure.subject, figure.colour) == ("cat", "black") else figure.subject


def test_every_subject_has_a_figure() -> None:
    for name in SUBJECTS:
        alpha = np.asarray(sprite(name).getchannel("A"))
        assert (alpha > 128).mean() > 0.1, name
        assert 0.2 < aspect(name) < 4, name


def test_every_figure_changes_the_picture_inside_its_box() -> None:
    empty = Layout("meadow", "day", "clear", 0.55)
    bare = render(empty, 3, size=64).astype(int)
    for name in list(SUBJECTS)[::7]:
        with_figure = replace(empty, figures=(Figure(name, None, 0.5, 0.6, 0.5, 0.5),))
        changed = np.abs(render(with_figure, 3, size=64).astype(int) - bare).sum(axis=2) > 30
        assert changed[22:54, 16:48].mean() > 0.1, name


def test_every_place_is_painted_in_every_time_and_weather() -> None:
    assert set(PAINTERS) == set(PLACES)
    for i, place in enumerate(PLACES):
        for time in TIMES:
            weather = list(WEATHERS)[i % len(WEATHERS)]
            picture = render(Layout(place, time, weather, PLACES[place].horizon), i, size=32)
            assert picture.shape == (32, 32, 3)
            assert picture.std() > 5, (place, time)


def test_night_is_darker_than_day() -> None:
    day = Layout("meadow", "day", "clear", 0.55)
    assert render(replace(day, time="night"), 1).mean() < 0.6 * render(day, 1).mean()


def test_colour_reaches_the_figure() -> None:
    figure = Figure("dragon", "blue", 0.5, 0.6, 0.6, 0.7)
    blue = render(Layout(figures=(figure,)), 1)[50:90, 50:78].mean(axis=(0, 1))
    red = render(Layout(figures=(replace(figure, colour="red"),)), 1)[50:90, 50:78]
    assert blue[2] > blue[0]
    assert red.mean(axis=(0, 1))[0] > red.mean(axis=(0, 1))[2]


def test_people_keep_their_faces_when_their_clothes_are_coloured() -> None:
    own = np.asarray(sprite("princess"), dtype=int)
    dyed = np.asarray(sprite("princess", "green"), dtype=int)
    third = own.shape[0] // 3
    assert np.array_equal(own[:third], dyed[:third])
    assert not np.array_equal(own[2 * third :], dyed[2 * third :])


def test_the_same_seed_gives_the_same_scene_and_another_seed_another() -> None:
    one, again, other = scene_layout(1, 5), scene_layout(1, 5), scene_layout(2, 5)
    assert one == again != other
    assert np.array_equal(render(one, 9), render(again, 9))
    assert not np.array_equal(render(one, 9), render(one, 10))


def test_boxes_stay_inside_the_picture_and_heroes_are_large() -> None:
    for layout in _layouts(300):
        for figure in layout.figures:
            assert figure.x - figure.width / 2 >= -0.02
            assert figure.x + figure.width / 2 <= 1.02
            assert figure.y - figure.height / 2 >= -0.02
            assert figure.y + figure.height / 2 <= 1.0
        hero = layout.figures[-1]
        assert max(hero.height, hero.width) >= 0.25


def test_asked_for_subjects_are_in_the_layout_hero_last() -> None:
    layout = random_layout(np.random.default_rng(1), subjects=("fox", "owl"))
    assert [f.subject for f in layout.figures] == ["owl", "fox"]


def test_names_come_from_the_vocabulary() -> None:
    for layout in _layouts(200):
        assert layout.place in PLACES
        assert layout.time in TIMES
        assert layout.weather in WEATHERS
        assert all(f.subject in SUBJECTS for f in layout.figures)
        assert all(f.colour is None or f.colour in COLOURS for f in layout.figures)


def test_layouts_survive_json() -> None:
    for layout in _layouts(50):
        assert layout_from_json(layout_to_json(layout)) == layout
    with pytest.raises(ValueError, match="not a layout"):
        layout_from_json('{"place": "meadow"}')


def test_canonical_captions_name_all_figures_and_the_place() -> None:
    for layout in _layouts(400):
        text = canonical_caption(layout)
        assert sorted(find_subjects(text)) == sorted(map(_name, layout.figures)), text
        assert find_place(text) == layout.place, text


def test_free_captions_name_all_figures() -> None:
    rng = np.random.default_rng(4)
    for layout in _layouts(400):
        text = caption(layout, rng)
        assert set(map(_name, layout.figures)) <= set(find_subjects(text)), text


def test_captions_of_one_scene_vary() -> None:
    layout = next(x for x in _layouts(100) if len(x.figures) == 2)
    rng = np.random.default_rng(0)
    assert len({caption(layout, rng) for _ in range(40)}) >= 15


def test_a_stopped_data_set_is_finished_with_the_same_scenes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.data.dataset.SHARD", 3)
    whole = tmp_path / "whole"
    render_dataset(whole, 8, 3, 1, size=32)
    stopped = tmp_path / "stopped"
    stopped.mkdir()
    (stopped / "settings.json").write_text((whole / "settings.json").read_text())
    images = np.load(whole / "images.npy").copy()
    images[3:] = 0
    np.save(stopped / "images.npy", images)
    lines = (whole / "layouts.jsonl").read_text().splitlines(keepends=True)
    (stopped / "layouts-0000000.jsonl").write_text("".join(lines[:3]))
    render_dataset(stopped, 8, 3, 1, size=32)
    assert json.loads((stopped / "done.json").read_text()) == {"count": 8, "size": 32, "seed": 3}
    first, second = load_dataset(whole), load_dataset(stopped)
    assert np.array_equal(first.images, second.images)
    assert first.layouts == second.layouts == tuple(scene_layout(3, i) for i in range(8))


def test_a_folder_of_another_data_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"count": 1, "seed": 9, "size": 32}')
    with pytest.raises(EngineError, match="another data set"):
        render_dataset(tmp_path, 8, 3, 1, size=32)


def test_a_missing_font_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sprites, "_FONT_FOLDERS", ("/nowhere",))
    monkeypatch.delenv("PAGEWRIGHT_EMOJI_FONT", raising=False)
    sprites.find_font.cache_clear()
    try:
        with pytest.raises(sprites.FontMissingError, match="fonts-noto-color-emoji"):
            sprites.find_font()
    finally:
        sprites.find_font.cache_clear()


def test_a_view_of_a_place_shows_the_same_things_at_any_time_and_for_any_seed() -> None:
    alike_views = 0
    for place, info in PLACES.items():
        view = Layout(place, "day", "clear", info.horizon, backdrop=3)
        day, evening = (render(replace(view, time=t), 1, size=48).mean(2) for t in ("day", "dawn"))
        other = render(replace(view, backdrop=1), 1, size=48).mean(2)
        ground = np.s_[30:]
        alike = np.corrcoef(day[ground].ravel(), evening[ground].ravel())[0, 1]
        assert alike > 0.9, place
        alike_views += np.array_equal(day, other)
    assert alike_views <= 2  # rooms differ in where their window is, if at all


def test_views_of_even_number_are_mirrored() -> None:
    view = Layout("farm", "day", "clear", PLACES["farm"].horizon, backdrop=5)
    straight, mirrored = (render(replace(view, backdrop=b), 2, size=48) for b in (5, 6))
    # The finish, paper or brush, is not mirrored with it.
    assert np.abs(straight.astype(int) - mirrored[:, ::-1]).mean() < 12


def test_every_place_is_seen_in_a_data_set() -> None:
    places = [layout.place for layout in _layouts(4 * len(PLACES))]
    assert min(places.count(place) for place in PLACES) >= 2
