"""Recipe of the draft model: drawn layouts in, codes of rendered scenes out, by masked prediction.

Needs the finished VQGAN of ``out`` (its codes are the targets). The subjects' textures start from
the average look of each subject in the scenes, those of the places' views from the renderer's views
by day, so that the network learns to draw, not to remember.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from einops import rearrange, reduce
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from engine.data.dataset import SceneDataset, load_dataset
from engine.errors import EngineError
from engine.image.codec import decode_codes, load_vqgan, to_tensor
from engine.image.draft import Decoding, load_draft_net, sample_codes, scene_tensors
from engine.image.names import Names
from engine.image.vocabulary import BACKDROPS
from engine.models.draft import DraftNet, DraftParams, Scenes, local_coordinates
from engine.training.codes import encode_dataset, glowing_codes
from engine.training.common import (
    TrainOptions,
    bfloat16,
    export_weights,
    save_sheet,
    write_card,
)
from engine.training.looks import start_textures, start_views
from engine.training.run import Run, count_millions


@dataclass(frozen=True)
class Recipe:
    """Figures of a preset; ``bare`` is the share of scenes whose figures are hidden (guidance).

    The weight of figures falls half-way: they are learnt first, what lies behind them needs longer.
    """

    minutes: float = 90.0
    batch: int = 8
    rate: float = 1.2e-3
    figure_weight: tuple[float, float] = (3.0, 1.5)
    bare: float = 0.06
    ema_decay: float = 0.995


PRESETS = {"cpu": Recipe(), "gpu": Recipe(minutes=13.0, batch=256, rate=2e-3, ema_decay=0.999)}
# Textures of about a subject's own size in pixels, read at the resolution of half a code's.
LOOKS = 10_000  # scenes that the subjects' first looks are averaged over
TAKEN_OVER = 0.6  # of the learning rate, where a run begins from earlier weights
CPU = torch.device("cpu")
FINE = {"rows": 32, "bands": 48, "texture_side": 28, "texture_channels": 8, "texture_points": 4}


def pick(scenes: Scenes, rows: Tensor) -> Scenes:
    """Return some scenes of a batch."""
    return Scenes(*(getattr(scenes, f)[rows] for f in Scenes.__dataclass_fields__))


def move(scenes: Scenes, device: torch.device) -> Scenes:
    """Return scenes on a device."""
    return Scenes(*(getattr(scenes, f).to(device) for f in Scenes.__dataclass_fields__))


def figure_weights(scenes: Scenes, size: int, weight: float) -> Tensor:
    """Return the loss weight of each code (B, size, size): higher inside the figures' boxes."""
    u, v = local_coordinates(scenes, size, size)
    inside = (u.abs() < 1) & (v.abs() < 1) & rearrange(scenes.subject > 0, "b k -> b k 1 1")
    return torch.where(reduce(inside, "b k h w -> b h w", "any"), weight, 1.0)


def hide(codes: Tensor, mask: int, ratio: Tensor) -> tuple[Tensor, Tensor]:
    """Mask a share (B,) of the codes of each picture: (masked codes, where they are hidden)."""
    hidden = torch.rand(codes.shape, device=codes.device) < ratio[:, None, None]
    return codes.masked_fill(hidden, mask), hidden


