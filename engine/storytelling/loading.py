"""Loads the models of a profile: the starter's own, or what its ``profile.json`` names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import ModelFileError
from engine.image.clips import PublishedPerceptor, load_published_perceptor
from engine.image.codec import load_vqgan
from engine.image.illustrator import Illustrator
from engine.image.params import PaintParams, from_nothing
from engine.models.checkpoint import CheckpointError
from engine.models.open_clip_models import HUB, repository_of
from engine.profiles import PARTS_FILE, ProfileParts, read_parts
from engine.supply.pulling import fetch_repository
from engine.supply.sources import CLIP_FILES, WRITER_FILES
from engine.text.language import LanguageWriter
from engine.text.writer import StoryWriter
from engine.text.writing import Writer

FETCHED = "hub"
"""Folder of a profile for what its ``profile.json`` names on the hub."""


@dataclass(frozen=True)
class Workplace:
    """Where models compute: a ``device``, "cpu" or "cuda", and how many CPU threads (None: all).

    ``compiled`` has torch.compile make the picture decoder faster.
    """

    device: str = "cpu"
    threads: int | None = None
    compiled: bool = False


def load_writer(folder: Path, place: Workplace | None = None) -> Writer:
    """Load a profile's writer; ``ModelFileError`` where a file is bad."""
    parts, place = read_parts(folder), place or Workplace()
    if parts is None:
        return StoryWriter.load(folder, device=place.device)
    return LanguageWriter.load(_writer(folder, parts.writer), device=place.device)


def load_illustrator(folder: Path, place: Workplace | None = None) -> Illustrator:
    """Load a profile's VQGAN, CLIPs and draft model if any; ``ModelFileError`` if one is bad."""
    parts, place = read_parts(folder), place or Workplace()
    if parts is None:
        return Illustrator.load(
            folder, threads=place.threads, device=place.device, compiled=place.compiled
        )
    # A CLIP without weight does not guide: it is there to judge.
    guides = [clip for clip in parts.clips if clip.weight]
    judges = [clip for clip in parts.clips if not clip.weight]
    return Illustrator(
        load_vqgan(folder / parts.vqgan).to(place.device),
        [_load_perceptor(_clip(folder, clip.source), place.device) for clip in guides],
        judge=_load_perceptor(_clip(folder, judges[0].source), place.device) if judges else None,
        params=_params(parts),
        side=parts.side,
        threads=place.threads,
        compiled=place.compiled,
    )


def _load_perceptor(source: str, device: str) -> PublishedPerceptor:
    return load_published_perceptor(source).to(device)


def _params(parts: ProfileParts) -> PaintParams:
    """Return how pictures are painted that begin with nothing."""
    shares = tuple(clip.weight for clip in parts.clips if clip.weight)
    params = from_nothing(PaintParams(shares=shares), "codes")
    return replace(params, steps=parts.steps, cuts=parts.cuts)


def _writer(folder: Path, source: str) -> str:
    """Return the folder of a writer, fetched from the hub where it is named so."""
    if not source.startswith(HUB):
        return str(folder / source)
    return str(fetch_repository(source.removeprefix(HUB), WRITER_FILES, folder / FETCHED))


def _clip(folder: Path, source: str) -> str:
    """Return the folder of a CLIP, fetched from the hub where it is named so."""
    if (folder / source).is_dir():
        return str(folder / source)
    try:
        repository = repository_of(source)
    except CheckpointError as error:
        raise ModelFileError(f"{folder / PARTS_FILE}: {error}.") from None
    return str(fetch_repository(repository, CLIP_FILES, folder / FETCHED))
