"""Settings in pictures, latents and states in files: read back whole, or refused in a line."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.commands.painted_files import (
    KeptState,
    latents_from_json,
    latents_to_json,
    pack_state,
    read_latents_of,
    read_settings_of,
    read_state_of,
    with_settings,
)
from bot.commands.picture_wish import (
    PictureWish,
    find_files,
    read_margins,
    read_request,
    read_shares,
    read_stage,
    split_weights,
    wish_from_settings,
    wish_to_settings,
)
from bot.errors import BadInputError
from bot.settings import Settings
from engine.api.events import Latents, Margins, PaintOptions, Stage

WISH = PictureWish(
    ("a fox:2",), ("fog",), ("snow:0.5",), ("like.png:0.3",), "96x64", 5, 4, 7, "dawn",
    init="init.png", extend="8,0,0,0",
    options=PaintOptions(form="cosine", rate=0.1, flips=False, stages=(Stage(0.5, 0.4),)),
)  # fmt: skip


def png(colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_settings_in_a_picture_leave_it_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "fox.png"
    path.write_bytes(with_settings(png(), {"prompt": "ein Füchslein 🦊", "n": [1, 2.5]}))
    assert read_settings_of(path) == {"prompt": "ein Füchslein 🦊", "n": [1, 2.5]}
    with Image.open(path) as opened:
        opened.verify()
    with Image.open(path) as opened:
        assert np.asarray(opened).tolist() == np.asarray(Image.open(io.BytesIO(png()))).tolist()
        assert "Füchslein" in opened.info["pagewright"]


def test_a_wish_comes_back_from_the_settings(tmp_path: Path) -> None:
    files = {"init.png": png(), "like.png": png("blue")}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    picture = tmp_path / "out.png"
    picture.write_bytes(with_settings(png(), wish_to_settings(WISH, files)))
    found = read_settings_of(picture)
    wish = wish_from_settings(found, picture)
    assert wish == WISH
    placed = find_files(wish, found, picture)
    assert placed.init == str(tmp_path / "init.png")
    assert placed.like_pictures == (f"{tmp_path / 'like.png'}:0.3",)
    (tmp_path / "init.png").write_bytes(png("green"))
    with pytest.raises(BadInputError, match=r"init\.png, which is not beside it any more"):
        find_files(wish, found, picture)


def test_what_is_given_goes_over_what_was_kept() -> None:
    given = PictureWish(("a bear",), steps=9, seed=0, options=PaintOptions(rate=0.3))
    merged = given.over(WISH)
    assert (merged.prompts, merged.steps, merged.seed) == (("a bear",), 9, 0)
    assert (merged.options.rate, merged.options.form, merged.options.flips) == (
        0.3,
        "cosine",
        False,
    )
    assert (merged.size, merged.exclude) == (WISH.size, WISH.exclude)


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_latents_come_back_whole(height: int, width: int, data: st.DataObject) -> None:
    count = height * width
    codes = data.draw(st.lists(st.integers(0, 65535), min_size=count, max_size=count))
    latents = Latents(height, width, tuple(codes))
    assert latents_from_json(latents_to_json(latents), Path("x")) == latents


@pytest.mark.parametrize(
    "value",
    [
        None, 3, {}, {"height": 2, "width": 2, "data": "x"}, {"height": 10**9, "width": 9**9},
        {"height": -1, "width": -4, "data": ""}, {"height": float("inf"), "width": 1, "data": ""},
        latents_to_json(Latents(1, 3, (1, 2, 3))) | {"width": 4},
        latents_to_json(Latents(100, 100, (0,) * 10000)) | {"height": 1, "width": 1},
    ],
)  # fmt: skip
def test_latents_that_are_none_are_refused(value: object) -> None:
    with pytest.raises(BadInputError, match="no latents that can be read"):
        latents_from_json(value, Path("x.json"))


HOSTILE = {
    "no.png": b"GIF89a",
    "bare.png": png(),
    "cut.png": with_settings(png(), {"a": 1})[:60],
    "bomb.png": with_settings(png(), {"a": "x" * 2_000_000}),
    "list.png": with_settings(png(), [1]),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", HOSTILE)
def test_settings_that_are_none_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    with pytest.raises(BadInputError) as refused:
        read_settings_of(path)
    assert str(path) in refused.value.message
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(
    "wish",
    [
        None, [], {"prompts": "a fox"}, {"prompts": [3]}, {"steps": "many"},
        {"options": {"rate": "fast"}}, {"options": {"stages": [{"share": 1}]}},
    ],
)  # fmt: skip
def test_a_wish_somebody_wrote_wrongly_is_refused(wish: object) -> None:
    with pytest.raises(BadInputError, match="not those of a picture"):
        wish_from_settings({"wish": wish}, Path("x.png"))


def test_a_state_file_holds_all_it_takes(tmp_path: Path) -> None:
    path = tmp_path / "fox.state"
    kept = KeptState({"profile": "starter"}, b"tensors", {"init.png": png()})
    path.write_bytes(pack_state(kept))
    assert read_state_of(path) == kept
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("settings.json", "{}")
    whole = pack_state(kept)
    moved = whole[:-6] + b"\xff\xff\xff\x00" + whole[-2:]
    named = pack_state(KeptState({}, b"", {"é": b""})).replace("é".encode(), b"\xd7a")
    for hostile in (b"", b"PK\x03\x04", whole[:-30], buffer.getvalue(), moved, named):
        path.write_bytes(hostile)
        with pytest.raises(BadInputError, match="is no state"):
            read_state_of(path)
    with pytest.raises(BadInputError, match="cannot be read"):
        read_state_of(tmp_path / "missing.state")


def test_latents_are_found_in_pictures_and_files(tmp_path: Path) -> None:
    latents = Latents(2, 3, (5, 4, 3, 2, 1, 0))
    values = {"profile": "starter", "latents": latents_to_json(latents)}
    picture, file = tmp_path / "a.png", tmp_path / "a.json"
    picture.write_bytes(with_settings(png(), values))
    file.write_text(json.dumps(values))
    assert read_latents_of(picture) == read_latents_of(file) == (latents, "starter")


def test_weights_stops_margins_stages_and_shares_are_read() -> None:
    assert split_weights("a fox") == ("a fox", 1.0, None)
    assert split_weights("a fox:2") == ("a fox", 2.0, None)
    assert split_weights("a fox : 2 : -0.5") == ("a fox", 2.0, -0.5)
    assert split_weights("fog:-.5") == ("fog", -0.5, None)
    assert read_margins("64,0,32,8") == Margins(64, 0, 32, 8)
    assert read_stage("0.5:0.4") == Stage(0.5, 0.4)
    assert read_shares("1,0.5") == (1.0, 0.5)
    for read, wrong in ((read_margins, "1,2"), (read_margins, "-1,0,0,0"), (read_stage, "half")):
        with pytest.raises(BadInputError, match="write --"):
            read(wrong)
    with pytest.raises(BadInputError, match="write --perceptors"):
        read_shares("a,b")


def test_a_strangers_picture_is_made_safe_before_it_is_sent() -> None:
    wish = PictureWish(("a fox",), ("fog",), init="photo.jpg", like_pictures=("b.png:0.5:0.1",))
    photo = io.BytesIO()
    large = Image.new("RGB", (3000, 1500), "red")
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    large.save(photo, "JPEG", exif=exif)
    files = {"photo.jpg": photo.getvalue(), "b.png": png()}
    request = read_request(wish, files, Settings())
    with Image.open(io.BytesIO(request.picture)) as opened:
        assert (opened.format, opened.size) == ("PNG", (1024, 512))
        assert not opened.getexif()
    assert (request.picture_prompts[0].weight, request.picture_prompts[0].stop) == (0.5, 0.1)
    with pytest.raises(BadInputError, match=r"b\.png: The picture cannot be read"):
        read_request(wish, files | {"b.png": b"\x89PNG no"}, Settings())


def test_the_house_has_its_pictures_looked_through() -> None:
    settings = Settings.model_validate(
        {"moderation": {"pictures": "block", "unwanted_in_pictures": ["a ghost"]}}
    )
    check = read_request(PictureWish(("a fox",)), {}, settings).check
    assert check is not None
    assert (check.concepts, check.redraw) == (("a ghost",), True)
    assert read_request(PictureWish(("a fox",)), {}, Settings()).check is None
