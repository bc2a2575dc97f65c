"""Recipe of the CLIP that guides pictures: captions of scenes, with mush among the choices.

The contrastive loss of Radford et al. 2021 (section 2.3), made fit for painting: damaged views are
further choices that no caption may prefer, and half of the views are attacked later in the run.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from torch import Tensor, nn

from engine.data.captions import caption
from engine.data.dataset import SceneDataset, load_dataset
from engine.image.codec import load_vqgan, to_tensor
from engine.image.cutouts import sample_views
from engine.image.layout import Layout
from engine.image.perceptor import (
    END_MARK,
    PAD_MARK,
    START_MARK,
    TextTokenizer,
    Tokens,
    load_perceptor,
    normalise,
)
from engine.image.vocabulary import place_words, synonyms
from engine.models.clip import CLIPParams, build_clip, encode_images, encode_tokens
from engine.models.vqgan import VQGAN
from engine.training.clip_views import attack_views, code_pictures, damage_views, draw_views
from engine.training.common import (
    Clock,
    Every,
    RunLog,
    TrainOptions,
    bfloat16,
    export_weights,
    learning_rate,
    load_checkpoint,
    parameter_groups,
    save_checkpoint,
    seed_everything,
    set_learning_rate,
    write_card,
)
from engine.training.feed import Pictures, ahead


@dataclass(frozen=True)
class Recipe:
    """Figures of a preset; ``attack_from`` is a share of the run, ``radius`` in pixels of 0..1."""

    minutes: float = 38.0
    batch: int = 192
    damaged: int = 50
    rate: float = 1.2e-3
    weight_decay: float = 0.1
    attack_from: float = 0.45
    radius: float = 3 / 255
    coded: int = 24
    coded_bank: int = 960
    vocabulary: int = 2048
    shape: CLIPParams = field(default_factory=CLIPParams)


PRESETS = {"cpu": Recipe(), "gpu": Recipe(minutes=6.0, batch=1024, damaged=250, rate=2e-3)}


def train_tokenizer(texts: Iterable[str], path: Path, *, vocabulary: int) -> None:
    """Train a byte-level BPE of lower-case words; the end token comes last, with the highest id."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - 1,
        special_tokens=[PAD_MARK, START_MARK],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([END_MARK])
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))


def tokenizer_texts(
    layouts: Sequence[Layout], rng: np.random.Generator, *, count: int
) -> Iterator[str]:
    """Yield captions of random layouts, then every word that names a subject or a place."""
    for _ in range(count):
        yield caption(layouts[int(rng.integers(len(layouts)))], rng)
    yield from (*synonyms(), *place_words())


def contrastive_loss(images: Tensor, texts: Tensor, damaged: Tensor, scale: Tensor) -> Tensor:
    """Return the symmetric loss of unit embeddings (B, D); texts choose among damaged ones too."""
    target = torch.arange(len(images), device=images.device)
    of_texts = scale * texts @ torch.cat([images, damaged]).T
    of_images = scale * images @ texts.T
    return (F.cross_entropy(of_texts, target) + F.cross_entropy(of_images, target)) / 2


def pair_loss(images: Tensor, texts: Tensor, scale: Tensor) -> Tensor:
    """Return the loss of images (n, D) choosing among texts (B, D), their own being the first n."""
    return F.cross_entropy(
        scale * images @ texts.T, torch.arange(len(images), device=images.device)
    )


@torch.inference_mode()
def measure(
    model: nn.Module, tokenizer: Tokens, pictures: Tensor, texts: list[str], *, size: int
) -> dict[str, float]:
    """Return R@1 both ways among pictures (N, 3, H, W) in 0..1, and with N damaged ones beside."""
    device = next(model.parameters()).device
    whole = torch.eye(3, device=device).expand(len(pictures), 1, 3, 3)
    views = sample_views(pictures.to(device), whole, size=size)
    mush = damage_views(views, torch.Generator().manual_seed(1))
    images = encode_images(model, normalise(views))
    damaged = encode_images(model, normalise(mush))
    embedded = encode_tokens(model, tokenizer(texts).to(device))
    own = torch.arange(len(texts), device=device)
    of_texts = embedded @ torch.cat([images, damaged]).T
    return {
        "text_to_image": float((of_texts[:, : len(own)].argmax(1) == own).float().mean()),
        "image_to_text": float(((images @ embedded.T).argmax(1) == own).float().mean()),
        "text_to_image_mush": float((of_texts.argmax(1) == own).float().mean()),
        "cosine": float((images * embedded).sum(1).mean()),
        "cosine_mush": float((damaged * embedded).sum(1).mean()),
    }


