"""What CLIP is trained with: crops that keep colours, damage that hurts, attacks within bounds."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.training.clip_views import (
    DAMAGES,
    Damage,
    attack_views,
    damage_codes,
    damage_views,
    draw_views,
)
from engine.training.contrast import contrastive_loss


def generator(seed: int = 0) -> torch.Generator:
    """Return a seeded generator."""
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 5) -> Tensor:
    """Return smooth pictures with a bright square, unlike each other."""
    base = torch.rand(count, 3, 4, 4, generator=generator(1)) * 0.5
    scene = torch.nn.functional.interpolate(base, size=(128, 128), mode="bilinear")
    scene[..., 40:88, 40:88] += 0.4
    return scene


def test_views_are_of_the_size_asked_for_and_of_the_picture() -> None:
    views = draw_views(pictures(), generator(), size=64)
    assert views.shape == (5, 3, 64, 64)
    assert 0 <= float(views.min()) <= float(views.max()) <= 1
    assert torch.equal(views, draw_views(pictures(), generator(), size=64))
    assert not torch.equal(views, draw_views(pictures(), generator(2), size=64))


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_every_damage_changes_each_view_and_stays_a_picture(damage: Damage) -> None:
    views = pictures()[..., ::2, ::2]
    damaged = damage(views, generator(3))
    assert damaged.shape == views.shape
    assert -1e-5 <= float(damaged.min()) <= float(damaged.max()) <= 1 + 1e-5
    assert float((damaged - views).abs().mean(dim=(1, 2, 3)).min()) > 0.01


def test_a_batch_of_any_size_is_damaged_whole() -> None:
    for count in (1, 3, 5, 12):
        views = torch.rand(count, 3, 64, 64, generator=generator(4))
        assert damage_views(views, generator()).shape == views.shape


def test_an_attack_raises_the_loss_and_stays_within_its_radius() -> None:
    views = torch.rand(4, 3, 16, 16, generator=generator(5))
    target = torch.rand(4, 3, 16, 16, generator=generator(6))

    def loss(moved: Tensor) -> Tensor:
        return (moved - target).square().mean()

    attacked = attack_views(views, loss, generator(), radius=0.02)
    assert float((attacked - views).abs().max()) <= 0.02 + 1e-6
    assert float(loss(attacked)) > float(loss(views))
    assert not attacked.requires_grad


def test_damaged_codes_are_codes_of_the_same_picture() -> None:
    codes = torch.arange(2 * 64).view(2, 8, 8)
    damaged = damage_codes(codes, generator())
    share = (damaged != codes).float().mean(dim=(1, 2))
    assert 0.05 < float(share.min()) <= float(share.max()) < 0.7
    assert set(damaged[0].flatten().tolist()) <= set(codes[0].flatten().tolist())


def test_the_loss_falls_when_pairs_match_and_rises_when_mush_matches() -> None:
    images, mush = torch.eye(4, 8), torch.eye(8)[4:]
    scale = torch.tensor(10.0)
    right = contrastive_loss(images, images, mush, scale)
    assert right < contrastive_loss(images, images.roll(1, 0), mush, scale)
    assert right < contrastive_loss(images, images, images, scale)
