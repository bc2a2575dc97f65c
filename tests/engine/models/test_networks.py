"""The networks' shapes, and what must hold before and after training."""

from __future__ import annotations

from dataclasses import replace

import torch

from engine.models.draft import DraftNet, DraftParams, Scenes, local_coordinates
from engine.models.layout import LayoutNet, LayoutNetParams
from engine.models.vqgan import VQGAN, VQGANParams

SMALL = VQGANParams(
    codes=32, width_fine=16, width_coarse=16, encoder_blocks=(1, 1), decoder_blocks=(1, 1)
)


def small_vqgan() -> VQGAN:
    torch.manual_seed(0)
    return VQGAN(SMALL)


def one_scene(*, flip: bool = False, subject: int = 3) -> Scenes:
    return Scenes(
        place=torch.tensor([1]), time=torch.tensor([0]), weather=torch.tensor([0]),
        horizon=torch.tensor([0.5]), subject=torch.tensor([[subject, 0, 0]]),
        colour=torch.zeros(1, 3, dtype=torch.long),
        box=torch.tensor([[[0.25, 0.75, 0.4, 0.4]] + [[0.5] * 4] * 2]),
        flip=torch.tensor([[flip, False, False]]), backdrop=torch.tensor([0]),
        shift=torch.tensor([0.0]),
    )  # fmt: skip


def small_draft() -> DraftNet:
    torch.manual_seed(0)
    return DraftNet(DraftParams(codes=32, subjects=5, width=32, depth=2, heads=4)).eval()


def test_vqgan_keeps_sizes_that_are_not_square() -> None:
    pictures = torch.rand(2, 3, 24, 40) * 2 - 1
    output, latents, indices = small_vqgan()(pictures)
    assert output.shape == pictures.shape
    assert latents.shape == (2, 16, 3, 5)
    assert indices.shape == (2, 3, 5)


def test_vqgan_is_a_codec_from_its_first_step() -> None:
    ramp = torch.linspace(-1, 1, 64)
    pictures = torch.stack([ramp.expand(64, 64), ramp[:, None].expand(64, 64)] * 2)[None, :3]
    model = small_vqgan()
    model.start_from_patches(pictures)
    error = (model.decode(model.encode(pictures)) - pictures).pow(2).mean()
    assert error < 1e-3


def test_quantise_snaps_to_the_nearest_code_and_passes_gradients() -> None:
    model = small_vqgan()
    indices = torch.arange(32).view(1, 4, 8)
    latents = (model.codes_to_latents(indices) + 0.01).requires_grad_()
    snapped, found = model.quantise(latents)
    assert torch.equal(found, indices)
    assert torch.allclose(snapped, model.codes_to_latents(indices), atol=1e-6)
    snapped.sum().backward()
    assert latents.grad is not None
    assert torch.all(latents.grad == 1)


def test_local_coordinates_are_zero_in_the_middle_and_mirrored_by_flip() -> None:
    u, v = local_coordinates(one_scene(), 40, 40)
    assert abs(float(u[0, 0, 30, 10])) < 0.1
    assert abs(float(v[0, 0, 30, 10])) < 0.1
    mirrored, _ = local_coordinates(one_scene(flip=True), 40, 40)
    assert torch.equal(mirrored[:, 0], -u[:, 0])


def test_draft_features_of_a_figure_stay_around_its_box() -> None:
    net = small_draft()
    with_figure = net.scene(one_scene(), 16, 16)
    without = net.scene(one_scene(subject=0), 16, 16)
    changed = (with_figure - without).abs().sum(-1)[0] > 0
    assert changed[11:13, 3:5].all()
    assert not changed[:, 9:].any()
    assert not changed[:7].any()


def crowd(count: int, *, x: float = 0.5) -> Scenes:
    scene = one_scene()
    return replace(
        scene, subject=torch.full((1, count), 2), colour=torch.zeros(1, count, dtype=torch.long),
        box=torch.tensor([[[x, 0.5, 0.3, 0.3]] * (count - 1) + [[0.5, 0.5, 0.3, 0.3]]]),
        flip=torch.zeros(1, count, dtype=torch.bool),
    )  # fmt: skip