def unit_pictures(pictures: NDArray[np.uint8]) -> Tensor:
    """Turn pictures (B, H, W, 3) of bytes into (B, 3, H, W) in 0..1."""
    return (to_tensor(pictures) + 1) / 2


def draw_pairs(
    scenes: SceneDataset, count: int, rng: np.random.Generator
) -> tuple[Tensor, list[str]]:
    """Draw pictures (count, 3, H, W) in 0..1, each with a caption made anew."""
    chosen, texts = draw_captions(scenes, count, rng)
    return unit_pictures(scenes.images[chosen]), texts


def draw_captions(
    scenes: SceneDataset, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], list[str]]:
    """Draw scenes, each with a caption made anew."""
    # In the order of the file, a memory map is read once through at most.
    chosen = np.sort(rng.choice(len(scenes.layouts), min(count, len(scenes.layouts)), False))
    return chosen, [caption(scenes.layouts[n], rng) for n in chosen]


class CodedBank:
    """Pictures as a VQGAN paints them, whole and from damaged codes: the loop's own domain."""

    def __init__(self, vqgan: VQGAN, scenes: SceneDataset, *, count: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.chosen = np.random.default_rng(seed).choice(
            len(scenes.layouts), min(count, len(scenes.layouts)), replace=False
        )
        self.scenes = scenes
        whole, damaged = [], []
        for part in np.array_split(self.chosen, max(1, count // 24)):
            pictures = unit_pictures(scenes.images[part]).to(vqgan.device)
            pair = code_pictures(vqgan, pictures, generator)
            whole.append(pair[0].half())
            damaged.append(pair[1].half())
        self.whole, self.damaged = torch.cat(whole), torch.cat(damaged)

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, list[str]]:
        """Draw pictures as coded, others from damaged codes, and captions of the former."""
        n, m = rng.integers(len(self.chosen), size=(2, count))
        texts = [caption(self.scenes.layouts[i], rng) for i in self.chosen[n]]
        return self.whole[n].float(), self.damaged[m].float(), texts


class Training:
    """State of one run: model, tokenizer, optimiser, clock and files."""

    def __init__(self, options: TrainOptions) -> None:
        self.options = options
        self.recipe = PRESETS[options.preset]
        self.folder = options.runs / "clip"
        self.log = RunLog(self.folder)
        self.clock = Clock((options.minutes or self.recipe.minutes) * 60)
        self.rng = np.random.default_rng(options.seed)
        self.scenes = load_dataset(options.data / "scenes-128")
        self.heldout = load_dataset(options.data / "scenes-128-heldout")
        seed_everything(options.seed)
        self.generator = torch.Generator().manual_seed(options.seed)
        self.pictures = Pictures(self.scenes.images, options.device)
        self.step = 0
        self.bank: CodedBank | None = None
        self.tokenizer = self._tokenizer()
        vocabulary = self.tokenizer.end_id + 1
        self.params = CLIPParams(**{**asdict(self.recipe.shape), "vocab_size": vocabulary})
        model = build_clip(self.params).to(options.device)
        self.model: Any = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.model, self.recipe.weight_decay), betas=(0.9, 0.98), fused=True
        )
        if options.resume:
            self._restore()
        self.drawn = ahead(
            lambda: draw_captions(self.scenes, self.recipe.batch, self.rng), device=options.device
        )

    def _tokenizer(self) -> TextTokenizer:
        """Train the tokenizer, or take the one of the run that is resumed."""
        path = self.folder / "clip-tokenizer.json"
        if not (self.options.resume and path.exists()):
            texts = tokenizer_texts(self.scenes.layouts, self.rng, count=60_000)
            train_tokenizer(texts, path, vocabulary=self.recipe.vocabulary)
        tokenizer = Tokenizer.from_file(str(path))
        return TextTokenizer(tokenizer, self.recipe.shape.context_length)

    def _restore(self) -> None:
        saved = load_checkpoint(self.folder / "checkpoint.pt")
        if saved is None:
            return
        self.model.load_state_dict(saved["model"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.step = int(saved["step"])
        self.clock.before = float(saved["elapsed"])
        self.rng = np.random.default_rng([self.options.seed, self.step])
        self.generator.manual_seed(self.options.seed * 1_000_003 + self.step)

    def save(self) -> None:
        """Write a checkpoint."""
        state = {
            "model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(),
            "step": self.step, "elapsed": self.clock.elapsed,
        }  # fmt: skip
        save_checkpoint(self.folder / "checkpoint.pt", state)

    def _encode(self, views: Tensor) -> Tensor:
        pixels = normalise(views).contiguous(memory_format=torch.channels_last)
        with bfloat16(self.options.device):
            return encode_images(self.model, pixels)

    def _attack(self, views: Tensor, texts: Tensor, scale: Tensor) -> Tensor:
        """Attack the first half of views (B, 3, S, S), in evaluation mode as it will be used."""
        half = len(views) // 2
        self.model.eval()
        attacked = attack_views(
            views[:half], lambda moved: pair_loss(self._encode(moved), texts, scale),
            self.generator, radius=self.recipe.radius,
        )  # fmt: skip
        self.model.train()
        return torch.cat([attacked, views[half:]])

    def find_codec(self) -> None:
        """Take up the VQGAN once it is trained; both recipes may run at the same time."""
        if self.bank is None and (self.options.out / "vqgan.safetensors").exists():
            vqgan = load_vqgan(self.options.out).to(self.options.device)
            count = self.recipe.coded_bank
            self.bank_rng = np.random.default_rng([self.options.seed, self.step, 1])
            self.bank = CodedBank(vqgan, self.scenes, count=count, seed=self.options.seed)

    def _batch(self) -> tuple[Tensor, Tensor, list[str]]:
        """Return views (B, 3, S, S), damaged views and the captions of the former."""
        chosen, captions = next(self.drawn)
        pictures = (self.pictures.take(chosen) + 1) / 2
        size, device = self.params.image_size, self.options.device
        damaged: list[Tensor] = []
        if self.bank is not None:
            count = self.recipe.coded
            whole, mush, texts = self.bank.draw(count, self.bank_rng)
            pictures = torch.cat([whole, pictures[count:]])
            captions = texts + captions[count:]
            damaged = [draw_views(mush.to(device), self.generator, size=size)]
        views = draw_views(pictures.to(device), self.generator, size=size)
        damaged.append(damage_views(views[-self.recipe.damaged :], self.generator))
        return views, torch.cat(damaged), captions

    def loss(self) -> Tensor:
        """Return the loss of the next batch."""
        views, mush, captions = self._batch()
        with bfloat16(self.options.device):
            texts = encode_tokens(self.model, self.tokenizer(captions).to(self.options.device))
        scale = self.model.logit_scale.exp()
        if self.clock.progress >= self.recipe.attack_from:
            views = self._attack(views, texts.detach(), scale.detach())
        embedded = self._encode(torch.cat([views, mush]))
        images, damaged = torch.split(embedded, [len(views), len(mush)])
        return contrastive_loss(images, texts, damaged, scale)

    def train_step(self) -> float:
        """Train on one batch and return its loss."""
        set_learning_rate(self.optimiser, learning_rate(self.clock.progress, self.recipe.rate))
        loss = self.loss()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(0, math.log(100))
        self.step += 1
        return float(loss.detach())

    def measure(self) -> dict[str, float]:
        """Measure on 256 held-out scenes with captions of their own seed."""
        self.model.eval()
        pictures, texts = draw_pairs(self.heldout, 256, np.random.default_rng(7))
        figures = measure(self.model, self.tokenizer, pictures, texts, size=self.params.image_size)
        self.model.train()
        return figures

    def settle_statistics(self, *, batches: int = 24) -> None:
        """Set the batch norms' statistics from clean views, as they will be looked at."""
        norms = [m for m in self.model.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        with torch.no_grad():
            for _ in range(batches):
                chosen, _ = next(self.drawn)
                pictures = (self.pictures.take(chosen) + 1) / 2
                self._encode(draw_views(pictures, self.generator, size=self.params.image_size))
        for norm in norms:
            norm.momentum = 0.1

    def export(self) -> None:
        """Write weights, tokenizer and card, with figures of the files as written."""
        out = self.options.out
        self.settle_statistics()
        metadata = {"params": json.dumps(asdict(self.params))}
        export_weights(self.model.state_dict(), out / "clip.safetensors", metadata=metadata)
        self.tokenizer.tokenizer.save(str(out / "clip-tokenizer.json"))
        perceptor = load_perceptor(out)
        pictures, texts = draw_pairs(self.heldout, 256, np.random.default_rng(7))
        figures = measure(
            perceptor.model, perceptor.tokenizer, pictures, texts, size=perceptor.image_size
        )
        self.log.write(step=self.step, minutes=self.clock.elapsed / 60, **figures)
        write_card(out / "clip.md", "Starter CLIP", self.card(figures))

    def card(self, figures: dict[str, float]) -> dict[str, str | dict[str, object]]:
        """Return the sections of the model card."""
        millions = sum(p.numel() for p in self.model.parameters()) / 1e6
        where = "on one of two shared x86 cores" if self.options.preset == "cpu" else "on a GPU"
        return {
            "What": f"How well a picture of {self.params.image_size} px shows a text: the CLIP "
            f"class of open_clip with a small ModifiedResNet; {millions:.1f} M parameters, fp16 "
            "safetensors, with a byte-level BPE of "
            f"{self.params.vocab_size} tokens. It guides the VQGAN+CLIP loop.",
            "Data": f"{len(self.scenes.layouts):,} storybook scenes painted by the project's own "
            "renderer with figures of Noto Color Emoji (SIL Open Font License), captioned anew "
            "each time they are seen. It knows this small world and English only.",
            "Recipe": "`pagewright train clip`: contrastive loss; each batch also holds damaged "
            "views (shuffled blocks, blur, noise, blends, smears, damaged VQGAN codes) that no "
            "caption may choose; half of the views attacked by one sign step in the later part; "
            "jittered crops.",
            "Figures": {
                "training": f"{self.step:,} steps of {self.recipe.batch}, "
                f"{self.clock.elapsed / 60:.0f} min {where}",
                "R@1 of 256 held-out, text to picture": f"{figures['text_to_image']:.2f}",
                "R@1 of 256 held-out, picture to text": f"{figures['image_to_text']:.2f}",
                "R@1, text to picture, 256 damaged ones among the choices":
                    f"{figures['text_to_image_mush']:.2f}",
            },
            "Licence": "Weights under the project's MIT licence.",
        }  # fmt: skip


def train(options: TrainOptions) -> None:
    """Train CLIP on ``data/scenes-128``; export ``clip.safetensors``, its tokenizer and card."""
    run = Training(options)
    run.model.train()
    run.find_codec()
    run.clock.start()
    report, checkpoint = Every(30), Every(120)
    recent: list[float] = []
    while not run.clock.finished:
        recent.append(run.train_step())
        if report.due():
            run.log.write(
                step=run.step, minutes=run.clock.elapsed / 60, loss=float(np.mean(recent)),
                scale=float(run.model.logit_scale.detach().exp()),
            )  # fmt: skip
            recent = []
        if checkpoint.due():
            run.find_codec()
            run.save()
            run.log.write(step=run.step, minutes=run.clock.elapsed / 60, **run.measure())
    run.save()
    run.export()
