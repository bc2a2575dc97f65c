"""Recipe of the CLIP that guides pictures: captions of scenes, with mush among the choices.

What the judge's recipe shares is in ``contrast``. This one is made fit for painting besides: it
sees pictures as the VQGAN paints them, and half of its views are attacked later in the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.data.captions import caption
from engine.data.dataset import SceneDataset, load_dataset
from engine.image.codec import load_vqgan
from engine.image.layout import Layout
from engine.image.vocabulary import place_words, synonyms
from engine.models.clip import CLIPParams
from engine.models.vqgan import VQGAN
from engine.training.clip_views import attack_views, code_pictures, damage_views, draw_views
from engine.training.common import TrainOptions, write_card
from engine.training.contrast import (
    ContrastiveRecipe,
    ContrastiveRun,
    contrastive_loss,
    recall_rows,
    unit_pictures,
)
from engine.training.run import count_millions


@dataclass(frozen=True)
class Recipe(ContrastiveRecipe):
    """Figures of a preset; ``attack_from`` is a share of the run, ``radius`` in pixels of 0..1.

    ``coded`` views of a batch come from a bank of ``coded_bank`` pictures.
    """

    minutes: float = 38.0
    batch: int = 192
    damaged: int = 50
    attack_from: float = 0.45
    radius: float = 3 / 255
    coded: int = 24
    coded_bank: int = 960
    shape: CLIPParams = field(default_factory=lambda: CLIPParams(vocab_size=2048))


PRESETS = {"cpu": Recipe(), "gpu": Recipe(minutes=6.0, batch=1024, damaged=250, rate=2e-3)}


def pair_loss(images: Tensor, texts: Tensor, scale: Tensor) -> Tensor:
    """Return the loss of images (n, D) choosing among texts (B, D), their own being the first n."""
    return F.cross_entropy(
        scale * images @ texts.T, torch.arange(len(images), device=images.device)
    )


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


class Training(ContrastiveRun):
    """State of one run: what a CLIP's run has, and a bank of pictures as the VQGAN paints them."""

    recipe: Recipe

    def __init__(self, options: TrainOptions) -> None:
        self.bank: CodedBank | None = None
        super().__init__(options, "clip", PRESETS[options.preset], seed=options.seed)

    def load_scenes(self, part: str) -> SceneDataset:
        """Load the scenes at 128 px."""
        return load_dataset(self.options.data / f"scenes-128{part}")

    def tokenizer_texts(self) -> Iterator[str]:
        """Yield captions of random layouts, then every word that names a subject or a place."""
        layouts, rng = self.scenes.layouts, self.rng
        for _ in range(self.recipe.texts):
            yield caption(layouts[int(rng.integers(len(layouts)))], rng)
        yield from (*synonyms(), *place_words())

    def say(self, layout: Layout, rng: np.random.Generator) -> str:
        """Caption a layout."""
        return caption(layout, rng)

    def settling_views(self, pictures: Tensor) -> Tensor:
        """Return one jittered view (B, 3, S, S) of each picture."""
        return draw_views(pictures, self.generator, size=self.params.image_size)

    def _attack(self, views: Tensor, texts: Tensor, scale: Tensor) -> Tensor:
        """Attack the first half of views (B, 3, S, S), in evaluation mode as it will be used."""
        half = len(views) // 2
        self.model.eval()
        attacked = attack_views(
            views[:half], lambda moved: pair_loss(self.encode(moved), texts, scale),
            self.generator, radius=self.recipe.radius,
        )  # fmt: skip
        self.model.train()
        return torch.cat([attacked, views[half:]])

    def find_codec(self) -> None:
        """Take up the VQGAN once it is trained; both recipes may run at the same time."""
        if self.bank is None and (self.options.out / "vqgan.safetensors").exists():
            vqgan = load_vqgan(self.options.out).to(self.options.device)
            count = self.recipe.coded_bank
            self.bank_rng = np.random.default_rng([self.seed, self.step, 1])
            self.bank = CodedBank(vqgan, self.scenes, count=count, seed=self.seed)

    def views(self) -> tuple[Tensor, Tensor, list[str]]:
        """Return views (B, 3, S, S), damaged views and the captions of the former."""
        pictures, captions = self.batch()
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
        views, mush, captions = self.views()
        texts = self.encode_captions(captions)
        scale = self.model.logit_scale.exp()
        if self.clock.progress >= self.recipe.attack_from:
            views = self._attack(views, texts.detach(), scale.detach())
        embedded = self.encode(torch.cat([views, mush]))
        images, damaged = torch.split(embedded, [len(views), len(mush)])
        return contrastive_loss(images, texts, damaged, scale)

    def look(self) -> None:
        """Measure on held-out scenes, and take up the VQGAN if it is there by now."""
        self.find_codec()
        super().look()

    def export(self) -> None:
        """Write weights, tokenizer and card, with figures of the files as written."""
        figures = self.write_files(self.options.out)
        write_card(self.options.out / "clip.md", "Starter CLIP", self.card(figures))

    def card(self, figures: dict[str, float]) -> dict[str, str | dict[str, object]]:
        """Return the sections of the model card."""
        return {
            "What": f"How well a picture of {self.params.image_size} px shows a text: the CLIP "
            "class of open_clip with a small ModifiedResNet; "
            f"{count_millions(self.model):.1f} M parameters, fp16 safetensors, with a byte-level "
            f"BPE of {self.params.vocab_size} tokens. It guides the VQGAN+CLIP loop.",
            "Data": f"{len(self.scenes.layouts):,} storybook scenes painted by the project's own "
            "renderer with figures of Noto Color Emoji (SIL Open Font License), captioned anew "
            "each time they are seen. It knows this small world and English only.",
            "Recipe": "`pagewright train clip`: contrastive loss; each batch also holds damaged "
            "views (shuffled blocks, blur, noise, blends, smears, damaged VQGAN codes) that no "
            "caption may choose; half of the views attacked by one sign step in the later part; "
            "jittered crops.",
            "Figures": {
                "training": f"{self.step:,} steps of {self.recipe.batch}, "
                f"{self.clock.elapsed / 60:.0f} min on {self.hardware()}",
                **recall_rows(figures),
            },
            "Licence": "Weights under the project's MIT licence.",
        }  # fmt: skip


def train(options: TrainOptions) -> None:
    """Train CLIP on ``data/scenes-128``; export ``clip.safetensors``, its tokenizer and card."""
    run = Training(options)
    run.find_codec()
    run.go()
    run.export()
