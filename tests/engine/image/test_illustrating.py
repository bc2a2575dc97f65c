"""Every way to paint one picture, with the starter models; and what is refused."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.api.events import PaintOptions, Stage
from engine.errors import EngineError
from engine.image.codec import load_vqgan
from engine.image.draft import DraftModel
from engine.image.illustrator import Illustrator
from engine.image.perceptor import load_perceptor
from engine.image.picture import (
    PictureDone,
    PictureEvent,
    PictureFrame,
    PicturePreview,
    PicturePrompt,
    PictureRequest,
    PictureState,
    Prompt,
    decode_mask,
)
from engine.image.requests import RANGES, check_options

STARTER = Path(__file__).parents[3] / "engine" / "starter"
SIDE = 64


def picture(*, colour: str = "red", side: int = SIDE) -> bytes:
    """Return a PNG with a disc on green."""
    image = Image.new("RGB", (side, side), "green")
    ImageDraw.Draw(image).ellipse((side // 4, side // 4, side // 2, side // 2), fill=colour)
    return png(image)


def mask() -> bytes:
    """Return a mask whose right half is open."""
    image = Image.new("L", (SIDE, SIDE), 0)
    image.paste(255, (SIDE // 2, 0, SIDE, SIDE))
    return png(image)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def illustrator() -> Illustrator:
    """Return an illustrator whose one CLIP guides, seconds itself, and judges."""
    perceptor = load_perceptor(STARTER)
    return Illustrator(
        load_vqgan(STARTER),
        [perceptor, perceptor],
        DraftModel.load(STARTER),
        judge=perceptor,
        threads=2,
    )


def ask(**changes: Any) -> PictureRequest:
    """Return a request for two quick steps from a gradient."""
    options = PaintOptions(**({"start": "gradient"} | changes.pop("options", {})))
    request = PictureRequest(
        key=1, prompts=(Prompt("a red fox"),), seed=3, steps=2, cuts=2, width=SIDE, height=SIDE,
        options=options,
    )  # fmt: skip
    return replace(request, **changes)


def events(
    illustrator: Illustrator, request: PictureRequest, *, stop_after: int = 1000
) -> list[PictureEvent]:
    """Paint a request; stop once so many events have come."""
    seen: list[PictureEvent] = []
    for event in illustrator.paint(
        [request], preview_seconds=0, should_stop=lambda: len(seen) >= stop_after
    ):
        seen.append(event)
    return seen


def paint(illustrator: Illustrator, request: PictureRequest) -> PictureDone:
    """Paint a request to its end."""
    return next(e for e in events(illustrator, request) if isinstance(e, PictureDone))


OPTIONS: list[dict[str, Any]] = [
    {"form": "cosine"}, {"alpha": 3.0}, {"lettering": 2.0}, {"rate": 0.9}, {"rate_last": 0.0},
    {"warm_up": 2}, {"calm": 3.0}, {"pull": 50.0}, {"pull_last": 0.0, "pull": 50.0},
    {"anchor": 500.0}, {"variation": 500.0}, {"smooth": 900.0}, {"quantise": True},
    {"limits": "inwards"}, {"limits": "none"}, {"average": 0.9}, {"start": "codes"},
    {"start": "pixels"}, {"stages": (Stage(0.9, 0.5),)}, {"jitter": 0.8}, {"erase": 0.8},
    {"noise": 0.8}, {"flips": False}, {"rotation": 0.9}, {"perspective": 0.4}, {"overhang": 0.4},
    {"crop_least": 0.2}, {"crop_most": 0.5}, {"whole_first": 0.0}, {"whole_last": 1.0},
    {"shares": (0.5, 0.1)}, {"best_of": 2}, {"plateau": 1},
]  # fmt: skip
# Of four steps, so that a schedule has room.
FREE = {"start": "gradient", "average": 0.0, "quantise": False}
BASE = ask(steps=4, cuts=3, width=48, height=48, time_lapse=True, options=FREE)
# What shows with other prompts or in longer runs only.
QUIET = ("limits", "plateau", "best_of", "warm_up")


def last_frame(illustrator: Illustrator, request: PictureRequest) -> NDArray[np.uint8]:
    """Return a picture as its last step left it, be it the best or not."""
    frames = [e for e in events(illustrator, request) if isinstance(e, PictureFrame)]
    return frames[-1].pixels


@pytest.fixture(scope="module")
def plain(illustrator: Illustrator) -> NDArray[np.uint8]:
    """Return the picture without any option."""
    return last_frame(illustrator, BASE)


@pytest.mark.parametrize("changes", OPTIONS, ids=lambda c: "-".join(map(str, c)))
def test_every_option_paints_and_changes_the_picture(
    illustrator: Illustrator, plain: NDArray[np.uint8], changes: dict[str, Any]
) -> None:
    options = PaintOptions(**(FREE | changes))
    seen = events(illustrator, replace(BASE, options=options))
    *_, frame, done = (e for e in seen if isinstance(e, PictureFrame | PictureDone))
    assert isinstance(frame, PictureFrame)
    assert isinstance(done, PictureDone)
    assert done.pixels.shape == (48, 48, 3)
    assert done.held_out is not None
    assert -1 <= done.held_out <= 1
    if not any(name in QUIET for name in changes):
        assert not np.array_equal(frame.pixels, plain)


def test_the_options_tried_are_all_there_are() -> None:
    tried = {name for changes in OPTIONS for name in changes} | {"beta", "gamma"}
    assert tried == set(vars(PaintOptions()))
    assert set(RANGES) <= tried


def test_excludes_extras_and_pictures_guide_as_well(
    illustrator: Illustrator, plain: NDArray[np.uint8]
) -> None:
    asked = (
        {"exclude": (Prompt("a red fox"),)},
        {"extra": (Prompt("falling snow"),)},
        {"picture_prompts": (PicturePrompt(picture(colour="blue")),)},
        {"prompts": (), "picture_prompts": (PicturePrompt(picture(colour="blue")),)},
        {"prompts": (Prompt("a red fox", stop=10.0), Prompt("a pond"))},
    )
    seen = [last_frame(illustrator, replace(BASE, **changes)) for changes in asked]
    for index, pixels in enumerate([plain, *seen]):
        assert not any(np.array_equal(pixels, other) for other in seen[index:])


def test_a_picture_is_the_same_every_time_whatever_is_looked_at(illustrator: Illustrator) -> None:
    request = ask(options={"best_of": 2, "noise": 0.2, "average": 0.0})
    first = paint(illustrator, request)
    watched = replace(request, preview_steps=1, show_crops=True, time_lapse=True, keep_state=True)
    assert np.array_equal(paint(illustrator, watched).pixels, first.pixels)
    other = paint(illustrator, replace(request, seed=4))
    assert not np.array_equal(other.pixels, first.pixels)


def test_it_starts_from_a_picture_or_latents(illustrator: Illustrator) -> None:
    given = replace(ask(init_image=picture()), options=PaintOptions(rate=0.001))
    from_picture = paint(illustrator, given)
    assert from_picture.pixels[SIDE * 3 // 8, SIDE * 3 // 8].argmax() == 0  # the red disc
    codes = from_picture.codes.astype(np.int64)
    warm = replace(given, init_image=b"", codes=codes, width=0, height=0)
    assert np.abs(paint(illustrator, warm).pixels.astype(int) - from_picture.pixels).mean() < 12
    larger = paint(illustrator, replace(warm, width=96, height=128))
    assert larger.pixels.shape == (128, 96, 3)
    assert larger.codes.shape == (16, 12)


@pytest.mark.parametrize("start", ["draft", "picture", "codes"])
def test_a_mask_changes_its_region_and_nothing_else(illustrator: Illustrator, start: str) -> None:
    request = ask(init_image=picture(), mask=mask(), options={"start": start})
    done = paint(illustrator, request)
    before = np.asarray(Image.open(io.BytesIO(picture())))
    half = SIDE // 2
    assert np.array_equal(done.pixels[:, :half], before[:, :half])
    assert not np.array_equal(done.pixels[:, half:], before[:, half:])


def test_a_canvas_grows_around_its_picture(illustrator: Illustrator) -> None:
    request = ask(init_image=picture(), extend=(32, 0, 0, 16), options={"start": "draft"})
    done = paint(illustrator, request)
    assert done.pixels.shape == (SIDE + 16, SIDE + 32, 3)
    inside = done.pixels[8 : SIDE - 8, 40:]
    assert np.array_equal(inside, np.asarray(Image.open(io.BytesIO(picture())))[8:-8, 8:])


def test_previews_come_at_steps_and_frames_after_each(illustrator: Illustrator) -> None:
    request = ask(steps=6, preview_steps=2, time_lapse=True, show_crops=True)
    seen = events(illustrator, request)
    assert [e.step for e in seen if isinstance(e, PicturePreview)] == [0, 2, 4]
    assert [e.step for e in seen if isinstance(e, PictureFrame)] == list(range(7))
    done = next(e for e in seen if isinstance(e, PictureDone))
    assert done.crops is not None
    views = 2 + 3  # cuts, and those of the fox
    assert done.crops.shape == (3 * 66, views * 66, 3)


def test_a_picture_stopped_anywhere_goes_on_as_if_never_stopped(illustrator: Illustrator) -> None:
    request = ask(
        steps=5, keep_state=True, width=32, height=32, options={"best_of": 2, "average": 0.0}
    )
    whole = paint(illustrator, request)
    for stop in (1, 3):
        *_, done, state = events(illustrator, replace(request, stop_at=stop))
        assert isinstance(done, PictureDone)
        assert isinstance(state, PictureState)
        assert (done.steps, state.step) == (stop, stop)
        other = Illustrator(
            illustrator.vqgan, illustrator.painter.perceptors, illustrator.drafts, threads=1
        )
        resumed = paint(other, replace(request, state=state.data))
        assert np.array_equal(resumed.pixels, whole.pixels)
        assert resumed.score == whole.score


def test_a_cancel_takes_effect_within_a_step_and_leaves_the_state(
    illustrator: Illustrator,
) -> None:
    request = ask(steps=50, time_lapse=True, keep_state=True)
    seen = events(illustrator, request, stop_after=5)
    assert isinstance(seen[-1], PictureState)
    frames = [e.step for e in seen if isinstance(e, PictureFrame)]
    assert seen[-1].step - frames[-1] <= 1
    assert not any(isinstance(e, PictureDone) for e in seen)


def test_a_prompt_beyond_the_context_is_cut_at_a_word_and_says_so(
    illustrator: Illustrator,
) -> None:
    long = "a red fox " + "in a green wood with tall trees " * 12
    done = paint(illustrator, ask(prompts=(Prompt(long),)))
    assert len(done.notes) == 1
    assert "too long" in done.notes[0]
    end = done.notes[0].split('"')[1]
    assert end in long
    assert long[long.index(end) + len(end)] == " "


def test_a_picture_of_any_multiple_of_the_factor(illustrator: Illustrator) -> None:
    done = paint(illustrator, ask(width=104, height=40))
    assert done.pixels.shape == (40, 104, 3)
    assert done.codes.shape == (5, 13)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"prompts": ()}, "no prompt"),
    ({"width": 70}, "multiple of 8"),
    ({"width": 2048}, "from 32 to 1024"),
    ({"steps": 5000}, "5000 steps"),
    ({"cuts": 500}, "500 cuts"),
    ({"prompts": (Prompt("a", float("nan")),)}, "weight"),
    ({"prompts": (Prompt("a", stop=float("nan")),)}, "stop"),
    ({"prompts": (Prompt("a"),) * 17}, "too many"),
    ({"mask": mask()}, "no picture is given"),
    ({"extend": (8, 0, 0, 0)}, "no picture is given"),
    ({"extend": (7, 0, 0, 0), "init_image": picture()}, "multiples of 8"),
    ({"extend": (1000, 0, 0, 0), "init_image": picture()}, "canvas would be too large"),
    ({"init_image": picture()}, "cannot start from"),
    ({"init_image": b"GIF89a"}, "picture to start from cannot be read"),
    ({"init_image": picture(), "mask": b"\x89PNG\r\n\x1a\n"}, "mask cannot be read"),
    ({"init_image": picture(), "mask": png(Image.new("L", (9, 9)))}, "black all over"),
    ({"picture_prompts": (PicturePrompt(b"no"),)}, "picture to be like cannot be read"),
    ({"codes": np.full((8, 8), 5000), "options": {"start": None}}, "another model"),
    (
        {"codes": np.zeros((1, 8), dtype=np.int64), "options": {"start": None}},
        "no size that can be painted",
    ),
    ({"options": {"start": "picture"}}, "none is given"),
    ({"options": {"form": "square"}}, '--form "square"'),
    ({"options": {"rate": float("nan")}}, "--rate nan"),
    ({"options": {"jitter": 7.0}}, "--jitter 7"),
    ({"options": {"best_of": 0}}, "--best-of 0"),
    ({"options": {"shares": (1.0,)}}, "this engine has 2"),
    ({"options": {"shares": (0.0, 0.0)}}, "not all 0"),
    ({"options": {"crop_least": 0.9, "crop_most": 0.3}}, "put the least first"),
    ({"options": {"stages": (Stage(0.5, 0.6), Stage(0.4, 0.8))}}, "must grow"),
    ({"options": {"stages": (Stage(1.5, 0.6),)}}, "must grow"),
    ({"state": b"\x80\x04K\x01."}, "state to go on from is damaged"),
]


@pytest.mark.parametrize(("changes", "message"), BAD, ids=[m for _, m in BAD])
def test_what_cannot_be_painted_is_one_clear_line(
    illustrator: Illustrator, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(EngineError, match=message) as refused:
        events(illustrator, ask(**changes))
    assert refused.value.code == "bad_input"
    assert "\n" not in refused.value.message


def test_options_within_their_range_are_taken() -> None:
    for name, span in RANGES.items():
        for value in span:
            beside = {"crop_least": span[0]} if name == "crop_most" else {}
            beside |= {"crop_most": span[1]} if name == "crop_least" else {}
            check_options(PaintOptions(**beside | {name: value}))


def test_a_mask_in_colours_counts_by_its_brightness() -> None:
    image = Image.new("RGBA", (10, 20), (255, 255, 255, 255))
    image.paste((0, 0, 0, 255), (0, 0, 10, 10))
    opened: NDArray[np.uint8] = decode_mask(png(image), width=10, height=20)
    assert opened[:8].max() == 0
    assert opened[12:].min() == 255


def test_nothing_of_a_painted_picture_is_left_in_inference_mode(illustrator: Illustrator) -> None:
    work = illustrator.begin(ask(init_image=picture(), mask=mask(), options={"start": "draft"}))
    tensors = [work.best.painting.start, work.best.painting.freedom]
    assert not any(tensor.is_inference() for tensor in tensors)
    assert torch.is_grad_enabled()
