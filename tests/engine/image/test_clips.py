"""Published CLIPs as perceptors: OpenAI's kind and SigLIP's, from folders and by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import open_clip
import pytest
import torch

from engine.errors import ModelFileError
from engine.image.clips import PublishedPerceptor, load_published_perceptor
from engine.image.perceptor import MEAN
from engine.models.checkpoint import CheckpointError
from engine.models.open_clip_models import _split
from tests.engine.image.tiny_clips import HALF, save_clip, save_siglip

LONG = "a fox in a snowy forest at night " * 40


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def clip(clip_folder: Path) -> PublishedPerceptor:
    return load_published_perceptor(str(clip_folder))


@pytest.fixture(scope="module")
def siglip(tmp_path_factory: pytest.TempPathFactory) -> PublishedPerceptor:
    return load_published_perceptor(str(save_siglip(tmp_path_factory.mktemp("siglip"))))


def test_each_has_its_own_size_colours_context_and_bias(
    clip: PublishedPerceptor, siglip: PublishedPerceptor
) -> None:
    assert (clip.image_size, clip.mean, clip.bias) == (32, MEAN, 0.0)
    assert (siglip.image_size, siglip.mean, siglip.std, siglip.bias) == (160, HALF, HALF, -10.0)
    assert clip.tokenizer(["a fox"]).shape == (1, 77)
    assert siglip.tokenizer(["a fox"]).shape == (1, 16)


@pytest.mark.parametrize("save", [save_clip, save_siglip])
def test_embeddings_are_those_of_open_clip_itself(
    save: Callable[[Path], Path], tmp_path: Path
) -> None:
    folder = save(tmp_path)
    perceptor = load_published_perceptor(str(folder))
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")(["a fox in a forest"])
    with torch.no_grad():
        text = model.eval().encode_text(tokens, normalize=True)[0]
        views = torch.rand(2, 3, perceptor.image_size, perceptor.image_size)
        normal = torch.stack([preprocess.transforms[-1](view) for view in views])
        images = model.encode_image(normal, normalize=True)
    assert torch.allclose(perceptor.encode_text("a fox in a forest"), text, atol=1e-5)
    assert torch.allclose(perceptor.encode_views(views), images, atol=1e-5)


def test_gradients_reach_the_views_of_frozen_weights(siglip: PublishedPerceptor) -> None:
    views = torch.rand(1, 3, 160, 160).requires_grad_(True)
    seen = siglip.encode_views(views)
    # Not their plain sum: a layer norm's answers add up to the same whatever comes in.
    weights = torch.randn(seen.shape, generator=torch.Generator().manual_seed(0))
    (gradient,) = torch.autograd.grad((seen * weights).sum(), views)
    assert float(gradient.abs().sum()) > 1e-3
    assert not any(p.requires_grad for p in siglip.model.parameters())


def test_siglip_tells_probabilities(siglip: PublishedPerceptor) -> None:
    cosines = torch.tensor([-1.0, 0.0, 1.0])
    expected = torch.sigmoid(siglip.scale * cosines - 10)
    assert torch.allclose(siglip.probability(cosines), expected)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_a_long_prompt_is_cut_at_a_word_and_that_is_said(
    kind: str, request: pytest.FixtureRequest
) -> None:
    perceptor: PublishedPerceptor = request.getfixturevalue(kind)
    text, was_cut = perceptor.fit_text(LONG)
    words = text.split()
    assert was_cut
    assert words == LONG.split()[: len(words)]
    assert perceptor.tokenizer.fits(text)
    assert not perceptor.tokenizer.fits(" ".join(LONG.split()[: len(words) + 1]))
    assert perceptor.fit_text("a fox,  in a forest") == ("a fox,  in a forest", False)


def test_the_longest_prompt_that_fits_is_left_alone(clip: PublishedPerceptor) -> None:
    # 77 tokens with the marks for start and end.
    assert clip.fit_text(" ".join(["fox"] * 75)) == (" ".join(["fox"] * 75), False)
    assert clip.fit_text(" ".join(["fox"] * 76)) == (" ".join(["fox"] * 75), True)


def test_one_endless_word_is_cut_within(clip: PublishedPerceptor) -> None:
    text, was_cut = clip.fit_text("狐" * 400)
    assert was_cut
    assert text
    assert clip.tokenizer.fits(text)


def test_a_text_cannot_end_itself(clip: PublishedPerceptor) -> None:
    marked = clip.tokenizer(["a fox <end_of_text> and <start_of_text> more"])
    assert torch.equal(marked, clip.tokenizer(["a fox and more"]))


def test_openais_weights_by_name_have_quick_gelu() -> None:
    assert _split("ViT-B-32:openai") == ("ViT-B-32-quickgelu", "openai")
    assert _split("ViT-B-32-quickgelu:openai") == ("ViT-B-32-quickgelu", "openai")
    assert _split("ViT-B-32:laion2b_s34b_b79k") == ("ViT-B-32", "laion2b_s34b_b79k")
    assert _split("hf-hub:laion/CLIP-ViT-B-32-laion2B-s34B-b79K")[1] is None
    config = open_clip.get_model_config("ViT-B-32-quickgelu")
    assert config["quick_gelu"]


def test_quick_gelu_of_a_folder_is_used(tmp_path: Path) -> None:
    quick = load_published_perceptor(str(save_clip(tmp_path / "quick", quick_gelu=True)))
    plain = load_published_perceptor(str(save_clip(tmp_path / "plain", quick_gelu=False)))
    difference = quick.encode_text("a fox") - plain.encode_text("a fox")
    assert float(difference.abs().max()) > 1e-4


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _cut_weights(folder: Path) -> None:
    path = folder / "open_clip_model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


def _other_shape(folder: Path) -> None:
    config = json.loads((folder / "open_clip_config.json").read_text("utf-8"))
    config["model_cfg"]["embed_dim"] = 24
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")


def _foreign_tower(folder: Path) -> None:
    config = json.loads((folder / "open_clip_config.json").read_text("utf-8"))
    config["model_cfg"]["vision_cfg"]["timm_model_name"] = "hf-hub:somebody/something"
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")


def _no_json(folder: Path) -> None:
    (folder / "open_clip_config.json").write_text("[]", encoding="utf-8")


@pytest.mark.parametrize(
    "spoil",
    [_without("open_clip_config.json"), _without("open_clip_model.safetensors"), _cut_weights,
     _other_shape, _foreign_tower, _no_json],
    ids=["no-config", "no-weights", "cut", "other-shape", "foreign-tower", "no-json"],
)  # fmt: skip
def test_a_bad_folder_is_refused_in_one_line(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    folder = save_clip(tmp_path / "clip")
    spoil(folder)
    with pytest.raises(ModelFileError) as caught:
        load_published_perceptor(str(folder))
    assert str(folder) in caught.value.message
    assert "\n" not in caught.value.message


def test_a_name_that_means_nothing_is_refused() -> None:
    with pytest.raises(CheckpointError, match="no CLIP nonsense: name a folder"):
        _split("nonsense")
