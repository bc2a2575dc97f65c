"""Parts that recipes share, and the parts of the draft's recipe that need no training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import nn

from engine.image.draft import scene_tensors
from engine.image.layout import Figure, Layout
from engine.image.names import Names
from engine.training.common import (
    Clock,
    Ema,
    export_weights,
    learning_rate,
    load_checkpoint,
    save_checkpoint,
    save_sheet,
    write_card,
)
from engine.training.draft import figure_weights, hide
from engine.training.looks import average_looks
from engine.training.vqgan import crops, reconstruction_loss


def test_the_clock_counts_earlier_parts_of_a_run() -> None:
    clock = Clock(budget=100, before=40)
    assert 0.4 <= clock.progress < 0.45
    assert not clock.finished
    assert Clock(budget=100, before=101).finished


def test_the_learning_rate_warms_up_peaks_and_falls_to_its_floor() -> None:
    rates = [learning_rate(p, 1.0, warmup=0.1, floor=0.05) for p in np.linspace(0, 1, 101)]
    assert rates[0] < 0.02
    assert max(rates) == pytest.approx(1.0, abs=0.01)
    assert rates[-1] == pytest.approx(0.05)
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_ema_goes_to_where_the_model_stays() -> None:
    model = nn.Linear(2, 2)
    ema = Ema(model, 0.5)
    with torch.no_grad():
        model.weight.fill_(3.0)
    for _ in range(40):
        ema.update(model)
    assert torch.allclose(ema.state["weight"], torch.full((2, 2), 3.0), atol=1e-3)


def test_a_checkpoint_comes_back_and_leaves_no_part_behind(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "c.pt") is None
    save_checkpoint(tmp_path / "c.pt", {"weight": torch.arange(3), "step": 7})
    saved = load_checkpoint(tmp_path / "c.pt")
    assert saved is not None
    assert saved["step"] == 7
    assert torch.equal(saved["weight"], torch.arange(3))
    assert [p.name for p in tmp_path.iterdir()] == ["c.pt"]


def test_exports_are_half_precision_with_metadata(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    export_weights({"w": torch.ones(2), "n": torch.tensor(3)}, path, metadata={"params": "{}"})
    with safe_open(str(path), framework="pt") as file:
        assert file.metadata() == {"params": "{}"}
        assert file.get_tensor("w").dtype == torch.float16
        assert file.get_tensor("n").dtype == torch.int64


def test_a_card_has_prose_and_figures(tmp_path: Path) -> None:
    write_card(tmp_path / "m.md", "Model", {"Data": "Scenes.", "Figures": {"PSNR": "23 dB"}})
    text = (tmp_path / "m.md").read_text()
    assert text.startswith("# Model\n")
    assert "| PSNR | 23 dB |" in text


def test_a_sheet_is_a_picture_of_all_pictures(tmp_path: Path) -> None:
    save_sheet(tmp_path / "s.png", torch.rand(6, 3, 8, 10) * 2 - 1, columns=3)
    from PIL import Image

    assert Image.open(tmp_path / "s.png").size == (30, 16)


def test_a_perfect_reconstruction_costs_nothing_and_blur_costs() -> None:
    picture = torch.rand(1, 3, 16, 16)
    assert reconstruction_loss(picture, picture, edge_weight=0.3) == 0
    flat = picture.mean((2, 3), keepdim=True).expand_as(picture)
    assert reconstruction_loss(flat, picture, edge_weight=0.3) > 0.1


def test_crops_are_cut_from_the_pictures_the_same_for_a_seed() -> None:
    images = np.arange(2 * 16 * 16 * 3, dtype=np.uint32).astype(np.uint8).reshape(2, 16, 16, 3)
    one, two = (crops(images, batch=4, side=8, rng=np.random.default_rng(3)) for _ in range(2))
    assert one.shape == (4, 8, 8, 3)
    assert np.array_equal(one, two)


def test_the_average_look_of_a_subject_is_what_its_box_shows() -> None:
    names = Names.current()
    layouts = [
        Layout(figures=(Figure("fox", None, 0.25, 0.5, 0.5, 1.0),)),
        Layout(figures=(Figure("fox", None, 0.75, 0.5, 0.5, 1.0, flip=True),)),
    ]
    images = np.zeros((2, 32, 32, 3), np.uint8)
    images[0, :, :8] = 255  # white on the figure's own left, mirrored in the second picture
    images[1, :, 24:] = 255
    mean, deviation = average_looks(
        images, scene_tensors(layouts, names), subjects=len(names.subjects) + 1, side=4
    )
    fox = mean[names.subject("fox")]
    assert torch.allclose(fox[..., :2], torch.ones(3, 4, 2), atol=0.01)
    assert torch.allclose(fox[..., 2:], -torch.ones(3, 4, 2), atol=0.01)
    assert deviation.max() < 0.05


def test_codes_of_figures_weigh_more() -> None:
    layout = Layout(figures=(Figure("fox", None, 0.25, 0.25, 0.5, 0.5),))
    weights = figure_weights(scene_tensors([layout], Names.current()), 16, 3.0)
    assert torch.all(weights[0, :8, :8] == 3)
    assert torch.all(weights[0, 8:] == 1)


def test_the_share_of_hidden_codes_is_as_asked() -> None:
    torch.manual_seed(0)
    codes = torch.zeros(2, 32, 32, dtype=torch.long)
    seen, hidden = hide(codes, 99, torch.tensor([0.2, 1.0]))
    assert torch.equal(seen == 99, hidden)
    assert 0.15 < hidden[0].float().mean() < 0.25
    assert hidden[1].all()
