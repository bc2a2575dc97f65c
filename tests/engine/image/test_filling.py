"""Holes are filled with what goes on from their surroundings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.image.draft import DraftModel, scene_tensors
from engine.image.enlarge import EnlargeParams, draw_hidden
from engine.image.filling import fill_in, mirrored_lights, seen_layout
from engine.image.layout import Layout
from engine.image.vocabulary import PLACES
from engine.models.backdrops import Wishes

STARTER = Path(__file__).parents[3] / "engine" / "starter"
SCENE = Layout(place="beach", time="night", weather="clear", horizon=0.45)


@pytest.fixture(scope="module")
def drafts() -> DraftModel:
    """Return the shipped draft model."""
    return DraftModel.load(STARTER)


@pytest.fixture(scope="module")
def codes(drafts: DraftModel) -> torch.Tensor:
    """Return the codes (1, 24, 24) of a scene without figures."""
    return torch.from_numpy(drafts.draw([SCENE], [3], (24, 24))[0])[None]


def test_a_scene_is_known_by_its_codes(drafts: DraftModel, codes: torch.Tensor) -> None:
    hidden = torch.zeros_like(codes, dtype=torch.bool)
    hidden[:, :, 20:] = True
    seen = seen_layout(drafts, Layout(place="bedroom", horizon=0.7), codes, hidden, text="a fox")
    assert seen.time == SCENE.time
    # By night a beach may pass for a desert, but not for a bedroom.
    assert seen.place in ("beach", "desert")
    assert abs(seen.horizon - SCENE.horizon) <= 0.1
    told = seen_layout(drafts, SCENE, codes, hidden, text="a fox on a beach by day")
    assert told == replace(SCENE, horizon=told.horizon)


def test_a_view_of_a_place_is_known_by_its_codes(drafts: DraftModel) -> None:
    farm = Layout("farm", "day", "clear", PLACES["farm"].horizon, backdrop=4)
    codes = torch.from_numpy(drafts.draw([farm], [3], (24, 24))[0])[None]
    hidden = torch.zeros_like(codes, dtype=torch.bool)
    hidden[:, :, 20:] = True
    seen = seen_layout(drafts, Layout(place="sea", time="night"), codes, hidden, text="a fox")
    assert (seen.place, seen.time, seen.backdrop) == ("farm", "day", 4)


def test_what_is_known_stays_and_what_is_hidden_is_drawn(
    drafts: DraftModel, codes: torch.Tensor
) -> None:
    odd = codes[:, :15, :13]
    hidden = torch.zeros_like(odd, dtype=torch.bool)
    hidden[:, 4:10, 5:] = True
    text = "a beach at night, clear"
    first, _ = fill_in(drafts, SCENE, odd, hidden, seed=1, text=text)
    assert torch.equal(first[~hidden], odd[~hidden])
    assert int(first.max()) < drafts.net.mask
    again, _ = fill_in(drafts, SCENE, odd, hidden, seed=1, text=text)
    other, _ = fill_in(drafts, SCENE, odd, hidden, seed=2, text=text)
    assert torch.equal(first, again)
    assert not torch.equal(first[hidden], other[hidden])


def test_views_go_on_beyond_the_picture_as_in_a_mirror(drafts: DraftModel) -> None:
    farm = Layout("farm", "day", "clear", PLACES["farm"].horizon, backdrop=3)
    backdrops = drafts.net.backdrops
    assert backdrops is not None
    scenes = scene_tensors([farm], drafts.names)
    with torch.inference_mode():
        alone = backdrops.draw(scenes, 24, 24)
        larger = backdrops.draw(scenes, 28, 36, frame=(8, 0, 24, 24))
    # What is read at the border itself knows its neighbours there.
    inside = larger[:, 1:23, 9:31]
    assert torch.allclose(inside, alone[:, 1:23, 1:23], atol=1e-4)
    assert not torch.allclose(larger[:, 1:23, 1:7], larger[:, 1:23, 9:15], atol=1e-2)


def test_a_larger_canvas_is_known_by_what_was_the_picture(drafts: DraftModel) -> None:
    farm = Layout("farm", "day", "clear", PLACES["farm"].horizon, backdrop=4)
    codes = torch.from_numpy(drafts.draw([farm], [3], (24, 24))[0])[None]
    larger = torch.nn.functional.pad(codes, (8, 4, 0, 0))
    hidden = torch.ones_like(larger, dtype=torch.bool)
    hidden[:, :, 8:32] = False
    filled, seen = fill_in(
        drafts, farm, larger, hidden, seed=1, text="a farm by day", frame=(8, 0, 24, 24)
    )
    assert (seen.place, seen.backdrop) == ("farm", 4)
    assert torch.equal(filled[:, :, 8:32], codes)


@torch.inference_mode()
def test_where_it_is_to_be_dim_no_moon_is_drawn(drafts: DraftModel) -> None:
    # This view of the beach has a moon on the left.
    beach = Layout("beach", "night", "clear", PLACES["beach"].horizon, backdrop=5)
    scenes = scene_tensors([beach], drafts.names)
    wishes = Wishes.join([drafts.net.wishes(scenes, 32, 32)] * 2)
    unknown = torch.full((1, 32, 32), drafts.net.mask)

    def glowing(dim: torch.Tensor | None) -> int:
        chance = torch.Generator().manual_seed(1)
        drawn = draw_hidden(drafts.net, unknown, wishes, chance, EnlargeParams(), dim=dim)
        return int(drafts.net.glow[drawn].sum())

    assert glowing(None) > 3
    assert glowing(torch.ones_like(unknown, dtype=torch.bool)) == 0


def test_a_larger_canvas_is_dim_beyond_its_frame(drafts: DraftModel) -> None:
    beach = Layout("beach", "night", "clear", PLACES["beach"].horizon, backdrop=5)
    codes = torch.from_numpy(drafts.draw([beach], [3], (32, 32))[0])[None]
    codes = torch.nn.functional.pad(codes, (12, 0))
    hidden = torch.zeros_like(codes, dtype=torch.bool)
    hidden[:, :, :12] = True
    text = "a beach at night, clear"
    filled, _ = fill_in(drafts, beach, codes, hidden, seed=3, text=text, frame=(12, 0, 32, 32))
    assert bool(drafts.net.glow[filled[:, :12, 12:]].any())
    assert not bool(drafts.net.glow[filled[:, :12, :12]].any())


def test_the_mirror_image_of_a_sun_is_left_out_of_the_view(drafts: DraftModel) -> None:
    codes = torch.full((1, 24, 32), drafts.net.mask)
    codes[:, :, :24] = int((~drafts.net.glow).nonzero()[0, 0])
    codes[:, 4, 21] = int(drafts.net.glow.nonzero()[0, 0])
    sky = torch.zeros_like(codes, dtype=torch.bool)
    sky[:, :12, 24:] = True
    lights = mirrored_lights(drafts.net, codes, sky, (0, 0, 24, 24))
    assert bool(lights[0, 4, 26])  # as far beyond the border as the sun is before it
    assert not bool(lights[~sky].any())
    assert not bool(lights[0, 11].any())
    farm = scene_tensors([Layout("farm", backdrop=4)], drafts.names)
    with torch.inference_mode():
        wishes = drafts.net.wishes(farm, 24, 32, frame=(0, 0, 24, 24)).without_view(lights)
    assert wishes.seen is not None
    assert torch.equal(wishes.seen, ~lights)
