"""The illustrator with the starter models: previews, finished pictures, seeds, stops, bad input."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError, ModelFileError
from engine.image.illustrator import Illustrator
from engine.image.picture import PictureDone, PicturePreview, PictureRequest, Prompt
from engine.image.styles import STYLES, find_style

STARTER = Path(__file__).parents[3] / "engine" / "starter"


@pytest.fixture(scope="module")
def illustrator() -> Illustrator:
    """Return the illustrator with the shipped models."""
    return Illustrator.load(STARTER)


def ask(key: int, text: str, **options: object) -> PictureRequest:
    """Return a request for a quick picture."""
    request = PictureRequest(
        key=key, prompts=(Prompt(text),), seed=key, steps=4, cuts=4, width=128, height=128
    )
    return replace(request, **options)  # type: ignore[arg-type]


FOX = ask(1, "a fox in a forest at night")
BEAR = ask(2, "a brown bear on a beach by day")


def paint(
    illustrator: Illustrator, *requests: PictureRequest, preview_seconds: float = 0.0
) -> tuple[list[PicturePreview], dict[int, PictureDone]]:
    """Paint requests to the end."""
    previews, done = [], {}
    events = illustrator.paint(requests, preview_seconds=preview_seconds, should_stop=lambda: False)
    for event in events:
        if isinstance(event, PictureDone):
            done[event.key] = event
        else:
            previews.append(event)
    return previews, done


def test_drafts_come_first_then_previews_then_pictures(illustrator: Illustrator) -> None:
    previews, done = paint(illustrator, FOX, BEAR, preview_seconds=1e-6)
    assert [(p.key, p.step) for p in previews[:2]] == [(1, 0), (2, 0)]
    assert [p.step for p in previews if p.key == 1] == [0, 1, 2, 3]
    for key in (1, 2):
        picture = done[key]
        assert picture.pixels.shape == (128, 128, 3)
        assert picture.pixels.dtype == np.uint8
        assert picture.codes.shape == (16, 16)
        assert 0 <= picture.codes.min() <= picture.codes.max() < 2048
        assert picture.steps == 4
        assert -1 <= picture.score <= 1
    assert not any(math.isnan(p.score) for p in previews)


def test_the_usual_picture_is_larger_than_its_draft(illustrator: Illustrator) -> None:
    _, done = paint(illustrator, replace(FOX, width=0, height=0, steps=1))
    assert done[1].pixels.shape == (256, 256, 3)
    assert done[1].codes.shape == (32, 32)


def test_the_layout_shows_what_the_prompt_says(illustrator: Illustrator) -> None:
    layout = illustrator.lay_out(FOX)
    assert (layout.place, layout.time) == ("forest", "night")
    assert "fox" in [figure.subject for figure in layout.figures]


def test_the_same_request_gives_the_same_picture_and_another_seed_another(
    illustrator: Illustrator,
) -> None:
    _, first = paint(illustrator, FOX)
    _, again = paint(illustrator, FOX)
    _, other = paint(illustrator, replace(FOX, seed=77))
    assert np.array_equal(first[1].pixels, again[1].pixels)
    assert np.array_equal(first[1].codes, again[1].codes)
    assert first[1].layout == again[1].layout
    assert not np.array_equal(first[1].pixels, other[1].pixels)


def test_a_picture_is_the_same_alone_and_in_company(illustrator: Illustrator) -> None:
    _, alone = paint(illustrator, FOX)
    _, together = paint(
        illustrator, BEAR, ask(3, "a dragon by a castle", steps=6, cuts=6), FOX, preview_seconds=0.1
    )
    assert np.array_equal(alone[1].pixels, together[1].pixels)
    assert alone[1].score == together[1].score


def test_a_freshly_loaded_illustrator_paints_the_same(illustrator: Illustrator) -> None:
    _, first = paint(illustrator, FOX)
    _, second = paint(Illustrator.load(STARTER), FOX)
    assert np.array_equal(first[1].pixels, second[1].pixels)


def test_a_finished_picture_never_scores_below_its_draft(illustrator: Illustrator) -> None:
    previews, done = paint(illustrator, replace(FOX, steps=10), replace(BEAR, steps=10))
    for draft in previews:
        assert done[draft.key].score >= draft.score


def test_a_stop_takes_effect_within_one_step(illustrator: Illustrator) -> None:
    taken = 0

    def should_stop() -> bool:
        return taken >= 4

    def steps() -> Iterator[int]:
        for event in illustrator.paint(
            [replace(FOX, steps=50), replace(BEAR, steps=50)],
            preview_seconds=1e-6, should_stop=should_stop,
        ):  # fmt: skip
            assert isinstance(event, PicturePreview)
            yield event.step

    latest = 0
    for step in steps():
        taken += 1
        latest = max(latest, step)
    # Two drafts, then two previews a step.
    assert taken in (4, 5, 6)
    assert latest <= 2


def test_previous_keeps_the_hero(illustrator: Illustrator) -> None:
    first = illustrator.lay_out(ask(1, "a green dragon in a cave by day"))
    second = illustrator.lay_out(ask(2, "a dragon by a lake at night", previous=first))
    assert second.figures[-1].subject == "dragon"
    assert second.figures[-1].colour == first.figures[-1].colour


def test_a_given_layout_is_painted_as_it_stands(illustrator: Illustrator) -> None:
    layout = illustrator.lay_out(BEAR)
    _, done = paint(illustrator, replace(FOX, layout=layout))
    assert done[1].layout == layout


def test_other_sizes_are_painted(illustrator: Illustrator) -> None:
    _, done = paint(illustrator, replace(FOX, width=232, height=152, steps=2))
    assert done[1].pixels.shape == (152, 232, 3)
    assert done[1].codes.shape == (19, 29)


def test_a_given_picture_is_where_the_painting_starts(illustrator: Illustrator) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 60, 40)).save(buffer, "PNG")
    previews, _ = paint(illustrator, replace(FOX, init_image=buffer.getvalue()))
    mean = previews[0].pixels.mean(axis=(0, 1))
    assert mean[0] > 150
    assert max(mean[1:]) < 110


def test_weights_excludes_and_extras_change_the_picture(illustrator: Illustrator) -> None:
    _, plain = paint(illustrator, FOX)
    for change in (
        {"exclude": (Prompt("a red balloon", 2.0),)},
        {"extra": (Prompt("snow"),)},
        {"prompts": (Prompt(FOX.prompts[0].text, 0.3),)},
    ):
        _, changed = paint(illustrator, replace(FOX, layout=plain[1].layout, **change))  # type: ignore[arg-type]
        assert not np.array_equal(changed[1].pixels, plain[1].pixels)


def test_a_style_changes_the_scene_where_the_prompt_leaves_it_open(
    illustrator: Illustrator,
) -> None:
    assert illustrator.lay_out(replace(BEAR, style="moonlit")).time == "night"
    assert illustrator.lay_out(replace(BEAR, style="Winter")).weather == "snow"
    assert illustrator.lay_out(replace(FOX, style="golden")).time == "night"


def test_styles_read_as_prompts_do() -> None:
    assert find_style("").apply("a bear by day") == "a bear by day"
    assert find_style("moonlit").apply("a bear on a beach by day") == "a bear on a beach at night"
    assert "snow" in find_style("winter").apply("A bear sleeps.")
    assert all(name == style.name for name, style in STYLES.items())


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"style": "cubist\n<b>"}, "storybook"),
        ({"prompts": (Prompt(" "),)}, "no prompt"),
        ({"width": 130}, "multiple of 8"),
        ({"init_image": b"no picture"}, "cannot be read"),
    ],
)
def test_bad_input_is_one_clear_line(
    illustrator: Illustrator, change: dict[str, object], word: str
) -> None:
    request = replace(FOX, **change)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=word) as caught:
        paint(illustrator, request)
    assert caught.value.code == "bad_input"
    assert "\n" not in caught.value.message


def test_a_long_prompt_in_any_script_is_painted(illustrator: Illustrator) -> None:
    _, done = paint(illustrator, ask(1, "дракон 竜 " * 300, steps=1))
    assert 1 in done


def test_no_models_is_a_model_file_error(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="vqgan"):
        Illustrator.load(tmp_path)
