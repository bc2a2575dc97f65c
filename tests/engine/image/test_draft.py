"""Prompt to layout to codes, with the shipped models."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from engine.data.scenes import render
from engine.errors import ModelFileError
from engine.image.codec import decode_codes, load_vqgan
from engine.image.composer import LayoutTokens, from_bin, to_bin
from engine.image.draft import DraftModel
from engine.image.layout import Figure, Layout
from engine.image.names import Names
from engine.image.prompts import FALLBACK_HEROES
from engine.image.vocabulary import PLACES

STARTER = Path(__file__).resolve().parents[3] / "engine" / "starter"
FOX = Layout("forest", "night", "snow", 0.6, (Figure("fox", None, 0.5, 0.68, 0.4, 0.5),))
DRAGON = Layout("cave", "day", "clear", 0.66, (Figure("dragon", None, 0.5, 0.6, 0.5, 0.6),))


@cache
def model() -> DraftModel:
    return DraftModel.load(STARTER)


def subjects(layout: Layout) -> set[str]:
    return {figure.subject for figure in layout.figures}


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("a fox in a snowy forest at night", {"fox"}),
        ("a small dragon in a cave", {"dragon"}),
        ("a girl and an owl in a meadow at sunset", {"girl", "owl"}),
        ("the bear meets a rabbit and two mice by the river", {"bear", "rabbit", "mouse"}),
    ],
)
def test_every_subject_of_a_prompt_is_in_its_layout(prompt: str, wanted: set[str]) -> None:
    assert subjects(model().lay_out(prompt, seed=1)) == wanted


def test_place_time_and_weather_are_as_the_prompt_says() -> None:
    layout = model().lay_out("a fox in a forest at night while snow falls", seed=4)
    assert (layout.place, layout.time, layout.weather) == ("forest", "night", "snow")


@pytest.mark.parametrize("prompt", ["", "qwx zzkt", "Лиса в лесу", "🦊" * 300, "a " * 5000])
def test_no_prompt_makes_an_empty_or_invalid_layout(prompt: str) -> None:
    layout = model().lay_out(prompt, seed=11)
    assert subjects(layout) <= set(Names.current().subjects)
    assert layout.figures
    for f in layout.figures:
        assert f.x - f.width / 2 >= -0.01
        assert f.x + f.width / 2 <= 1.01
        assert f.y - f.height / 2 >= -0.01
        assert f.y + f.height / 2 <= 1.01


def test_an_unknown_subject_is_stood_for_by_a_hero_that_the_seed_chooses() -> None:
    heroes = {next(iter(subjects(model().lay_out("a quuxling", seed=s)))) for s in (0, 1, 2)}
    assert len(heroes) == 3
    assert heroes <= set(FALLBACK_HEROES)


def test_a_hero_keeps_colour_and_size_from_page_to_page() -> None:
    red = Figure("dragon", "red", 0.4, 0.6, 0.45, 0.55)
    first = replace(DRAGON, figures=(red,))
    for prompt in ("the dragon by a river", "then night came"):
        figure = model().lay_out(prompt, seed=5, previous=first).figures[-1]
        assert (figure.subject, figure.colour) == ("dragon", "red")
        assert (figure.width, figure.height) == (0.45, 0.55)


def test_another_subject_takes_the_place_of_the_hero() -> None:
    assert subjects(model().lay_out("an owl on a hill", seed=5, previous=DRAGON)) == {"owl"}


def test_sides_said_in_the_prompt_are_kept() -> None:
    prompt = "a dragon on the left and a boy on the right in the mountains"
    for seed in range(3):
        at = {f.subject: f.x for f in model().lay_out(prompt, seed=seed).figures}
        assert at["dragon"] < 0.5 < at["boy"]


def test_layout_tokens_tell_each_kind_apart() -> None:
    tokens = LayoutTokens(Names.current())
    ids = tokens.encode(DRAGON)
    assert len(ids) == 13
    assert len(set(ids)) == 13
    assert max(ids) < tokens.count
    assert all(to_bin(from_bin(i)) == i for i in range(32))


def test_codes_are_the_same_for_a_seed_whatever_the_company() -> None:
    alone = model().draw([FOX], [7])[0]
    together = model().draw([DRAGON, FOX], [3, 7])[1]
    assert np.array_equal(alone, together)
    assert not np.array_equal(alone, model().draw([FOX], [8])[0])


def test_codes_come_in_the_size_asked_for() -> None:
    codes = model().draw([FOX], [1], size=(9, 14))[0]
    assert codes.shape == (9, 14)
    assert codes.min() >= 0
    assert codes.max() < 2048


def test_a_draft_shows_its_figure_in_its_colours() -> None:
    draft = model().draw([FOX, replace(FOX, figures=())], [2, 2])
    vqgan = load_vqgan(STARTER)
    with_fox, without = (decode_codes(vqgan, codes[None])[0].astype(float) for codes in draft)
    middle = np.s_[120:220, 96:160]
    warmth = [(p[middle][..., 0] - p[middle][..., 2]).mean() for p in (with_fox, without)]
    assert warmth[0] > warmth[1] + 20


def test_a_draft_shows_its_place() -> None:
    """A view drawn as its place wants is nearer to that place's scene than to any other's."""
    scenes = {
        place: Layout(place, "day", "clear", info.horizon, backdrop=3)
        for place, info in PLACES.items()
    }
    looks = {place: _small(render(scene, 1, size=128)) for place, scene in scenes.items()}
    shown = ("forest", "mountains", "village", "castle", "farm", "bedroom", "kitchen", "road")
    codes = model().draw([scenes[place] for place in shown], [1] * len(shown))
    vqgan = load_vqgan(STARTER)
    for place, own in zip(shown, codes, strict=True):
        picture = _small(decode_codes(vqgan, own[None])[0])
        distances = {other: float(np.abs(picture - look).mean()) for other, look in looks.items()}
        assert min(distances, key=distances.__getitem__) == place


def _small(picture: np.ndarray) -> np.ndarray:
    side = picture.shape[0] // 32
    small: np.ndarray = picture.reshape(32, side, 32, side, 3).astype(float).mean(axis=(1, 3))
    return small


@pytest.mark.parametrize("name", ["draft", "layout"])
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    for each in ("draft", "layout"):
        shutil.copy(STARTER / f"{each}.safetensors", tmp_path)
    path = tmp_path / f"{name}.safetensors"
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ModelFileError, match=rf"{name}\.safetensors is damaged"):
        DraftModel.load(tmp_path)