class Training(Run):
    """State of one run; every eight minutes its weights go into its own folder, to be looked at."""

    look_s = 480.0

    def __init__(self, options: TrainOptions) -> None:
        self.recipe = PRESETS[options.preset]
        super().__init__(options, "draft", minutes=self.recipe.minutes)
        self.names = Names.current()
        data = load_dataset(options.data / "scenes-256")
        heldout = load_dataset(options.data / "scenes-256-heldout")
        self.vqgan = load_vqgan(options.out)
        device = options.device
        self.codes = encode_dataset(self.vqgan, data, self.folder / "codes.npy", device)
        self.heldout_codes = encode_dataset(
            self.vqgan, heldout, self.folder / "codes-heldout.npy", device
        )
        self.vqgan.cpu()
        self.glow = glowing_codes(self.codes, data)
        self.scenes = move(scene_tensors(data.layouts, self.names), device)
        self.heldout = move(scene_tensors(heldout.layouts, self.names), device)
        self.net = DraftNet(self._shape()).to(device)
        # Weights that are known already are tuned, not learnt.
        share = 1.0 if options.start is None else TAKEN_OVER
        self.begin(
            self.net, rate=share * self.recipe.rate, weight_decay=0.02,
            ema_decay=self.recipe.ema_decay, key="net", afresh=lambda: self._start(data),
        )  # fmt: skip

    def _shape(self) -> DraftParams:
        n = self.names
        return DraftParams(
            codes=self.vqgan.params.codes, places=len(n.places), times=len(n.times),
            weathers=len(n.weathers), subjects=len(n.subjects) + 1, colours=len(n.colours) + 1,
            latents=self.vqgan.params.embed_dim, views=BACKDROPS // 2, **FINE,
        )  # fmt: skip

    def _start(self, data: SceneDataset) -> None:
        """Start from codes, looks and views as they are, or from earlier weights."""
        if self.net.codes is not None:
            self.net.codes.set_codebook(self.vqgan.codebook)
        some = torch.arange(min(LOOKS, len(data.layouts)))
        start_textures(self.net, data.images, pick(move(self.scenes, CPU), some), self.names)
        start_views(self.net, self.names)
        self._take_over()

    def _take_over(self) -> None:
        """Begin from the weights of ``start``, if any; what they lack stays as it begins."""
        if self.options.start is None:
            return
        earlier, names = load_draft_net(self.options.start)
        if names != self.names:
            raise EngineError(
                "bad_input",
                f"{self.options.start}: a draft model of other names; begin without --start",
            )
        self.net.load_state_dict(earlier.state_dict(), strict=False)

    def loss(self, net: DraftNet, codes: Tensor, scenes: Scenes, ratio: Tensor) -> Tensor:
        """Return the weighted mean cross-entropy of the hidden codes, in nats."""
        seen, hidden = hide(codes, net.mask, ratio)
        # Plain matrix products beat the fused kernels of the CPU, but not those of a GPU.
        plain = sdpa_kernel([SDPBackend.MATH]) if codes.device.type == "cpu" else nullcontext()
        with bfloat16(self.options.device), plain:
            states = net.states(seen, net.wishes(scenes, *codes.shape[1:]))
            logits = net.read(states[hidden])
        weight = self.recipe.figure_weight[self.clock.progress > 0.45]
        weights = figure_weights(scenes, codes.shape[1], weight)[hidden]
        errors = F.cross_entropy(logits.float(), codes[hidden], reduction="none")
        return (errors * weights).sum() / weights.sum()

    def train_step(self) -> float:
        """Train on one batch and return its loss."""
        device, batch = self.options.device, self.recipe.batch
        rows = torch.from_numpy(self.rng.integers(len(self.codes), size=batch)).to(device)
        scenes = pick(self.scenes, rows)
        scenes = scenes.without_figures(torch.rand(batch, device=device) < self.recipe.bare)
        ratio = (torch.rand(batch, device=device) * torch.pi / 2).cos().clamp_min(0.1)
        return self.descend(self.loss(self.net, self.codes[rows].long(), scenes, ratio))

    def look(self) -> None:
        """Export the weights as they are into the run's own folder."""
        self.export(self.folder)

    @torch.inference_mode()
    def heldout_losses(self, net: DraftNet) -> dict[str, float]:
        """Return the loss of held-out scenes with 70 % of the codes, and with all, hidden."""
        count = min(128, len(self.heldout_codes))
        codes, scenes = self.heldout_codes[:count].long(), pick(self.heldout, torch.arange(count))
        # The same codes are hidden each time, and training goes on drawing as if nothing had been.
        with torch.random.fork_rng():
            torch.manual_seed(0)
            shares = {s: torch.full((count,), s / 100, device=codes.device) for s in (70, 100)}
            return {
                f"heldout_{share}": float(self.loss(net, codes, scenes, hidden))
                for share, hidden in shares.items()
            }

    def sheet(self, net: DraftNet, path: Path) -> None:
        """Draw held-out layouts: what the codes are above what the model draws."""
        scenes = move(self.heldout, CPU)
        count = 8 if len(self.heldout_codes) < 16 else 16
        side = (self.heldout_codes.shape[1], self.heldout_codes.shape[2])
        drawn = torch.stack([
            sample_codes(net, pick(scenes, torch.tensor([i])), seed=i, size=side,
                         decoding=Decoding())
            for i in range(count)
        ])  # fmt: skip
        true = self.heldout_codes[:count].long().cpu()
        rows = rearrange(torch.stack([rearrange(true, "(r k) h w -> r k h w", k=8),
                                      rearrange(drawn, "(r k) h w -> r k h w", k=8)], 1),
                         "r two k h w -> (r two k) h w")  # fmt: skip
        save_sheet(path, to_tensor(decode_codes(self.vqgan, rows.numpy())), columns=8)

    def export(self, out: Path) -> None:
        """Write ``draft.safetensors`` and its card; log figures of the file as written."""
        params = {"net": asdict(self.net.params), "names": self.names.to_dict()}
        (out / "draft.json").write_text(json.dumps({"glow": self.glow}) + "\n", "utf-8")
        export_weights(
            self.ema.state, out / "draft.safetensors",
            metadata={"params": json.dumps(params)}, int8=True,
        )  # fmt: skip
        net, _ = load_draft_net(out)
        losses = self.heldout_losses(net.to(self.options.device))
        self.sheet(net.cpu(), self.folder / f"sheet-{self.step:06d}.png")
        self.note(**losses)
        write_card(out / "draft.md", "Starter draft model", {
            "What": "A layout to the codes of the starter VQGAN: masked-token prediction over "
            f"2 x 2 patches of codes, {count_millions(net):.1f} M parameters, int8 safetensors; "
            f"knows {len(self.names.subjects)} subjects and {len(self.names.places)} places.",
            "Data": f"{len(self.codes):,} scenes painted by the project's own renderer with "
            "figures of Noto Color Emoji (SIL Open Font License), with their layouts.",
            "Recipe": "`pagewright train draft`: masked codes by the cosine schedule, those of "
            "figures weighted {:g} times, later {:g}; each subject's texture starts from its "
            "average look in the scenes, of rare ones in portraits, each place's {} views from "
            "the renderer's by day, and codes are known by their vectors in the codebook; "
            "figures hidden at times, for guidance; averaged weights. `draft.json` names the codes "
            "that suns and moons are made of inside, counted in the scenes: they are barred from "
            "skies without a view, where the layout's own figures stand for them.".format(
                *self.recipe.figure_weight, self.net.params.views
            ),
            "Figures": {
                "training": f"{self.step:,} steps of {self.recipe.batch}, "
                f"{self.clock.elapsed / 60:.0f} min on {self.hardware()}",
                "masked cross-entropy, held-out, 70 % hidden": f"{losses['heldout_70']:.3f} nats",
                "the same, all hidden": f"{losses['heldout_100']:.3f} nats",
            },
            "Licence": "Weights under the project's MIT licence.",
        })  # fmt: skip


def train(options: TrainOptions) -> None:
    """Train the draft model and export ``draft.safetensors`` with its card."""
    run = Training(options)
    run.go()
    run.export(options.out)
