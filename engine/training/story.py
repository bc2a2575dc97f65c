"""Recipe of the story model: a small GPT-2 on generated stories and the corpus."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.nn import functional as F
from transformers import GPT2LMHeadModel

from engine.data.stories.lexicon import plot_beats, plot_roles
from engine.machine import usable_cores
from engine.models.story import StoryModelParams, build_story_model
from engine.text import format as layout
from engine.training.common import (
    STOP,
    TrainOptions,
    export_weights,
    load_checkpoint,
    save_checkpoint,
    write_card,
)
from engine.training.story_card import card_sections
from engine.training.story_clues import count_clues
from engine.training.story_data import (
    MIX,
    Sample,
    StoryMix,
    collate,
    train_tokenizer,
    validation,
)
from engine.training.story_start import begin_from, start_tokenizer
from engine.weights import pack, unpack


@dataclass(frozen=True)
class StoryRecipe:
    """Numbers of a training run; ``tokens`` is the size of a batch."""

    tokens: int = 1200
    rate: float = 1.6e-3
    warmup: int = 150
    decay: float = 0.1
    dropout: float = 0.0
    every_s: float = 300.0
    held_out: int = 24
    patience: int = 30
    tokenizer_stories: int = 12000
    clue_wishes: int = 400


PRESETS = {
    "cpu": StoryRecipe(),
    "gpu": StoryRecipe(tokens=32768, every_s=60.0),
    "smoke": StoryRecipe(tokens=400, held_out=4, warmup=2, tokenizer_stories=60, clue_wishes=5),
}
"""``smoke`` shows in seconds that the recipe runs; its model writes nothing worth reading."""


@dataclass
class Progress:
    """Where a run stands; kept in its checkpoint."""

    step: int = 0
    sample: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best: float = math.inf
    stale: int = 0


MINUTES = {"cpu": 90.0, "gpu": 8.0, "smoke": 0.2}


def train(options: TrainOptions) -> None:
    """Train as ``pagewright train story``: runs in ``runs``/story, weights and card in ``out``."""
    folder = train_story(
        out=options.runs / "story",
        corpus=options.corpus,
        minutes=options.minutes or MINUTES[options.preset],
        seed=options.seed,
        resume=options.resume,
        preset=options.preset,
        start=options.start,
        device=options.device.type,
    )
    options.out.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        shutil.copyfile(path, options.out / path.name)


def train_story(
    *,
    out: Path,
    corpus: Path | None,
    minutes: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    resume: bool = True,
    preset: str = "cpu",
    params: StoryModelParams | None = None,
    start: Path | None = None,
    device: str = "cpu",
    report: Callable[[str], None] = print,
) -> Path:
    """Train a story model and export it to ``out``/export; returns that folder.

    Give ``minutes`` (of training, over all resumed runs) or ``steps``. Without a ``corpus`` folder
    it learns from generated stories alone. ``start`` is a folder of earlier weights, or of a run,
    to begin from. Checkpoints and log.jsonl lie in ``out``.
    """
    if minutes is None and steps is None:
        raise ValueError("train_story needs minutes or steps")
    if corpus is None or not corpus.is_dir():
        report(f"No corpus folder{f' {corpus}' if corpus else ''}: generated stories alone.")
        corpus = None
    run = _Run(out=out, corpus=corpus, seed=seed, recipe=PRESETS[preset],
               params=params or StoryModelParams(), resume=resume, start=start,
               device=device, report=report)  # fmt: skip
    run.train(minutes=minutes, steps=steps)
    return out / "export"


class _Run:
    """One run of the recipe: model, optimiser, data stream, checkpoint and log."""

    def __init__(
        self, *, out: Path, corpus: Path | None, seed: int, recipe: StoryRecipe,
        params: StoryModelParams, resume: bool, start: Path | None, device: str,
        report: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.out, self.recipe, self.report, self.corpus = out, recipe, report, corpus
        self.start = start
        out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(seed)
        self.tokenizer = self._tokenizer(params.vocabulary, fresh=not resume)
        self.params = replace(
            params,
            vocabulary=self.tokenizer.get_vocab_size(),
            plots=plot_beats(),
            roles=plot_roles(),
            clues=count_clues(wishes=recipe.clue_wishes),
        )
        self.device = device
        self.model = build_story_model(replace(self.params, dropout=recipe.dropout)).to(self.device)
        self.shipped = build_story_model(self.params).to(self.device).eval()
        if start is not None:
            begin_from(start, self.model, self.tokenizer)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=recipe.rate,
            betas=(0.9, 0.95),
            weight_decay=recipe.decay,
            fused=True,
        )
        self.progress = Progress()
        self.figures: dict[str, float] = {}
        if resume:
            self._restore()
        self.mix = StoryMix(self.tokenizer, corpus, context=self.params.context, seed=seed)
        self.held_out = validation(
            self.tokenizer, corpus, context=self.params.context,
            stories=recipe.held_out, texts=3 * recipe.held_out,
        )  # fmt: skip

    def _tokenizer(self, vocabulary: int, *, fresh: bool) -> Tokenizer:
        path = self.out / "story-tokenizer.json"
        if (fresh or not path.exists()) and self.start is not None:
            start_tokenizer(self.start).save(str(path), pretty=False)
        elif fresh or not path.exists():
            train_tokenizer(
                self.corpus, vocabulary=vocabulary, generated=self.recipe.tokenizer_stories
            ).save(str(path), pretty=False)
        return Tokenizer.from_file(str(path))

    def train(self, *, minutes: float | None, steps: int | None) -> None:
        """Train until the time or the steps are spent, or validation has stopped falling."""
        before, began, next_check = self.progress.seconds, time.monotonic(), self.recipe.every_s
        # A GPU waits for a single process that makes stories up.
        makers = max(1, usable_cores() - 4) if self.device == "cuda" else 0
        stream = self.mix.batches(
            self.progress.sample, pool=768 if makers else 96, tokens=self.recipe.tokens,
            makers=makers,
        )  # fmt: skip
        for sample, batch in stream:
            done = self._share(minutes, steps)
            if done >= 1 or self.progress.stale >= self.recipe.patience or STOP.is_set():
                break
            loss = self._step(batch, done)
            self.progress.sample = sample
            self.progress.seconds = before + time.monotonic() - began
            if self.progress.step % 25 == 0:
                self._log({"loss": round(loss, 4), "done": round(done, 4)})
            if time.monotonic() - began >= next_check:
                next_check += self.recipe.every_s
                self._check()
        self._check()

    def _share(self, minutes: float | None, steps: int | None) -> float:
        if steps is not None:
            return self.progress.step / steps
        return self.progress.seconds / 60 / (minutes or 1)

    def _step(self, batch: list[Sample], done: float) -> float:
        """Take one AdamW step on a warm-up and cosine schedule; returns the loss in nats."""
        self.model.train()
        warm = min(1.0, (self.progress.step + 1) / self.recipe.warmup)
        cosine = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate * warm * cosine
        nats, weights = self._nats(self.model, batch)
        loss = (nats * weights).sum() / weights.sum()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        self.progress.tokens += sum(len(sample.tokens) for sample in batch)
        return float(loss.detach())

    def _nats(
        self, model: GPT2LMHeadModel, batch: list[Sample]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the loss of each token that is learnt, in nats, and its weight."""
        pad = layout.token_id(self.tokenizer, layout.PAD)
        tokens, targets, weights = (part.to(self.device) for part in collate(batch, pad=pad))
        keep = weights.flatten() > 0
        with torch.autocast(self.device, torch.bfloat16):
            hidden = model.transformer(tokens).last_hidden_state.flatten(0, 1)  # (b t, c)
            logits = model.lm_head(hidden[keep])
        nats = F.cross_entropy(logits.float(), targets.flatten()[keep], reduction="none")
        return nats, weights.flatten()[keep]

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Measure bits a byte on the held-out sets, with the weights as they would be shipped."""
        state = {k: v for k, v in self.model.state_dict().items() if k != "lm_head.weight"}
        rounded = unpack(pack(state, int8=True))
        rounded["lm_head.weight"] = rounded["transformer.wte.weight"]
        self.shipped.load_state_dict(rounded)
        figures = {}
        for name, (samples, size) in self.held_out.items():
            ordered = sorted(samples, key=lambda s: len(s.tokens))
            chunks = [ordered[i : i + 8] for i in range(0, len(ordered), 8)]
            # Plots and beats are no part of the text and are not measured.
            nats = sum(float(n[w == 1].sum()) for n, w in self._all_nats(chunks))
            if size:
                figures[name] = round(nats / math.log(2) / size, 4)
        return figures

    def _all_nats(self, chunks: list[list[Sample]]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        return (self._nats(self.shipped, chunk) for chunk in chunks)

    def _check(self) -> None:
        """Evaluate, log, keep a checkpoint, and export when this is the best so far."""
        self.figures = figures = self.evaluate()
        # Stories with a wish are what it is for; the others keep it from learning only those.
        score = figures["generated"] + 0.25 * figures.get("tinystories_valid", 0.0)
        better = score < self.progress.best
        self.progress.best = min(score, self.progress.best)
        self.progress.stale = 0 if better else self.progress.stale + 1
        self._log({"bits_per_byte": figures})
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
                 "progress": asdict(self.progress)}  # fmt: skip
        save_checkpoint(self.out / "checkpoint.pt", state)
        if better:
            self.export()

    def _restore(self) -> None:
        state = load_checkpoint(self.out / "checkpoint.pt")
        if state is not None:
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            for group in self.optimizer.param_groups:
                group["fused"] = True
            self.progress = Progress(**state["progress"])
            self.report(f"Going on from step {self.progress.step}.")

    def _log(self, figures: dict[str, object]) -> None:
        line = json.dumps({"step": self.progress.step, "tokens": self.progress.tokens,
                           "minutes": round(self.progress.seconds / 60, 2), **figures})  # fmt: skip
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        self.report(line)

    def export(self) -> Path:
        """Write half-precision weights, configuration and tokenizer to ``out``/export."""
        folder = export_story(self.model, self.params, self.tokenizer, self.out / "export")
        sections = card_sections(
            self.params,
            figures=self.figures,
            training=f"{self.progress.step:,} steps, {self.progress.tokens:,} tokens, "
            f"{self.progress.seconds / 60:.0f} min on {_hardware(self.device)}"
            + (", begun from earlier weights" if self.start else ""),
            shares=MIX,
            corpus=self.corpus is not None,
        )
        write_card(folder / "story.md", "Starter story model", sections)
        return folder


def _hardware(device: str) -> str:
    if device == "cuda":
        return "one GPU"
    threads = torch.get_num_threads()
    return f"{threads} thread{'s' if threads > 1 else ''} of a shared x86 machine"


def export_story(
    model: GPT2LMHeadModel, params: StoryModelParams, tokenizer: Tokenizer, folder: Path
) -> Path:
    """Write int8 weights (the tied head left out), story.json and the tokenizer to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {k: v for k, v in model.state_dict().items() if k != "lm_head.weight"}
    export_weights(weights, folder / "story.safetensors", metadata={"format": "pt"}, int8=True)
    (folder / "story.json").write_text(json.dumps(asdict(params)) + "\n", "utf-8")
    tokenizer.save(str(folder / "story-tokenizer.json"), pretty=False)
    return folder
