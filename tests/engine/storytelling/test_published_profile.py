"""The profiles of published models, with tiny ones in their place: a whole story by the engine."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PIL import Image

from engine.api.client import EngineClient
from engine.api.events import (
    Failed,
    IllustrateRequest,
    PageDone,
    PageText,
    StoryDone,
    StoryEvent,
    TellRequest,
    WeightedPrompt,
)
from engine.errors import ModelFileError
from engine.image.illustrator import Illustrator
from engine.profiles import PARTS_FILE, profile_folder, read_parts, require_sound
from engine.storytelling.loading import Workplace, load_illustrator, load_writer
from tests.conftest import engine_at, wait_until_ready
from tests.engine.storytelling.tiny_profile import save_profile

FOX = TellRequest(
    job_id="fox", idea="A fox who is afraid of the dark", pages=2, seed=5, avoid="owl",
    profile="classic",
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("models")
    save_profile(store / "classic")
    return store


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    address = f"unix:{store / 'engine.sock'}"
    with engine_at(address, "--profile", "classic", "--store", str(store)) as engine:
        wait_until_ready(address, engine)
        yield address


@pytest.fixture
async def client(address: str) -> AsyncIterator[EngineClient]:
    client = EngineClient(address)
    yield client
    await client.close()


def sizes(events: list[StoryEvent]) -> list[tuple[int, int]]:
    pages = [event for event in events if isinstance(event, PageDone)]
    return [Image.open(io.BytesIO(page.image)).size for page in pages]


async def test_a_story_is_told_and_painted_and_told_again_alike(client: EngineClient) -> None:
    events = [event async for event in client.tell(FOX)]
    texts = [event for event in events if isinstance(event, PageText)]
    done = events[-1]
    assert isinstance(done, StoryDone), events[-1]
    assert (done.title, done.pages) == ("The Fox Who Was Afraid of the Dark", 2)
    assert [text.page for text in texts] == [1, 2]
    assert all(text.text[-1] in ".!?\"'" and "owl" not in text.text.lower() for text in texts)
    assert all(text.prompt.startswith("a fox ") for text in texts)
    assert sizes(events) == [(32, 32)] * 2
    again = [event async for event in client.tell(FOX)]
    assert [e for e in again if isinstance(e, PageText)] == texts
    pictures = [[e.image for e in run if isinstance(e, PageDone)] for run in (events, again)]
    assert pictures[0] == pictures[1]


async def test_one_picture_of_another_size_is_painted(client: EngineClient) -> None:
    request = IllustrateRequest(
        job_id="one", prompts=(WeightedPrompt("a fox in a forest"),), width=48, height=36, seed=1
    )
    events = [event async for event in client.illustrate(request)]
    assert sizes(events) == [(48, 36)]


async def test_a_size_that_the_factor_does_not_divide_is_refused(client: EngineClient) -> None:
    request = IllustrateRequest(
        job_id="odd", prompts=(WeightedPrompt("a fox"),), width=50, height=36
    )
    events = [event async for event in client.illustrate(request)]
    assert isinstance(events[-1], Failed)
    assert "multiple of 4" in events[-1].message


def test_each_clip_has_its_weight_and_pictures_their_own_size(store: Path) -> None:
    illustrator: Illustrator = load_illustrator(store / "classic", Workplace(threads=1))
    assert illustrator.params.shares == (1.0, 0.5)
    assert (illustrator.params.steps, illustrator.params.cuts) == (3, 2)
    assert illustrator.vqgan.params.factor == 4


def test_a_profile_that_was_not_pulled_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="pagewright models pull studio"):
        profile_folder("studio", tmp_path)
    with pytest.raises(ModelFileError, match="use one of classic, starter, studio"):
        profile_folder("other", tmp_path)


@pytest.mark.parametrize("name", ["vqgan.safetensors", "writer/model.safetensors"])
def test_a_missing_file_is_noticed_before_anything_is_loaded(tmp_path: Path, name: str) -> None:
    folder = save_profile(tmp_path / "classic")
    (folder / name).unlink()
    with pytest.raises(ModelFileError, match="models pull"):
        require_sound(folder)


def test_files_cut_short_are_refused_in_one_line(tmp_path: Path) -> None:
    folder = save_profile(tmp_path / "classic")
    for name, load in (
        ("vqgan.safetensors", load_illustrator),
        ("writer/model.safetensors", load_writer),
    ):
        path = folder / name
        path.write_bytes(path.read_bytes()[:3000])
        with pytest.raises(ModelFileError) as caught:
            load(folder)
        assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}", '{"clips": []}', '{"clips": [{"source": "clip", "weight": 0}]}',
     '{"clips": [{"source": "clip"}], "steps": "many"}', '{"clips": [{"source": "clip"}], "x": 1}'],
)  # fmt: skip
def test_a_list_of_parts_that_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / PARTS_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ModelFileError, match=PARTS_FILE):
        read_parts(tmp_path)
