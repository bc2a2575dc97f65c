"""The easel: pictures that join and leave at any time are what they are alone."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.image.easel import Easel, Stand
from engine.image.painter import Painter
from engine.image.painting import Painting
from engine.image.params import PaintParams
from engine.image.perceptor import Perceptor
from engine.image.picture import PictureRequest, Prompt
from engine.models.vqgan import VQGAN
from tests.engine.image.small_models import painting, small_perceptor, small_vqgan

Outcome = dict[str, Any]


@dataclass(eq=False)
class PlainWork:
    """A picture of one painting."""

    request: PictureRequest
    painting: Painting
    notes: list[str] = field(default_factory=list)
    done: bool = False

    @property
    def paintings(self) -> list[Painting]:
        return [] if self.done else [self.painting]


class PlainCraft:
    """Begins pictures from random codes; its events are steps, then the whole outcome."""

    def __init__(self, painter: Painter) -> None:
        self.painter = painter

    def begin(self, request: PictureRequest) -> PlainWork:
        params = PaintParams(steps=request.steps, cuts=request.cuts, judge_every=2)
        sketch = painting(self.painter.vqgan, request.seed, params, side=request.width // 8)
        if request.prompts[0].text == "refused":
            raise ValueError("no such thing")
        return PlainWork(request, sketch)

    def events(self, work: PlainWork, *, preview_seconds: float) -> Iterator[Any]:
        if work.painting.finished:
            work.done = True
            yield {
                "offset": work.painting.offset.detach().clone(),
                "best": work.painting.best_latents.clone(),
                "score": work.painting.best_score,
                "notes": tuple(work.notes),
            }
        else:
            yield work.painting.step


@pytest.fixture(scope="module")
def models() -> tuple[VQGAN, Perceptor]:
    return small_vqgan(), small_perceptor()


def ask(seed: int, *, steps: int = 4, cuts: int = 4, side: int = 64) -> PictureRequest:
    return PictureRequest(
        key=seed, prompts=(Prompt("a fox"),), seed=seed, steps=steps, cuts=cuts,
        width=side, height=side,
    )  # fmt: skip


def easel_of(models: tuple[VQGAN, Perceptor], **options: Any) -> Easel:
    painter = Painter(*models, **options)
    return Easel(painter, PlainCraft(painter))


def put(easel: Easel, request: PictureRequest, **options: Any) -> Stand[Any]:
    return easel.add(request, show=lambda picture: picture, **options)


def until(condition: Callable[[], bool]) -> None:
    """Wait, for at most a minute, until something is so."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)


def outcome(easel: Easel, stand: Stand[Any]) -> Outcome:
    """Wait for a picture's end."""
    heard: list[Any] = []

    def ended() -> bool:
        heard.extend(easel.news(stand))
        return bool(heard) and isinstance(heard[-1], dict)

    until(ended)
    return dict(heard[-1])


def same(one: Outcome, other: Outcome) -> bool:
    return (
        torch.equal(one["offset"], other["offset"])
        and torch.equal(one["best"], other["best"])
        and one["score"] == other["score"]
    )


@pytest.mark.parametrize("seed", range(3))
def test_pictures_that_join_and_leave_at_any_step_do_not_change_one_another(
    models: tuple[VQGAN, Perceptor], seed: int
) -> None:
    chance = random.Random(seed)
    requests = [
        ask(n, steps=chance.randint(1, 6), cuts=chance.choice([3, 5]), side=chance.choice([64, 96]))
        for n in range(6)
    ]
    alone = easel_of(models)
    expected = [outcome(alone, put(alone, request)) for request in requests]
    easel = easel_of(models, workers=2)
    stands = []
    for number, request in enumerate(requests):
        visitor = put(easel, ask(100 + number, steps=50), owner=(chance.choice("xy"), "v"))
        stands.append(put(easel, request, owner=(chance.choice("xy"), chance.choice("ab"))))
        wanted = chance.randint(1, 2)
        until(lambda v=visitor, w=wanted: v.work is not None and v.work.painting.step >= w)  # type: ignore[misc]
        easel.remove(visitor)
    for stand, own in zip(stands, expected, strict=True):
        assert same(outcome(easel, stand), own)


