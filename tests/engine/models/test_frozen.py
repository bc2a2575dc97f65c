"""Frozen layers: the numbers and gradients of the plain ones, with less kept for the way back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.models.frozen import FrozenConv2d, FrozenGroupNorm, FrozenUpsample, freeze
from engine.models.taming import TamingParams, TamingVQGAN, Upsample
from engine.models.vqgan import VQGAN
from tests.engine.image.small_models import small_vqgan

LAYOUTS = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}
Layer = Callable[[Tensor], Tensor]


def small_published() -> TamingVQGAN:
    torch.manual_seed(0)
    shape = TamingParams(ch=32, codes=32, embed_dim=8, z_channels=8)
    return TamingVQGAN(shape).eval().requires_grad_(False)


def answer_and_slope(layer: Layer, x: Tensor, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return a layer's answer and the gradient of a random sum of it."""
    leaf = x.detach().requires_grad_(True)
    answer = layer(leaf)
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(answer.shape, generator=generator).to(answer)
    (slope,) = torch.autograd.grad((answer * weights).sum(), leaf)
    return answer.detach(), slope


def assert_same(plain: Layer, frozen: Layer, x: Tensor, *, within: float) -> None:
    for expected, found in zip(
        answer_and_slope(plain, x), answer_and_slope(frozen, x), strict=True
    ):
        assert (expected - found).abs().max() <= within * expected.abs().max()


def group_norm() -> nn.GroupNorm:
    norm = nn.GroupNorm(4, 12, eps=1e-6)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    return norm.requires_grad_(False)


@pytest.mark.parametrize("layout", list(LAYOUTS))
@pytest.mark.parametrize("size", [(7, 5), (64, 64), (66, 75)])
def test_norm_and_activation_in_one_turn_are_those_of_two_layers(
    layout: str, size: tuple[int, int]
) -> None:
    norm = group_norm()
    torch.manual_seed(1)
    x = (torch.randn(2, 12, *size) * 3 + 2).contiguous(memory_format=LAYOUTS[layout])
    assert_same(lambda x: F.silu(norm(x)), FrozenGroupNorm(norm).activated, x, within=2e-6)


def test_norm_in_bfloat16_is_as_near_to_the_truth_as_the_library_s() -> None:
    norm, torch_norm = group_norm(), group_norm()
    torch_norm.load_state_dict(norm.state_dict())
    torch_norm.to(torch.bfloat16)
    torch.manual_seed(1)
    x = torch.randn(1, 12, 96, 96).contiguous(memory_format=torch.channels_last)
    _, truth = answer_and_slope(lambda x: F.silu(norm(x)), x)
    half = x.to(torch.bfloat16)
    _, theirs = answer_and_slope(lambda x: F.silu(torch_norm(x)), half)
    _, ours = answer_and_slope(FrozenGroupNorm(torch_norm).activated, half)
    assert (ours - truth).norm() < 0.01 * truth.norm()
    assert (ours - truth).norm() < 1.5 * (theirs - truth).norm()


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(6, 5, 3, padding=1),
        nn.Conv2d(6, 5, 1, bias=False),
        nn.Conv2d(6, 5, 3, stride=2),
        nn.Conv2d(6, 5, 4, stride=4),
    ],
    ids=["3x3", "1x1", "halving", "patches"],
)
@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_convolutions_hand_on_the_same_gradient_and_keep_nothing(
    conv: nn.Conv2d, layout: str
) -> None:
    conv.requires_grad_(False)
    torch.manual_seed(1)
    x = torch.randn(2, 6, 9, 11).contiguous(memory_format=LAYOUTS[layout])
    frozen = FrozenConv2d(conv)
    assert_same(conv, frozen, x, within=2e-6)
    assert kept(frozen, x) == 0 < kept(conv, x)


def kept(layer: Layer, x: Tensor) -> int:
    """Count the values that a layer keeps for the way back."""
    counts: list[int] = []

    def keep(tensor: Tensor) -> Tensor:
        counts.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        layer(x.detach().requires_grad_(True))
    return sum(counts)


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (3, 8)])
def test_small_kernels_on_a_map_say_what_a_large_one_says_on_the_doubled_map(
    size: tuple[int, int],
) -> None:
    torch.manual_seed(1)
    plain = Upsample(6).requires_grad_(False)
    x = torch.randn(2, 6, *size)
    assert_same(plain, FrozenUpsample(plain.conv), x, within=3e-6)


@pytest.mark.parametrize("make", [small_vqgan, small_published], ids=["starter", "published"])
def test_a_frozen_copy_paints_the_same_shares_weights_and_leaves_the_model_alone(
    make: Callable[[], VQGAN],
) -> None:
    vqgan = make().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    frozen = freeze(vqgan)
    torch.manual_seed(1)
    latents = torch.randn(1, vqgan.params.embed_dim, 6, 5)
    assert_same(vqgan.decode, frozen.decode, latents, within=1e-4)
    theirs = {id(weight) for weight in vqgan.parameters()}
    new = [name for name, weight in frozen.named_parameters() if id(weight) not in theirs]
    assert all("upsample" in name for name in new)
    assert not any(isinstance(module, FrozenConv2d) for module in vqgan.modules())


def test_a_frozen_decoder_keeps_less_than_half() -> None:
    vqgan = small_published().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    latents = torch.randn(1, 8, 8, 8)
    assert kept(freeze(vqgan).decode, latents) < 0.5 * kept(vqgan.decode, latents)
