"""What a step takes, foretold from small pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine import machine
from engine.image.preflight import Appetite, Plan, kept_bytes, make_plan, measure_appetite
from engine.models.taming import TamingParams, TamingVQGAN
from engine.models.vqgan import VQGAN
from tests.engine.image.small_models import small_perceptor, small_vqgan

PUBLISHED = TamingParams(ch=32, codes=32, embed_dim=8, z_channels=8)


def kept(vqgan: VQGAN, codes: int, *, reduced: bool) -> float:
    """Count what a decoder pass of a square picture keeps."""
    latents = torch.zeros(1, vqgan.params.embed_dim, codes, codes, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
        return kept_bytes(vqgan.decode, latents, of=vqgan)


@pytest.mark.parametrize("reduced", [False, True], ids=["fp32", "bf16"])
@pytest.mark.parametrize("published", [False, True], ids=["starter", "published"])
def test_what_is_counted_on_small_pictures_holds_for_larger_ones(
    *, published: bool, reduced: bool
) -> None:
    torch.manual_seed(0)
    vqgan = TamingVQGAN(PUBLISHED).eval().requires_grad_(False) if published else small_vqgan()
    appetite = measure_appetite(
        vqgan, [], precision=lambda: torch.autocast("cpu", torch.bfloat16, enabled=reduced)
    )
    side = 12 * vqgan.params.factor
    foretold = appetite.pixel * side**2 + appetite.pair * side**4
    assert foretold == pytest.approx(kept(vqgan, 12, reduced=reduced), rel=0.1)


def test_a_view_costs_what_its_perceptor_keeps_and_fewer_fit_beside_a_larger_picture() -> None:
    perceptor = small_perceptor()
    appetite = measure_appetite(
        small_vqgan(), [perceptor], precision=lambda: torch.autocast("cpu", enabled=False)
    )
    views = torch.zeros(4, 3, 64, 64, requires_grad=True)
    four = kept_bytes(perceptor.encode_views, views, of=perceptor.model)
    assert appetite.view == pytest.approx(four / 4, rel=0.05)
    budget = appetite.step(256, 256, 10) + 1
    assert appetite.views_within(budget, 256, 256) == 10
    assert appetite.views_within(budget, 320, 320) < 10
    assert appetite.views_within(0, 256, 256) == 1


def test_a_plan_keeps_each_pass_within_its_share() -> None:
    plan = Plan(2, 1, 1, budget=1000.0, appetite=Appetite(pixel=0.01, pair=0.0, view=10.0))
    most = plan.most_views(100, 100)
    assert plan.cost(100, 100, 500) <= 500.0
    assert plan.cost(100, 100, most) == plan.cost(100, 100, most + 1)


def test_a_small_decoder_gets_a_thread_a_picture_and_a_large_one_all_of_them() -> None:
    small = make_plan(small_vqgan(), (small_perceptor(),), cores=3, reduced=False)
    assert (small.passes, small.threads, small.chunk) == (3, 1, 1)
    large = TamingVQGAN(TamingParams(ch=64, codes=32)).eval().requires_grad_(False)
    plan = make_plan(large, (small_perceptor(),), cores=3, reduced=False)
    assert (plan.passes, plan.threads, plan.chunk) == (1, 3, 1)


def test_free_memory_is_the_machines_or_what_is_left_of_the_containers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(name: str, text: str) -> None:
        path = tmp_path / name
        path.write_text(text)
        monkeypatch.setattr(machine, name, path)

    say("MEMORY_INFO", "MemTotal: 16 kB\nMemAvailable:       8 kB\n")
    say("MEMORY_MAX", "max\n")
    say("MEMORY_NOW", "1024\n")
    assert machine.free_memory() == 8192
    say("MEMORY_MAX", "5120\n")
    assert machine.free_memory() == 4096
    say("MEMORY_INFO", "nothing known\n")
    assert machine.free_memory() == 4096
    say("MEMORY_MAX", "max\n")
    assert machine.free_memory() > 0
