"""Render a data set of scenes with their layouts, in shards, so that a stopped run goes on.

A folder holds ``images.npy`` (uint8, (count, size, size, 3)), ``layouts.jsonl`` (one layout a line,
in the order of the images) and, written last, ``done.json``. Masks follow from the boxes.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import numpy as np

from engine.data.captions import caption
from engine.data.composition import random_layout
from engine.data.scenes import render
from engine.data.sprites import find_font
from engine.errors import EngineError
from engine.image.layout import Layout, layout_from_json, layout_to_json
from engine.image.vocabulary import PLACES

SHARD = 100
_REDUCED = 2000  # pictures that a process reduces in one go


@dataclass(frozen=True)
class _Job:
    folder: Path
    first: int
    last: int
    seed: int
    size: int


def scene_layout(seed: int, index: int) -> Layout:
    """Return the layout of one scene of a data set; every other one goes round the places."""
    place = list(PLACES)[index // 2 % len(PLACES)] if index % 2 else None
    return random_layout(np.random.default_rng([seed, index]), place=place)


def _shard_path(job: _Job) -> Path:
    return job.folder / f"layouts-{job.first:07d}-{job.last:07d}.jsonl"


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
    _write(_shard_path(job), "\n".join(lines) + "\n")
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
    until: Callable[[], bool] = lambda: False,
) -> int:
    """Render ``count`` scenes into ``out``; go on where an earlier run stopped.

    Where ``until`` answers true before the end, the scenes that are ready by then are the data set.
    Returns how many there are; 0 where not even a shard was ready.
    """
    if (out / "done.json").exists():
        return int(json.loads((out / "done.json").read_text(encoding="utf-8"))["count"])
    find_font()
    _prepare(out, count, seed, size)
    jobs = [_Job(out, i, min(i + SHARD, count), seed, size) for i in range(0, count, SHARD)]
    todo = [job for job in jobs if not _shard_path(job).exists()]
    ready = count - sum(job.last - job.first for job in todo)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for made in pool.imap_unordered(_render_shard, todo):
            ready += made
            if progress:
                progress(ready, count)
            if until():
                break
    # Shards are begun in order: those after a gap are few.
    jobs = list(takewhile(lambda job: _shard_path(job).exists(), jobs))
    if not jobs:
        return 0
    _join_shards(out, jobs)
    count = jobs[-1].last
    _write(out / "done.json", json.dumps({"count": count, "size": size, "seed": seed}))
    return count


def _join_shards(out: Path, jobs: list[_Job]) -> None:
    shards = [_shard_path(job) for job in jobs]
    _write(out / "layouts.jsonl", "".join(p.read_text(encoding="utf-8") for p in shards))
    for path in out.glob("layouts-*.jsonl"):
        path.unlink()


def reduce_dataset(source: Path, out: Path, *, size: int, processes: int = 1) -> None:
    """Write a finished data set's pictures reduced to ``size`` pixels, which must divide theirs."""
    if (out / "done.json").exists():
        return
    images = load_dataset(source).images
    if images.shape[1] % size:
        raise EngineError("bad_input", f"{source}: {size} px does not divide {images.shape[1]} px")
    out.mkdir(parents=True, exist_ok=True)
    shape = (len(images), size, size, 3)
    kind = np.dtype(np.uint8)
    np.lib.format.open_memmap(out / "images.npy", mode="w+", dtype=kind, shape=shape).flush()
    parts = [(source, out, first, size) for first in range(0, len(images), _REDUCED)]
    if processes == 1 or len(parts) == 1:
        for part in parts:
            _reduce(part)
    else:
        with multiprocessing.get_context("spawn").Pool(min(processes, len(parts))) as pool:
            pool.map(_reduce, parts)
    _write(out / "layouts.jsonl", (source / "layouts.jsonl").read_text(encoding="utf-8"))
    settings = json.loads((source / "done.json").read_text(encoding="utf-8"))
    _write(out / "done.json", json.dumps(settings | {"size": size}))


def _reduce(part: tuple[Path, Path, int, int]) -> None:
    source, out, first, size = part
    images = load_images(source)[first : first + _REDUCED]
    small = np.load(out / "images.npy", mmap_mode="r+")
    factor = images.shape[1] // size
    for start in range(0, len(images), SHARD):
        blocks = images[start : start + SHARD].reshape(-1, size, factor, size, factor, 3)
        own = slice(first + start, first + start + len(blocks))
        small[own] = blocks.mean((2, 4), dtype=np.float32).round()
    small.flush()


def load_images(folder: Path) -> np.ndarray:
    """Open a finished data set's pictures, a memory map."""
    settings = json.loads((folder / "done.json").read_text(encoding="utf-8"))
    images: np.ndarray = np.load(folder / "images.npy", mmap_mode="r")
    return images[: int(settings.get("count", len(images)))]


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
    images = load_images(folder)
    lines = (folder / "layouts.jsonl").read_text(encoding="utf-8").splitlines()
    return SceneDataset(images, tuple(layout_from_json(line) for line in lines))
