"""Render a data set of scenes with their layouts, in shards, so that a stopped run goes on.

A folder holds ``images.npy`` (uint8, (count, size, size, 3)), ``layouts.jsonl`` (one layout a line,
in the order of the images) and, written last, ``done.json``. Masks follow from the boxes.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data.captions import caption
from engine.data.composition import random_layout
from engine.data.scenes import render
from engine.data.sprites import find_font
from engine.errors import EngineError
from engine.image.layout import Layout, layout_from_json, layout_to_json

SHARD = 500


@dataclass(frozen=True)
class _Job:
    folder: Path
    first: int
    last: int
    seed: int
    size: int


def scene_layout(seed: int, index: int) -> Layout:
    """Return the layout of one scene of a data set."""
    return random_layout(np.random.default_rng([seed, index]))


def _shard_path(folder: Path, first: int) -> Path:
    return folder / f"layouts-{first:07d}.jsonl"


def _write(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _render_shard(job: _Job) -> int:
    images = np.load(job.folder / "images.npy", mmap_mode="r+")
    lines = []
    for index in range(job.first, job.last):
        layout = scene_layout(job.seed, index)
        images[index] = render(layout, index + job.seed * 1_000_003, size=job.size)
        lines.append(layout_to_json(layout))
    images.flush()
    _write(_shard_path(job.folder, job.first), "\n".join(lines) + "\n")
    return job.last - job.first


def _prepare(folder: Path, count: int, seed: int, size: int) -> None:
    """Make the image file, or check that the one begun is of the same data set."""
    settings = {"count": count, "seed": seed, "size": size}
    begun = folder / "settings.json"
    if begun.exists() and json.loads(begun.read_text(encoding="utf-8")) != settings:
        raise EngineError(
            "bad_input", f"{folder} holds another data set: remove it, or choose another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    if not begun.exists():
        shape = (count, size, size, 3)
        np.lib.format.open_memmap(folder / "images.npy", mode="w+", dtype=np.uint8, shape=shape)
        _write(begun, json.dumps(settings))


def render_dataset(
    out: Path,
    count: int,
    seed: int,
    processes: int,
    *,
    size: int = 128,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Render ``count`` scenes into ``out``; go on where an earlier run stopped."""
    if (out / "done.json").exists():
        return
    find_font()
    _prepare(out, count, seed, size)
    jobs = [_Job(out, i, min(i + SHARD, count), seed, size) for i in range(0, count, SHARD)]
    todo = [job for job in jobs if not _shard_path(out, job.first).exists()]
    ready = count - sum(job.last - job.first for job in todo)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for made in pool.imap_unordered(_render_shard, todo):
            ready += made
            if progress:
                progress(ready, count)
    _join_shards(out, jobs)
    _write(out / "done.json", json.dumps({"count": count, "size": size, "seed": seed}))


def _join_shards(out: Path, jobs: list[_Job]) -> None:
    shards = [_shard_path(out, job.first) for job in jobs]
    _write(out / "layouts.jsonl", "".join(p.read_text(encoding="utf-8") for p in shards))
    for path in shards:
        path.unlink()


def reduce_dataset(source: Path, out: Path, *, size: int) -> None:
    """Write a finished data set's pictures reduced to ``size`` pixels, which must divide theirs."""
    if (out / "done.json").exists():
        return
    images = load_dataset(source).images
    factor = images.shape[1] // size
    if images.shape[1] % size:
        raise EngineError("bad_input", f"{source}: {size} px does not divide {images.shape[1]} px")
    out.mkdir(parents=True, exist_ok=True)
    shape = (len(images), size, size, 3)
    kind = np.dtype(np.uint8)
    small = np.lib.format.open_memmap(out / "images.npy", mode="w+", dtype=kind, shape=shape)
    for start in range(0, len(images), SHARD):
        blocks = images[start : start + SHARD].reshape(-1, size, factor, size, factor, 3)
        small[start : start + SHARD] = blocks.mean((2, 4), dtype=np.float32).round()
    small.flush()
    _write(out / "layouts.jsonl", (source / "layouts.jsonl").read_text(encoding="utf-8"))
    settings = json.loads((source / "done.json").read_text(encoding="utf-8"))
    _write(out / "done.json", json.dumps(settings | {"size": size}))


@dataclass(frozen=True)
class SceneDataset:
    """A rendered data set: ``images`` stay on disk, ``layouts`` are in memory."""

    images: np.ndarray
    layouts: tuple[Layout, ...]

    def captions(self, rng: np.random.Generator) -> Iterator[str]:
        """Yield a new caption for each scene, in order."""
        return (caption(layout, rng) for layout in self.layouts)


def load_dataset(folder: Path) -> SceneDataset:
    """Open a finished data set; raise ``EngineError`` where it is not finished."""
    if not (folder / "done.json").exists():
        raise EngineError(
            "bad_input", f"{folder}: no finished data set here; run pagewright train data"
        )
    images = np.load(folder / "images.npy", mmap_mode="r")
    lines = (folder / "layouts.jsonl").read_text(encoding="utf-8").splitlines()
    return SceneDataset(images, tuple(layout_from_json(line) for line in lines))
