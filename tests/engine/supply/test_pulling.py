"""``models pull``: goes on where it was cut off, checks what came, takes a mirror instead."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.errors import EngineError, ModelFileError
from engine.image.clips import load_published_perceptor
from engine.models.open_clip_models import repository_of
from engine.profiles import (
    PARTS_FILE,
    SUMS_FILE,
    ClipPart,
    ProfileParts,
    check_files,
    profile_folder,
    read_parts,
    record_all_sums,
    write_parts,
)
from engine.storytelling.loading import Workplace, load_illustrator, load_writer
from engine.supply import fetching, pulling, sources
from engine.supply.fetching import RemoteFile
from engine.supply.pulling import fetch_repository, pull
from engine.supply.sources import HubPart, Supply
from tests.engine.image.tiny_clips import save_clip
from tests.engine.models.tiny_taming import save_published
from tests.engine.supply.hub_server import Hub, running
from tests.engine.text.tiny_models import save_writer

PARTS = ProfileParts(side=32, steps=2, cuts=2)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what the hub of these tests holds: a CLIP, a writer, a VQGAN."""
    root = tmp_path_factory.mktemp("published")
    save_clip(root / "somebody" / "clip")
    save_writer(root / "somebody" / "gpt")
    (root / "somebody" / "gpt" / "pytorch_model.bin").write_bytes(b"a pickle that nobody wants")
    save_published(root / "vqgan")
    return root


