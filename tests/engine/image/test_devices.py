"""Pictures on a GPU, a pretended one where there is none: nothing is left behind on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.image import check
from engine.image.check import ClipCheck
from engine.image.codec import decode_codes, encode_pictures
from engine.image.draft import Decoding
from engine.image.enlarge import EnlargeParams, enlarge
from engine.image.filling import fill_in
from engine.image.film import film_frames
from engine.image.illustrator import Illustrator
from engine.image.layout import Figure, Layout
from engine.image.painter import Painter
from engine.image.params import PaintParams
from engine.image.picture import (
    PictureDone,
    PictureRequest,
    PictureState,
    Prompt,
    encode_png,
)
from engine.machine import choose_device, name_device
from engine.models.precision import in_bfloat16
from engine.models.taming import TamingParams, TamingVQGAN
from engine.profiles import PROFILES
from tests.engine.image.small_models import painting, run, small_perceptor, small_vqgan
from tests.engine.image.tiny_clips import save_clip, save_siglip
from tests.pretend_gpu import MixedDevicesError, pretended

STARTER = PROFILES["starter"]
FOX = Layout(figures=(Figure("fox"),))
SMALL = {"width": 64, "height": 64, "steps": 2, "cuts": 4}


@pytest.fixture(autouse=True)
def gpu() -> Iterator[None]:
    with pretended():
        yield


@pytest.fixture(scope="module")
def starter() -> Illustrator:
    with pretended():
        return Illustrator.load(STARTER, threads=1, device="cuda")


def paint(illustrator: Illustrator, **wish: object) -> list[object]:
    request = PictureRequest(1, (Prompt("a fox in the snow"),), seed=3, **{**SMALL, **wish})  # type: ignore[arg-type]
    return list(illustrator.paint([request], preview_seconds=0, should_stop=lambda: False))


def done(events: list[object]) -> PictureDone:
    return next(event for event in events if isinstance(event, PictureDone))


def test_a_pretended_gpu_refuses_what_a_real_one_refuses() -> None:
    here, there = torch.ones(3), torch.ones(3, device="cuda")
    assert there.device.type == (there + 1).device.type == "cuda"
    assert (there + 1).cpu().tolist() == [2, 2, 2]
    with pytest.raises((MixedDevicesError, RuntimeError), match="cpu"):
        there + here
    with pytest.raises(TypeError, match=r"cpu\(\)"):
        there.numpy()
    with pytest.raises(RuntimeError, match="generator"):
        torch.rand(3, device="cuda", generator=torch.Generator().manual_seed(1))


def test_a_gpu_is_chosen_where_there_is_one_and_nobody_asked_otherwise() -> None:
    assert [choose_device(wanted) for wanted in ("auto", "cuda", "cpu")] == ["cuda", "cuda", "cpu"]
    assert name_device("cuda", threads=2).startswith("cuda, ")
    assert name_device("cpu", threads=2) == "cpu, 2 threads"


def test_all_models_of_the_starter_are_on_the_gpu(starter: Illustrator) -> None:
    assert starter.drafts is not None
    networks = (
        starter.vqgan, starter.perceptor.model, starter.drafts.net, starter.drafts.composer.net
    )  # fmt: skip
    for network in networks:
        tensors = [*network.parameters(), *network.buffers()]
        assert {tensor.device.type for tensor in tensors} == {"cuda"}


def test_a_picture_is_drafted_and_painted(starter: Illustrator) -> None:
    painted = done(paint(starter, show_crops=True))
    assert painted.pixels.shape == (64, 64, 3)
    assert painted.codes.shape == (8, 8)
    assert painted.layout.figures[0].subject == "fox"


def test_the_draft_is_the_one_of_the_cpu(starter: Illustrator) -> None:
    """The random numbers are the same wherever the network computes."""
    alike = Illustrator.load(STARTER, threads=1)
    assert alike.drafts is not None
    assert starter.drafts is not None
    layouts = [drafts.lay_out("a fox", seed=5) for drafts in (alike.drafts, starter.drafts)]
    assert layouts[0] == layouts[1]
    decoding = Decoding(steps=2, guidance=1.2)
    drawn = [
        drafts.draw([layouts[0]], [5], (8, 8), decoding=decoding)[0]
        for drafts in (alike.drafts, starter.drafts)
    ]
    # A real GPU rounds in its own way.
    assert float((drawn[0] == drawn[1]).mean()) > 0.8


def test_all_kinds_of_wishes(starter: Illustrator) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 16:48] = 255
    picture, hole = encode_png(pixels), encode_png(np.stack([mask] * 3, -1))
    wishes: tuple[dict[str, object], ...] = (
        {"width": 80, "height": 72},
        {"init_image": picture},
        {"init_image": picture, "mask": hole},
        {"init_image": picture, "extend": (16, 0, 0, 0)},
        {"exclude": (Prompt("a bear"),), "extra": (Prompt("stars"),)},
        {"time_lapse": True},
    )
    for wish in wishes:
        assert done(paint(starter, steps=1, **wish)).pixels.ndim == 3


def test_a_picture_that_stopped_goes_on(starter: Illustrator) -> None:
    first = paint(starter, steps=3, stop_at=1, keep_state=True)
    (state,) = (event.data for event in first if isinstance(event, PictureState))
    whole, resumed = done(paint(starter, steps=3)), done(paint(starter, steps=3, state=state))
    assert resumed.steps == 3
    assert np.abs(whole.pixels.astype(int) - resumed.pixels).mean() < 1


@torch.inference_mode()
def test_parts_of_drafts_are_filled_in_and_enlarged(starter: Illustrator) -> None:
    assert starter.drafts is not None
    codes = torch.zeros(1, 8, 8, dtype=torch.long)
    hidden = torch.zeros(1, 8, 8, dtype=torch.bool)
    hidden[:, 2:5] = True
    filled, _ = fill_in(
        starter.drafts, FOX, codes.to("cuda"), hidden.to("cuda"), seed=1,
        text="a fox in the snow on a rainy night",
    )  # fmt: skip
    assert filled.device.type == "cuda"
    large = enlarge(
        starter.vqgan, starter.drafts, FOX, codes, size=(12, 12), seed=1,
        params=EnlargeParams(steps=2),
    )  # fmt: skip
    assert large.shape == (1, 12, 12)


def test_pictures_are_coded_filmed_and_looked_through(
    starter: Illustrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A pretended GPU takes long for each text, and there are hundreds.
    monkeypatch.setattr(check, "harmless_things", lambda: ("a bear", "in a forest"))
    pixels = np.random.default_rng(1).integers(0, 255, (2, 32, 32, 3), np.uint8)
    codes = encode_pictures(starter.vqgan, pixels)
    assert decode_codes(starter.vqgan, codes).shape == pixels.shape
    assert len(list(film_frames(starter.vqgan, list(codes), frames=2))) == 3
    assert 0 <= ClipCheck(starter.perceptor).judge(pixels[0], ("a fox",)).score <= 1


@pytest.mark.parametrize(
    "lever",
    [
        {}, {"quantise": True}, {"form": "cosine"}, {"limits": "none"},
        {"plateau": 3}, {"smooth": 0.1},
    ],
)  # fmt: skip
@pytest.mark.parametrize("staged", [False, True], ids=["at once", "in stages"])
def test_three_pictures_share_a_pass(lever: dict[str, object], *, staged: bool) -> None:
    vqgan, perceptor = small_vqgan().to("cuda"), small_perceptor().to("cuda")
    most = 2 if staged else 0
    painter = Painter(
        vqgan, (perceptor, small_perceptor(1).to("cuda")), chunk=3, reduced=True, halved=True,
        most_views=lambda height, width: most,
    )  # fmt: skip
    params = PaintParams(steps=2, cuts=4, judge_every=1, shares=(1.0, 0.5), **lever)  # type: ignore[arg-type]
    works = [painting(vqgan, seed, params) for seed in (1, 2, 3)]
    for work in works:
        guidance = replace(work.guidance, embeddings=work.guidance.embeddings.to("cuda"))
        moved = replace(
            guidance, weights=guidance.weights.to("cuda"), stops=guidance.stops.to("cuda")
        )
        work.guidances = (moved, moved)
    run(painter, *works)
    for work in works:
        assert work.best_latents.device.type == work.offset.device.type == "cuda"
        assert bool((work.offset != 0).any())


def test_published_models_paint(tmp_path: Path) -> None:
    from engine.image.clips import load_published_perceptor

    torch.manual_seed(0)
    save_clip(tmp_path / "clip")
    save_siglip(tmp_path / "siglip")
    shape = TamingParams(ch=32, ch_mult=(1, 2), factor=2, codes=32, embed_dim=8, z_channels=8)
    vqgan = TamingVQGAN(shape).eval().requires_grad_(False).to("cuda")
    perceptors = [load_published_perceptor(str(tmp_path / n)) for n in ("clip", "siglip")]
    illustrator = Illustrator(vqgan, [p.to("cuda") for p in perceptors], side=16, threads=1)
    events = paint(illustrator, width=48, height=32)
    assert done(events).pixels.shape == (32, 48, 3)


def test_networks_in_bfloat16_see_and_paint_nearly_the_same() -> None:
    vqgan, perceptor = small_vqgan(), small_perceptor()
    half = in_bfloat16(vqgan)
    latents = vqgan.codes_to_latents(torch.arange(64).view(1, 8, 8))
    exact, rounded = vqgan.decode(latents), half.decode(latents.bfloat16()).float()
    assert rounded.dtype == torch.float32
    # One part in a hundred of the picture's range is what the second decimal of bfloat16 gives.
    assert float((exact - rounded).abs().mean()) < 0.01 * float(exact.max() - exact.min())
    views = torch.rand(4, 3, 64, 64)
    cosines = (perceptor.encode_views(views) * perceptor.halved().encode_views(views)).sum(1)
    assert float(cosines.min()) > 0.99
    assert vqgan.decoder.stem.weight.dtype == torch.float32