def test_a_picture_handed_out_and_taken_in_elsewhere_ends_as_if_never_stopped(
    models: tuple[VQGAN, Perceptor],
) -> None:
    easel = easel_of(models, workers=2)
    whole = outcome(easel, put(easel, ask(1, steps=8)))
    company = put(easel, ask(2, steps=200))
    stand = put(easel, ask(1, steps=8))
    until(lambda: stand.work is not None and stand.work.painting.step >= 3)
    work = easel.hand_out(stand)
    step = work.painting.step
    assert 3 <= step <= 8
    state = work.painting.state_dict()
    easel.remove(company)

    other = easel_of(models)

    def resume(request: PictureRequest) -> PlainWork:
        begun = PlainCraft(other._painter).begin(request)
        begun.painting.load_state_dict(state)
        return begun

    other._craft.begin = resume  # type: ignore[method-assign]
    gone_on = put(other, ask(1, steps=8))
    until(lambda: gone_on.work is not None)
    assert gone_on.work.painting.step >= step
    assert same(outcome(other, gone_on), whole)


@pytest.mark.parametrize("reduced", [False, True], ids=["fp32", "bf16"])
def test_several_pictures_a_pass_are_those_of_one_within_rounding(
    models: tuple[VQGAN, Perceptor], *, reduced: bool
) -> None:
    alone = easel_of(models, reduced=reduced)
    together = easel_of(models, reduced=reduced, chunk=4)
    expected = [outcome(alone, put(alone, ask(n))) for n in range(4)]
    stands = [put(together, ask(n), owner=(str(n), "p")) for n in range(4)]
    for stand, own in zip(stands, expected, strict=True):
        found = outcome(together, stand)
        assert torch.allclose(found["offset"], own["offset"], atol=1e-3)
        assert found["score"] == pytest.approx(own["score"], abs=1e-4)


def test_what_fails_is_said_to_its_owner_alone(models: tuple[VQGAN, Perceptor]) -> None:
    easel = easel_of(models, workers=2)
    sound = put(easel, ask(1))
    broken = put(easel, replace(ask(2), prompts=(Prompt("refused"),)))
    until(lambda: broken.error is not None)
    with pytest.raises(ValueError, match="no such thing"):
        easel.news(broken)
    assert outcome(easel, sound)["notes"] == ()


def test_where_memory_is_short_a_picture_gets_smaller_and_says_so(
    models: tuple[VQGAN, Perceptor], monkeypatch: pytest.MonkeyPatch
) -> None:
    vqgan, _ = models
    decode = vqgan.decode

    def scarce(latents: Tensor) -> Tensor:
        if latents.shape[-1] > 12 and latents.requires_grad:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB")
        return decode(latents)

    monkeypatch.setattr(vqgan, "decode", scarce)
    easel = easel_of(models)
    found = outcome(easel, put(easel, ask(1, side=128)))
    assert found["offset"].shape[-2:] == (12, 12)
    assert found["notes"][-1].startswith("Painted at 96 x 96 instead of 128 x 128")
    assert any("a few at a time" in note for note in found["notes"]) or len(found["notes"]) == 1


def test_where_nothing_helps_the_want_of_memory_is_the_end(
    models: tuple[VQGAN, Perceptor], monkeypatch: pytest.MonkeyPatch
) -> None:
    vqgan, _ = models

    def full(latents: Tensor) -> Tensor:
        raise MemoryError

    monkeypatch.setattr(vqgan, "decode", full)
    easel = easel_of(models)
    stand = put(easel, ask(1, side=64))
    until(lambda: stand.error is not None)
    assert isinstance(stand.error, MemoryError)


def test_whoever_listens_is_woken_and_a_removed_picture_is_silent(
    models: tuple[VQGAN, Perceptor],
) -> None:
    easel = easel_of(models)
    bell = threading.Event()
    easel.listen(bell.set)
    stand = put(easel, ask(1, steps=500))
    assert bell.wait(60)
    assert easel.news(stand)[0] == 0
    easel.remove(stand)
    until(lambda: stand.seat.at_rest)
    easel.news(stand)
    step = stand.work.painting.step
    bell.clear()
    assert not bell.wait(0.3)
    assert stand.work.painting.step == step