@pytest.fixture
def hub(published: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with running(published) as hub:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(fetching, "PAUSES", (0.0, 0.0))
        vqgan = (
            RemoteFile("vqgan.yaml", f"{hub.url}/vqgan/model.yaml"),
            RemoteFile("vqgan.ckpt", f"{hub.url}/vqgan/last.ckpt"),
        )
        parts = (
            HubPart("clip", "somebody/clip", sources.CLIP_FILES),
            HubPart("writer", "somebody/gpt", sources.WRITER_FILES),
        )
        monkeypatch.setitem(sources.SUPPLIES, "classic", Supply(PARTS, parts, vqgan))
        yield hub


def fetch(store: Path, mirror: Path | None = None, profile: str = "classic") -> list[str]:
    said: list[str] = []
    pull(profile, store, mirror=mirror, say=said.append, progress=lambda *_: None)
    return said


def refusal(store: Path, mirror: Path | None = None, profile: str = "classic") -> EngineError:
    with pytest.raises(EngineError) as caught:
        fetch(store, mirror, profile)
    assert "\n" not in caught.value.message
    return caught.value


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_profile_is_pulled_whole_and_recorded(hub: Hub, tmp_path: Path) -> None:
    said = fetch(tmp_path)
    folder = profile_folder("classic", tmp_path)
    assert names(folder) == [
        SUMS_FILE, "clip/open_clip_config.json", "clip/open_clip_model.safetensors", PARTS_FILE,
        "vqgan.safetensors", "vqgan.yaml", "writer/config.json", "writer/generation_config.json",
        "writer/model.safetensors", "writer/tokenizer.json", "writer/tokenizer_config.json",
    ]  # fmt: skip
    assert read_parts(folder) == PARTS
    assert not any(check.problem for check in check_files(folder))
    assert "vqgan.ckpt (its source tells no hash)" in said
    assert not (tmp_path / "classic.part").exists()


def test_what_is_complete_is_left_alone(hub: Hub, tmp_path: Path) -> None:
    fetch(tmp_path)
    served = dict(hub.served)
    assert fetch(tmp_path) == [f"classic is complete in {tmp_path / 'classic'}"]
    assert hub.served == served


def test_a_broken_connection_is_taken_up_where_it_broke(hub: Hub, tmp_path: Path) -> None:
    hub.cut = [30_000, 9_000]
    fetch(tmp_path)
    broken = next(ranges for ranges in hub.ranges.values() if len(ranges) > 1)
    assert broken == ["", "bytes=30000-", "bytes=39000-"]
    assert not any(c.problem for c in check_files(tmp_path / "classic"))


def test_a_pull_that_was_given_up_goes_on_with_the_next(hub: Hub, tmp_path: Path) -> None:
    hub.cut = [30_000, 0, 0]
    error = refusal(tmp_path)
    assert (error.code, error.retryable) == ("unavailable", True)
    assert "--from DIR" in error.message
    with pytest.raises(ModelFileError, match="models pull classic"):
        profile_folder("classic", tmp_path)
    parts = [p for p in names(tmp_path / "classic.part") if p.endswith(".part")]
    assert len(parts) == 1
    total = sum(hub.served.values())
    hub.cut = []
    fetch(tmp_path)
    whole = sum(p.stat().st_size for p in hub.root.rglob("*") if p.suffix != ".bin" and p.is_file())
    assert sum(hub.served.values()) - total < whole - 20_000
    assert not any(c.problem for c in check_files(tmp_path / "classic"))


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_what_comes_otherwise_than_promised_is_refused(hub: Hub, tmp_path: Path, name: str) -> None:
    hub.lies = {f"somebody/gpt/{name}"}
    error = refusal(tmp_path)
    assert error.code == "damaged"
    assert name in error.message
    assert not (tmp_path / "classic").exists()
    assert not list((tmp_path / "classic.part").rglob(f"{name}*"))


def test_a_damaged_file_alone_is_fetched_again(hub: Hub, tmp_path: Path) -> None:
    fetch(tmp_path)
    path = tmp_path / "classic" / "writer" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    hub.served.clear()
    fetch(tmp_path)
    assert list(hub.served) == ["somebody/gpt/model.safetensors"]
    assert not any(c.problem for c in check_files(tmp_path / "classic"))


def test_a_hub_that_does_not_answer_is_named_plainly(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    error = refusal(tmp_path)
    assert error.code == "unavailable"
    assert "cannot be reached" in error.message
    assert not (tmp_path / "classic.part").exists()


def test_a_repository_that_is_gone_is_named(hub: Hub, tmp_path: Path) -> None:
    supply = sources.SUPPLIES["classic"]
    gone = HubPart("writer", "somebody/gone", sources.WRITER_FILES)
    sources.SUPPLIES["classic"] = Supply(supply.parts, (gone,), supply.files)
    assert "somebody/gone" in refusal(tmp_path).message


def test_a_full_disk_is_said_before_anything_comes(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(pulling.shutil, "disk_usage", lambda _: free)
    assert "has room for" in refusal(tmp_path).message
    assert not hub.served


def test_a_mirror_gives_the_same_without_the_hub(hub: Hub, tmp_path: Path) -> None:
    fetch(tmp_path / "first")
    hub.served.clear()
    for mirror in (tmp_path / "first", tmp_path / "first" / "classic"):
        store = tmp_path / f"of-{mirror.name}"
        fetch(store, mirror)
        assert names(store / "classic") == names(tmp_path / "first" / "classic")
        assert not any(c.problem for c in check_files(store / "classic"))
    assert not hub.served


def test_a_mirrors_own_parts_are_kept(hub: Hub, tmp_path: Path) -> None:
    fetch(tmp_path / "first")
    (tmp_path / "first" / "classic" / PARTS_FILE).write_text(
        '{"clips": [{"source": "clip", "weight": 2}], "side": 64}', encoding="utf-8"
    )
    fetch(tmp_path / "second", tmp_path / "first")
    parts = read_parts(tmp_path / "second" / "classic")
    assert parts == ProfileParts(clips=(ClipPart("clip", 2),), side=64)


def test_a_mirror_of_the_originals_is_imported(published: Path, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(published / "somebody" / "clip", mirror / "clip")
    shutil.copytree(published / "somebody" / "gpt", mirror / "writer")
    shutil.copy(published / "vqgan" / "last.ckpt", mirror / "vqgan.ckpt")
    shutil.copy(published / "vqgan" / "model.yaml", mirror / "vqgan.yaml")
    record_all_sums(mirror)
    fetch(tmp_path / "store", mirror)
    assert (tmp_path / "store" / "classic" / "vqgan.safetensors").is_file()
    assert not (tmp_path / "store" / "classic" / "vqgan.ckpt").exists()


def test_a_copy_that_was_cut_off_goes_on(hub: Hub, tmp_path: Path) -> None:
    fetch(tmp_path / "first")
    source = tmp_path / "first" / "classic" / "vqgan.safetensors"
    work = tmp_path / "second" / "classic.part"
    work.mkdir(parents=True)
    (work / "vqgan.safetensors.part").write_bytes(source.read_bytes()[:12_345])
    fetch(tmp_path / "second", tmp_path / "first")
    assert (tmp_path / "second" / "classic" / source.name).read_bytes() == source.read_bytes()


def _damage(mirror: Path) -> None:
    path = mirror / "writer" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def _remove(mirror: Path) -> None:
    (mirror / "writer" / "model.safetensors").unlink()


def _unlist(mirror: Path) -> None:
    (mirror / SUMS_FILE).unlink()


def _escape(mirror: Path) -> None:
    (mirror / SUMS_FILE).write_text(f"{'0' * 64}  ../../outside\n", encoding="utf-8")


@pytest.mark.parametrize("spoil", [_damage, _remove, _unlist, _escape])
def test_a_mirror_that_is_not_sound_is_refused(hub: Hub, tmp_path: Path, spoil: object) -> None:
    fetch(tmp_path / "first")
    spoil(tmp_path / "first" / "classic")  # type: ignore[operator]
    refusal(tmp_path / "second", tmp_path / "first")
    assert not (tmp_path / "second" / "classic").exists()
    assert not (tmp_path / "outside").exists()


def test_a_profile_that_is_not_pulled_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, profile="starter").code == "bad_input"
    assert refusal(tmp_path, profile="../classic").code == "bad_input"


def test_older_clips_are_fetched_as_they_are(hub: Hub, tmp_path: Path) -> None:
    old = hub.root / "somebody" / "old"
    shutil.copytree(hub.root / "somebody" / "clip", old, dirs_exist_ok=True)
    weights = load_file(old / "open_clip_model.safetensors")
    torch.save(weights, old / "open_clip_pytorch_model.bin")
    (old / "open_clip_model.safetensors").unlink()
    folder = fetch_repository("somebody/old", sources.CLIP_FILES, tmp_path)
    assert names(folder) == [SUMS_FILE, "open_clip_config.json", "open_clip_pytorch_model.bin"]
    assert load_published_perceptor(str(folder)).image_size == 32


def test_a_repository_without_weights_is_refused(hub: Hub, tmp_path: Path) -> None:
    bare = hub.root / "somebody" / "bare"
    bare.mkdir(exist_ok=True)
    (bare / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EngineError, match="holds no safetensors"):
        fetch_repository("somebody/bare", sources.WRITER_FILES, tmp_path)


def test_parts_that_are_named_on_the_hub_are_fetched_once(hub: Hub, tmp_path: Path) -> None:
    fetch(tmp_path)
    folder = tmp_path / "classic"
    clips = (ClipPart("hf-hub:somebody/clip"),)
    write_parts(folder, replace(PARTS, clips=clips, writer="hf-hub:somebody/gpt"))
    for _ in range(2):
        load_illustrator(folder, Workplace(threads=1))
        load_writer(folder)
    assert [p.name for p in sorted((folder / "hub").glob("somebody*"))] == [
        "somebody--clip", "somebody--gpt",
    ]  # fmt: skip
    assert hub.ranges["somebody/clip/open_clip_model.safetensors"].count("") == 2
    assert not any(check.problem for check in check_files(folder))


def test_a_name_that_open_clip_does_not_know_is_refused(hub: Hub, tmp_path: Path) -> None:
    fetch(tmp_path)
    for source in ("ViT-B-32:nonsense", "nonsense", "Nope:openai"):
        write_parts(tmp_path / "classic", replace(PARTS, clips=(ClipPart(source),)))
        with pytest.raises(ModelFileError, match="There is no CLIP"):
            load_illustrator(tmp_path / "classic", Workplace(threads=1))
    assert repository_of("ViT-B-32:openai") == "timm/vit_base_patch32_clip_224.openai"
    assert repository_of("ViT-B-16-SigLIP:webli") == "timm/ViT-B-16-SigLIP"
