"""Holes are filled with what goes on from their surroundings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.image.draft import DraftModel, scene_tensors
from engine.image.filling import fill_in, seen_layout
from engine.image.layout import Layout
from engine.image.vocabulary import PLACES

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