@torch.inference_mode()
def test_a_nearer_figure_hides_a_farther_one_but_for_the_corners_of_its_box() -> None:
    net = small_draft()
    torch.nn.init.normal_(net.scene.figures.layer)
    both, one = net.scene(crowd(2), 32, 32), net.scene(crowd(1), 32, 32)
    layers = net.scene.figures.layer
    assert torch.allclose(both[0, 16, 16] - one[0, 16, 16], layers[1] - layers[0], atol=1e-5)
    assert not torch.allclose(both[0, 11, 11] - one[0, 11, 11], layers[1] - layers[0], atol=1e-2)


@torch.inference_mode()
def test_more_figures_than_layers_are_all_drawn() -> None:
    net = small_draft()
    torch.nn.init.normal_(net.scene.figures.layer)
    bare = net.scene(one_scene(subject=0), 32, 32)
    five = net.scene(crowd(5, x=0.15), 32, 32)
    assert ((five - bare).abs().sum(-1)[0] > 0)[16, [5, 16]].all()


def test_draft_logits_have_one_row_for_each_code_at_any_even_size() -> None:
    net = small_draft()
    for size in ((16, 16), (8, 12)):
        logits = net(torch.full((1, *size), net.mask), one_scene())
        assert logits.shape == (1, *size, 32)


def test_codes_are_chosen_by_their_distance_as_well() -> None:
    torch.manual_seed(0)
    net = DraftNet(DraftParams(codes=32, subjects=5, width=32, depth=2, heads=4, latents=4)).eval()
    assert net.codes is not None
    net.codes.set_codebook(torch.randn(32, 4))
    states = torch.randn(7, net.params.feature_width)
    wanted, codebook = net.codes.wanted(net.head(states)), net.codes.codebook[:-1]
    near = -net.codes.sharpness.exp() * torch.cdist(wanted, codebook).square()
    found = net.read(states).log_softmax(-1)
    assert torch.allclose(found, (net.logits(net.head(states)) + near).log_softmax(-1), atol=1e-4)


def test_layout_net_does_not_see_later_tokens() -> None:
    torch.manual_seed(0)
    net = LayoutNet(LayoutNetParams(layout_tokens=20, caption_tokens=10, width=32, depth=2)).eval()
    caption, layout = torch.randint(10, (1, 40)), torch.randint(20, (1, 6))
    changed = layout.clone()
    changed[0, 4] = (changed[0, 4] + 1) % 20
    before, after = net(caption, layout), net(caption, changed)
    assert torch.allclose(before[:, :4], after[:, :4], atol=1e-6)
    assert not torch.allclose(before[:, 4], after[:, 4], atol=1e-6)


def with_views() -> DraftNet:
    torch.manual_seed(0)
    net = DraftNet(DraftParams(codes=32, subjects=5, width=32, depth=2, heads=4, views=2)).eval()
    assert net.backdrops is not None
    torch.nn.init.normal_(net.backdrops.out.weight)  # it begins as if there were no views
    return net


def seen_from(scene: Scenes, backdrop: int) -> Scenes:
    return replace(scene, backdrop=torch.tensor([backdrop]))


@torch.inference_mode()
def test_views_change_what_lies_behind_only_where_one_is_wanted() -> None:
    net, codes = with_views(), torch.full((1, 16, 16), 32)
    states = [net.states(codes, net.wishes(seen_from(one_scene(), b), 16, 16)) for b in (0, 1, 3)]
    plain = net.attended(codes, net.scene(one_scene(), 16, 16))
    assert torch.equal(states[0], plain)
    assert not torch.allclose(states[1], states[0])
    assert not torch.allclose(states[1], states[2])


@torch.inference_mode()
def test_views_of_even_number_are_mirrored() -> None:
    backdrops = with_views().backdrops
    assert backdrops is not None
    straight, mirrored = (
        backdrops._lay(seen_from(one_scene(), backdrop), 16, 16, None) for backdrop in (1, 2)
    )
    assert torch.allclose(straight, mirrored.flip(-1), atol=1e-5)


def test_weights_without_views_draw_as_ever() -> None:
    net, codes = small_draft(), torch.full((1, 8, 8), 32)
    with torch.inference_mode():
        assert torch.equal(net(codes, one_scene()), net(codes, seen_from(one_scene(), 4)))
