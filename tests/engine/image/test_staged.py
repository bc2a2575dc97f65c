"""Views taken a few at a time: the same gradient as at once, and the answer to short memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.image.guidance import Focus
from engine.image.painter import Painter
from engine.image.painting import Painting
from engine.image.params import PaintParams
from engine.image.perceptor import Perceptor
from engine.image.shortage import is_shortage
from engine.models.vqgan import VQGAN
from tests.engine.image.small_models import guidance, painting, small_perceptor, small_vqgan

PARAMS = PaintParams(steps=3, cuts=6, focus_cuts=2, judge_every=2)
FOCI = (Focus((0.5, 0.5, 0.4, 0.4), guidance(9).embeddings[0]),)


@pytest.fixture(scope="module")
def models() -> tuple[VQGAN, Perceptor]:
    return small_vqgan(), small_perceptor()


def slopes(painter: Painter, paintings: Sequence[Painting]) -> list[tuple[Tensor, Tensor]]:
    """Return losses and gradients of the paintings' next step."""
    drawn = [p.draw_views(*painter.size(p)) for p in paintings]
    found = painter._slopes_together(paintings, drawn)
    return [(slope.loss, slope.gradient) for slope in found]


def pair(vqgan: VQGAN, stop: float) -> list[Painting]:
    """Return two paintings, each with two prompts and a focus."""
    guided = [
        replace(guidance(seed, 2), stops=torch.full((2,), stop), foci=FOCI) for seed in (1, 2)
    ]
    return [
        Painting(painting(vqgan, seed).start, own, PARAMS, seed=seed)
        for seed, own in zip((1, 2), guided, strict=True)
    ]


@pytest.mark.parametrize("most", [1, 3, 7])
@pytest.mark.parametrize("stop", [float("-inf"), 1.2], ids=["one pass", "two passes"])
def test_views_in_stages_have_the_gradient_of_all_at_once(
    models: tuple[VQGAN, Perceptor], most: int, stop: float
) -> None:
    vqgan, perceptor = models
    whole = slopes(Painter(vqgan, perceptor, chunk=2), pair(vqgan, stop))
    staged = slopes(
        Painter(vqgan, perceptor, chunk=2, most_views=lambda height, width: most),
        pair(vqgan, stop),
    )
    for (loss, gradient), (other_loss, other) in zip(whole, staged, strict=True):
        assert torch.allclose(loss.detach(), other_loss, atol=1e-5)
        assert torch.allclose(gradient, other, atol=1e-6 + 1e-4 * float(gradient.abs().max()))
        assert bool(gradient.any())


def test_several_perceptors_are_looked_at_in_stages_too(models: tuple[VQGAN, Perceptor]) -> None:
    vqgan, perceptor = models

    def both() -> list[Painting]:
        return [
            Painting(p.start, (p.guidance, replace(guidance(5), foci=FOCI)), PARAMS, seed=p.seed)
            for p in pair(vqgan, float("-inf"))
        ]

    two = (perceptor, perceptor)
    whole = slopes(Painter(vqgan, two, chunk=2), both())
    staged = slopes(Painter(vqgan, two, chunk=2, most_views=lambda h, w: 3), both())
    for (_, gradient), (_, other) in zip(whole, staged, strict=True):
        assert torch.allclose(gradient, other, atol=1e-6 + 1e-4 * float(gradient.abs().max()))


def test_views_that_fit_at_once_are_painted_to_the_bit_as_ever(
    models: tuple[VQGAN, Perceptor],
) -> None:
    vqgan, perceptor = models
    plain, roomy = painting(vqgan, 3, PARAMS), painting(vqgan, 3, PARAMS)
    ample = Painter(vqgan, perceptor, most_views=lambda height, width: 6)
    for _ in range(3):
        Painter(vqgan, perceptor).step([plain])
        ample.step([roomy])
    assert torch.equal(plain.offset, roomy.offset)


class Scarce:
    """A perceptor's memory: more than ``room`` views at once are refused, as PyTorch does it."""

    def __init__(self, perceptor: Perceptor, room: int) -> None:
        self.room = room
        self.seen: list[int] = []
        self._encode = perceptor.encode_views

    def __call__(self, views: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            self.seen.append(len(views))
            if len(views) > self.room:
                raise torch.OutOfMemoryError("out of memory. Tried to allocate 2.00 GiB")
        return self._encode(views)


def test_fewer_views_at_a_time_answer_a_want_of_memory(
    models: tuple[VQGAN, Perceptor], monkeypatch: pytest.MonkeyPatch
) -> None:
    vqgan, perceptor = models
    usual = painting(vqgan, 4, PARAMS)
    Painter(vqgan, perceptor).step([usual])
    scarce = Scarce(perceptor, 2)
    monkeypatch.setattr(perceptor, "encode_views", scarce)
    painter, eased = Painter(vqgan, perceptor), painting(vqgan, 4, PARAMS)
    painter.step([eased])
    assert painter.was_eased(eased)
    assert painter.views_at_once(eased) == 1
    assert torch.allclose(usual.offset, eased.offset, atol=1e-3)
    scarce.seen.clear()
    painter.step([eased])
    assert max(scarce.seen) == 1  # learnt, not tried again


def test_pictures_of_one_pass_go_one_by_one_when_memory_is_short(
    models: tuple[VQGAN, Perceptor], monkeypatch: pytest.MonkeyPatch
) -> None:
    vqgan, perceptor = models
    monkeypatch.setattr(perceptor, "encode_views", Scarce(perceptor, 6))
    painter = Painter(vqgan, perceptor, chunk=4)
    four = [painting(vqgan, seed, PARAMS) for seed in range(4)]
    assert painter.advance(four) == [None] * 4
    assert painter.chunk == 2
    assert [p.step for p in four] == [1] * 4
    assert not any(map(painter.was_eased, four))


def test_a_want_that_nothing_helps_is_said(
    models: tuple[VQGAN, Perceptor], monkeypatch: pytest.MonkeyPatch
) -> None:
    vqgan, perceptor = models
    monkeypatch.setattr(perceptor, "encode_views", Scarce(perceptor, 0))
    (error,) = Painter(vqgan, perceptor).advance([painting(vqgan, 4, PARAMS)])
    assert isinstance(error, torch.OutOfMemoryError)


def test_one_pictures_trouble_is_not_anothers(
    models: tuple[VQGAN, Perceptor], monkeypatch: pytest.MonkeyPatch
) -> None:
    vqgan, perceptor = models
    alone, sound, broken = (painting(vqgan, seed, PARAMS) for seed in (1, 1, 2))

    def fail(*_: Any) -> Tensor:
        raise ZeroDivisionError

    painter = Painter(vqgan, perceptor, chunk=2)
    painter.step([alone])
    monkeypatch.setattr(broken, "compose", fail)
    errors = painter.advance([sound, broken])
    assert errors[0] is None
    assert isinstance(errors[1], ZeroDivisionError)
    assert torch.allclose(alone.offset, sound.offset, atol=1e-5)


@pytest.mark.parametrize(
    ("error", "short"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory."), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 GB"), True),
        (RuntimeError("shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_a_want_of_memory_is_told_from_other_errors(error: Exception, *, short: bool) -> None:
    assert is_shortage(error) == short
