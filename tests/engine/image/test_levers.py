"""Each lever of the loop does what it says, on small networks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.errors import EngineError
from engine.image.cutouts import CutoutParams, draw_views, take_views
from engine.image.damage import draw_damage
from engine.image.masks import Region, extended, hidden_codes
from engine.image.painter import Painter
from engine.image.painting import LatentSpace
from engine.image.params import Limits, Stage
from engine.image.perceptor import Perceptor
from engine.image.saving import pack, restore, unpack
from engine.image.schedule import Plateau, rate_at, stage_sizes
from engine.models.vqgan import VQGAN
from tests.engine.image.small_models import (
    PARAMS,
    guidance,
    painting,
    run,
    small_perceptor,
    small_vqgan,
)

LONGER = replace(PARAMS, steps=12, judge_every=3)


@pytest.fixture(scope="module")
def models() -> tuple[VQGAN, Perceptor]:
    """Return a small VQGAN and a small CLIP."""
    return small_vqgan(), small_perceptor()


def test_the_rate_rises_then_falls_along_a_cosine() -> None:
    params = replace(PARAMS, steps=100, rate=0.2, rate_last=0.1, warm_up=10)
    assert rate_at(params, 0) == pytest.approx(0.02, rel=1e-3)
    assert rate_at(params, 50) == pytest.approx(0.2 * 0.55)
    assert rate_at(params, 99) == pytest.approx(0.02, rel=0.01)
    assert {rate_at(replace(PARAMS, rate=0.03), step) for step in range(4)} == {0.03}


def test_a_plateau_counts_steps_since_the_smoothed_loss_fell() -> None:
    plateau = Plateau()
    for loss in (3.0, 2.0, 1.5):
        plateau.note(loss, least_share=0.002)
    assert plateau.idle == 0
    for loss in (3.0, 3.1, 2.9):
        plateau.note(loss, least_share=0.002)
    assert plateau.idle == 3


def test_a_picture_that_no_longer_gets_better_ends_early(models: tuple[VQGAN, Perceptor]) -> None:
    vqgan, perceptor = models
    # With next to no rate the loss cannot fall.
    stuck = replace(PARAMS, steps=50, rate=1e-6, plateau=4, plateau_least=0.5)
    work = painting(vqgan, 1, stuck)
    run(Painter(vqgan, perceptor), work)
    assert work.settled
    assert work.step < 10
    assert work.best_score > -1


def test_a_small_picture_grows_and_is_refined(models: tuple[VQGAN, Perceptor]) -> None:
    vqgan, perceptor = models
    grown = replace(LONGER, stages=(Stage(0.5, 0.25), Stage(0.75, 0.5)))
    assert stage_sizes((16, 12), grown.stages) == [(8, 6), (12, 9), (16, 12)]
    work = painting(vqgan, 1, grown, side=4, size=(8, 8))
    painter, sizes = Painter(vqgan, perceptor), []
    while not work.finished:
        sizes.append(work.start.shape[-1])
        painter.step([work])
    assert sizes == [4] * 3 + [6] * 3 + [8] * 6
    assert work.best_latents.shape[-2:] == (8, 8)


@pytest.mark.parametrize("limits", ["clamp", "inwards", "none"])
def test_limits_keep_latents_in_the_codebook(
    models: tuple[VQGAN, Perceptor], limits: Limits
) -> None:
    vqgan, _ = models
    space = LatentSpace.of(vqgan.codebook)
    work = painting(vqgan, 2, replace(PARAMS, limits=limits))
    offset = torch.full_like(work.start, 100.0).requires_grad_(True)
    latents = work.latents(offset, space)
    assert bool((latents <= space.high).all()) == (limits != "none")
    # Descent against +1 moves down, back into the codebook.
    (inwards,) = torch.autograd.grad(latents.sum(), offset)
    assert bool(inwards.any()) == (limits != "clamp")


def test_several_perceptors_guide_by_their_shares(models: tuple[VQGAN, Perceptor]) -> None:
    vqgan, first = models
    second = small_perceptor(seed=5, image_size=32)
    free = replace(PARAMS, pull=0.0, anchor=0.0, variation=0.0)

    def moved(first_share: float, second_share: float) -> Tensor:
        work = painting(vqgan, 3, free)
        work.guidances = (guidance(1, share=first_share), guidance(2, share=second_share))
        run(Painter(vqgan, [first, second]), work)
        return work.offset.detach()

    alone = painting(vqgan, 3, free)
    alone.guidances = (guidance(1),)
    run(Painter(vqgan, first), alone)
    assert torch.allclose(moved(1.0, 0.0), alone.offset, atol=1e-6)
    assert not torch.allclose(moved(1.0, 1.0), alone.offset, atol=1e-3)
    assert not torch.allclose(moved(0.0, 1.0), alone.offset, atol=1e-3)


@pytest.mark.parametrize(
    "lever",
    [
        {"smooth": 50.0}, {"variation": 50.0}, {"pull": 30.0}, {"anchor": 200.0},
        {"rate_last": 0.1}, {"form": "cosine"}, {"calm": 0.0}, {"average": 0.2},
        {"quantise": True}, {"background": 0.1},
        {"views": CutoutParams(jitter=0.3)}, {"views": CutoutParams(erase=0.6)},
        {"views": CutoutParams(noise=0.3)}, {"views": CutoutParams(flips=False)},
    ],
    ids=lambda lever: "-".join(map(str, lever)),
)  # fmt: skip
def test_a_lever_changes_the_picture_and_is_reproducible(
    models: tuple[VQGAN, Perceptor], lever: dict[str, Any]
) -> None:
    vqgan, perceptor = models

    def shown(**changes: Any) -> Tensor:
        work = painting(vqgan, 4, replace(PARAMS, rate=0.3, **changes))
        run(Painter(vqgan, perceptor), work)
        return work.average

    assert torch.equal(shown(**lever), shown(**lever))
    # Without foci all of a picture is background, and free.
    assert torch.equal(shown(**lever), shown()) == ("background" in lever)


def test_a_masked_picture_changes_in_its_region_only(models: tuple[VQGAN, Perceptor]) -> None:
    vqgan, perceptor = models
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    mask = np.zeros((64, 64), dtype=np.uint8)
    mask[16:40, 8:32] = 255
    region = Region.of(mask, pixels, torch.device("cpu"))
    work = painting(vqgan, 5, replace(LONGER, rate=0.5), region=region)
    painter = Painter(vqgan, perceptor)
    run(painter, work)
    shown = painter.pixels(work, work.best_latents)
    assert np.array_equal(shown[mask == 0], pixels[mask == 0])
    assert not np.array_equal(shown[mask > 0], pixels[mask > 0])
    still = ~torch.from_numpy(hidden_codes(mask, 8))
    assert not bool(work.average[0, :, still].any())
    assert bool(work.average.any())


def test_a_larger_canvas_keeps_the_picture_and_opens_the_rest() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    canvas, mask = extended(pixels, (16, 0, 8, 24), seam=8)
    assert canvas.shape == (56, 72, 3)
    assert np.array_equal(canvas[:32, 16:64], pixels)
    assert (mask[:, :16] == 255).all()
    assert (mask[32:] == 255).all()
    assert (mask[:24, 24:56] == 0).all()  # the middle, and the border that has no margin
    assert 0 < mask[10, 20] < 255  # the seam


@pytest.mark.parametrize("stop", [1, 5, 7])
def test_a_picture_stopped_and_gone_on_with_is_the_picture(
    models: tuple[VQGAN, Perceptor], stop: int
) -> None:
    vqgan, perceptor = models
    params = replace(
        LONGER, stages=(Stage(0.5, 0.5),), plateau=30, views=CutoutParams(noise=0.1, erase=0.3)
    )

    def fresh() -> Any:
        return painting(vqgan, 6, params, side=4, size=(8, 8))

    whole = fresh()
    run(Painter(vqgan, perceptor), whole)
    first = fresh()
    painter = Painter(vqgan, perceptor)
    for _ in range(stop):
        painter.step([first])
    data = pack({0: first})
    later = fresh()
    restore(later, unpack(data)[0])
    run(Painter(vqgan, perceptor), later)
    assert later.step == whole.step
    assert torch.equal(later.average, whole.average)
    assert torch.equal(later.best_latents, whole.best_latents)
    assert later.best_score == whole.best_score


def test_a_state_of_another_picture_is_refused(models: tuple[VQGAN, Perceptor]) -> None:
    vqgan, perceptor = models
    small, large = painting(vqgan, 1), painting(vqgan, 1, side=16)
    Painter(vqgan, perceptor).step([small])
    data = pack({0: small})
    with pytest.raises(EngineError, match="another picture"):
        restore(large, unpack(data)[0])
    for hostile in (b"", b"\x80\x04.", data[: len(data) // 2], data[:8] + b"{}" + data[10:]):
        with pytest.raises(EngineError, match="damaged"):
            unpack(hostile)
    lacking = {k: v for k, v in unpack(data)[0].items() if k != "average"}
    with pytest.raises(EngineError, match="damaged"):
        restore(painting(vqgan, 1), lacking)


def test_damage_spares_the_first_view_and_comes_from_the_generator() -> None:
    views = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(1))

    def damaged(seed: int, **kinds: float) -> Tensor:
        amounts = {"jitter": 0.0, "erase": 0.0, "noise": 0.0} | kinds
        source = torch.Generator().manual_seed(seed)
        return draw_damage(source, 4, **amounts).apply(views)

    for kind in ("jitter", "erase"):
        seen = damaged(2, **{kind: 0.5})
        assert torch.allclose(seen[0], views[0], atol=1e-6)
        assert not torch.allclose(seen[1:], views[1:], atol=1e-3)
    assert torch.equal(damaged(3, noise=0.2), damaged(3, noise=0.2))
    assert not torch.equal(damaged(3, noise=0.2), damaged(4, noise=0.2))
    assert damaged(3) is views


def test_parts_of_the_views_are_the_views_of_the_parts() -> None:
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    views = draw_views(
        torch.Generator().manual_seed(2), cuts=6, boxes=[(0.5, 0.5, 0.3, 0.3)], box_cuts=2,
        progress=0.5, height=64, width=64,
        params=CutoutParams(jitter=0.2, erase=0.4, noise=0.1),
    )  # fmt: skip
    whole = take_views(picture, [views], size=32)
    parts = [
        take_views(picture, [views.part(start, start + 4)], size=32) for start in range(0, 8, 4)
    ]
    assert len(views) == 8
    assert torch.allclose(whole, torch.cat(parts), atol=1e-6)


def test_levers_that_are_off_take_nothing_from_the_generator() -> None:
    def drawn(params: CutoutParams) -> Tensor:
        source = torch.Generator().manual_seed(7)
        draw_views(
            source, cuts=4, boxes=[], box_cuts=0, progress=0.0, height=64, width=64, params=params
        )
        return torch.rand(3, generator=source)

    assert torch.equal(drawn(CutoutParams()), drawn(CutoutParams(jitter=0.0)))
    assert not torch.equal(drawn(CutoutParams()), drawn(CutoutParams(noise=0.1)))
