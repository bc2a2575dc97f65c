"""Views taken all at once are those taken one by one, and see all of the picture."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from engine.image.cutouts import (
    CutoutParams,
    brightness_factors,
    draw_box_homographies,
    draw_homographies,
    fixed_homographies,
    sample_views,
    view_grid,
)


def generator(seed: int = 0) -> torch.Generator:
    """Return a seeded generator."""
    return torch.Generator().manual_seed(seed)


def draw(cuts: int, *, seed: int = 0, progress: float = 0.0, side: tuple[int, int] = (64, 64),
         params: CutoutParams | None = None) -> Tensor:  # fmt: skip
    """Draw homographies with defaults."""
    return draw_homographies(
        generator(seed), cuts=cuts, progress=progress, height=side[0], width=side[1],
        params=params or CutoutParams(),
    )  # fmt: skip


def mirrored(at: float, size: int) -> float:
    """Reflect a pixel coordinate at the outer edges of the border pixels."""
    while not -0.5 <= at <= size - 0.5:
        at = -1 - at if at < -0.5 else 2 * size - 1 - at
    return min(max(at, 0.0), size - 1.0)


def one_pixel(picture: Tensor, matrix: Tensor, row: int, column: int, size: int) -> Tensor:
    """Look up one pixel of one view, in plain arithmetic."""
    height, width = picture.shape[-2:]
    u, v = (column + 0.5) * 2 / size - 1, (row + 0.5) * 2 / size - 1
    x, y, w = (float(r[0]) * u + float(r[1]) * v + float(r[2]) for r in matrix)
    px = mirrored(((x / w) + 1) * width / 2 - 0.5, width)
    py = mirrored(((y / w) + 1) * height / 2 - 0.5, height)
    left, top = min(int(px), width - 2), min(int(py), height - 2)
    a, b = px - left, py - top
    near = picture[:, top, left] * (1 - a) + picture[:, top, left + 1] * a
    far = picture[:, top + 1, left] * (1 - a) + picture[:, top + 1, left + 1] * a
    return near * (1 - b) + far * b


def test_all_views_at_once_are_the_views_one_by_one() -> None:
    pictures = torch.rand(2, 3, 24, 40, generator=generator())
    matrices = torch.stack([draw(5, seed=s, side=(24, 40), progress=0.9) for s in (1, 2)])
    views = sample_views(pictures, matrices, size=16).reshape(2, 5, 3, 16, 16)
    for b in range(2):
        for k in range(5):
            for row, column in ((0, 0), (0, 15), (7, 9), (15, 0), (15, 15)):
                plain = one_pixel(pictures[b], matrices[b, k], row, column, 16)
                assert torch.allclose(views[b, k, :, row, column], plain, atol=1e-4)


def test_the_first_view_is_the_whole_picture_as_it_is() -> None:
    picture = torch.rand(1, 3, 64, 64, generator=generator())
    views = sample_views(picture, draw(4)[None], size=64)
    assert torch.allclose(views[0], picture[0], atol=1e-5)
    assert brightness_factors(generator(), 4, CutoutParams())[0] == 1


def test_a_strong_reduction_averages_instead_of_skipping_pixels() -> None:
    stripes = torch.zeros(1, 3, 512, 512)
    stripes[..., ::2] = 1
    whole = torch.eye(3)[None, None]
    views = sample_views(stripes, whole, size=64)
    assert torch.allclose(views, torch.full_like(views, 0.5), atol=1e-3)


def test_early_views_are_wholes_and_later_ones_crops() -> None:
    def area(matrix: Tensor) -> float:
        return abs(float(torch.linalg.det(matrix[:2, :2])))

    early = [area(m) for m in draw(32, progress=0.0)]
    late = [area(m) for m in draw(32, progress=1.0)]
    assert sum(a > 0.75 for a in early) > sum(a > 0.75 for a in late) > 1


def test_views_look_at_the_borders_too() -> None:
    grids = torch.cat([view_grid(draw(64, seed=s, progress=1.0), 8) for s in range(4)])
    for axis in (0, 1):
        seen = torch.histc(grids[..., axis], bins=8, min=-1, max=1)
        assert seen.min() > 0.4 * seen.max()


def test_a_view_never_flips_where_flips_are_off() -> None:
    matrices = draw(64, params=CutoutParams(flips=False))
    assert bool((matrices[:, 0, 0] > 0).all())
    assert bool((draw(64)[:, 0, 0] < 0).any())


def test_views_of_a_wide_picture_are_square() -> None:
    flat = CutoutParams(perspective=0)
    for matrix in (*draw(8, side=(64, 128), params=flat), *fixed_homographies(64, 128)):
        width = math.hypot(float(matrix[0, 0]) * 128, float(matrix[1, 0]) * 64)
        height = math.hypot(float(matrix[0, 1]) * 128, float(matrix[1, 1]) * 64)
        assert width == pytest.approx(height, rel=1e-4)


def test_the_draws_do_not_depend_on_the_progress() -> None:
    first, second = generator(5), generator(5)
    params = CutoutParams()
    for progress, source in ((0.0, first), (1.0, second)):
        draw_homographies(source, cuts=8, progress=progress, height=64, width=64, params=params)
    assert torch.equal(torch.rand(3, generator=first), torch.rand(3, generator=second))


def test_views_about_a_box_hold_the_box_and_stay_inside() -> None:
    box = (0.25, 0.7, 0.4, 0.5)
    matrices = draw_box_homographies(
        generator(), box=box, cuts=32, height=128, width=128, params=CutoutParams()
    )
    for matrix in matrices:
        half, centre = matrix[:2, :2].diagonal().abs(), matrix[:2, 2]
        assert bool((centre.abs() + half <= 1 + 1e-5).all())
        inside = (torch.tensor([2 * box[0] - 1, 2 * box[1] - 1]) - centre).abs()
        assert bool((inside < 0.5 * half).all())
