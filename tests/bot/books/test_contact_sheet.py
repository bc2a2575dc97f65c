from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.books import sheet_letters
from bot.books.contact_sheet import (
    CAPTION,
    COVER,
    GAP,
    MOST_COVERS,
    PAPER,
    Cover,
    contact_sheet,
)
from bot.books.lettering import REGULAR
from bot.books.sheet_letters import letters_for, wrap

RED, BLUE = (200, 30, 30), (20, 40, 220)


def painted(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (256, 256)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def sheet(covers: Sequence[Cover]) -> Image.Image:
    return Image.open(io.BytesIO(contact_sheet(covers, kind="PNG"))).convert("RGB")


def corner(place: int, columns: int = 3) -> tuple[int, int]:
    return (
        GAP + place % columns * (COVER + GAP),
        GAP + place // columns * (COVER + CAPTION + GAP),
    )


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 2, 2), (5, 3, 2), (6, 3, 2)]
)
def test_covers_stand_in_rows(count: int, columns: int, rows: int) -> None:
    colours = [(40 * n, 250 - 40 * n, 20 * n) for n in range(count)]
    picture = sheet([Cover(f"Story {n}", "me", painted(colours[n])) for n in range(count)])
    width, height = columns * (COVER + GAP) + GAP, rows * (COVER + CAPTION + GAP) + GAP
    assert picture.size == (width, height)
    for place, colour in enumerate(colours):
        left, top = corner(place, columns)
        assert picture.getpixel((left + COVER // 2, top + COVER // 2)) == colour
        assert picture.getpixel((left - GAP // 2, top + COVER // 2)) == PAPER


def test_each_cover_has_its_own_number() -> None:
    picture = sheet([Cover("", "", painted())] * 6)
    cells = []
    for place in range(6):
        left, top = corner(place)
        cells.append(picture.crop((left, top, left + COVER, top + COVER)).tobytes())
    assert len(set(cells)) == 6


def test_the_sheet_of_a_screen_is_a_small_jpeg() -> None:
    noise = Image.effect_noise((256, 256), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "PNG")
    jpeg = contact_sheet([Cover("A fox", "Anna", out.getvalue())] * 6)
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert picture.format == "JPEG"
    assert len(jpeg) < 1_000_000


@pytest.mark.parametrize("count", [0, MOST_COVERS + 1])
def test_too_many_or_no_covers_are_a_mistake(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 6 covers"):
        contact_sheet([Cover("a", "b")] * count)


@pytest.mark.parametrize("image", [b"", b"broken", painted()[:100]], ids=["none", "words", "half"])
def test_a_missing_or_damaged_picture_becomes_a_plain_cover(image: bytes) -> None:
    plain = sheet([Cover("a", "b")])
    assert ImageChops.difference(sheet([Cover("a", "b", image)]), plain).getbbox() is None


def test_a_hidden_picture_shows_no_more_than_its_colours() -> None:
    board = Image.new("RGB", (256, 256), "white")
    for row in range(8):
        board.paste("black", (0, 32 * row, 256, 32 * row + 16))
    out = io.BytesIO()
    board.save(out, "PNG")
    left, top = corner(0)
    box = (left + 60, top + 60, left + COVER, top + COVER)
    shown = sheet([Cover("a", "b", out.getvalue())]).crop(box)
    hidden = sheet([Cover("a", "b", out.getvalue(), hidden=True)]).crop(box)

    def contrast(picture: Image.Image) -> int:
        low, high = picture.convert("L").getextrema()
        return high - low

    assert contrast(shown) > 200
    assert contrast(hidden) < 10


def test_long_pictures_fill_their_place() -> None:
    for size in ((512, 128), (128, 512), (1, 400)):
        picture = sheet([Cover("a", "b", painted(BLUE, size))])
        left, top = corner(0)
        assert picture.getpixel((left + 2, top + COVER - 2)) == BLUE
        assert picture.getpixel((left + COVER - 2, top + 2)) == BLUE


TITLES = [
    "The Fox Who Was Afraid of the Dark and the Lantern That Would Not Go Out Until Morning",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "🦊🌙✨ The Moon Fox 🎉👨‍👩‍👧",
    "狐と月の物語、そして夜の森の中で見つけた小さな灯り",
    "الثعلب الذي كان يخاف من الظلام",
    "שועל שפחד מהחושך",
    "ลูกจิ้งจอกกลัวความมืด",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "\u202etxet\u202c \u200b\ufeff",
    "\ud800",
    "a" * 3000,
    "",
]


def reaches_beyond(title: str, author: str) -> bool:
    """Tell whether a caption leaves ink outside its own place on the sheet."""
    covers = [Cover("", "", painted())] * 6
    covers[1] = Cover(title, author, painted())
    empty = [Cover("", "", painted())] * 6
    left, top = corner(1)
    own = (left, top + COVER, left + COVER, top + COVER + CAPTION + GAP)
    changed = ImageChops.difference(sheet(covers), sheet(empty))
    changed.paste((0, 0, 0), own)
    # Where the title is empty there stands the fallback, everywhere but in the cell at hand.
    return changed.getbbox() is not None


@pytest.mark.parametrize("system_fonts", [True, False], ids=["fonts", "own font"])
@pytest.mark.parametrize("title", TITLES, ids=range(len(TITLES)))
def test_titles_of_any_kind_stay_in_their_place(
    title: str, system_fonts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not system_fonts:
        monkeypatch.setattr(sheet_letters, "_system_faces", tuple)
    assert not reaches_beyond(title, title)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.integers(1, 3), st.integers(60, 400))
def test_lines_of_any_text_fit(text: str, lines: int, width: int) -> None:
    letters = letters_for(text, instead="Untitled")
    assert letters.text.strip()
    wrapped = wrap(letters, size=29, width=width, lines=lines)
    assert 1 <= len(wrapped) <= lines
    assert all(letters.font(29).getlength(line) <= width for line in wrapped)
    whole = "".join(wrapped).replace(" ", "")
    assert whole == letters.text.replace(" ", "") or whole.endswith("…")


def test_a_title_no_font_has_gives_way_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_letters, "_system_faces", tuple)
    assert letters_for("狐と月", instead="Story 0k3z").text == "Story 0k3z"
    assert letters_for("🦊", instead="Story 0k3z").text == "Story 0k3z"
    assert letters_for("The 狐 fox", instead="Story 0k3z").text == "The … fox"
    assert letters_for("The fox… 🦊", instead="Story 0k3z").text == "The fox…"


def test_a_script_the_book_lacks_is_taken_from_the_systems_fonts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    faces = sheet_letters._system_faces()
    hebrew = next((f for f in faces if {0x5D0, 0x5E9} <= sheet_letters._glyphs(*f)), None)
    if hebrew is None:
        pytest.skip("no font of this system has Hebrew")
    monkeypatch.setattr(sheet_letters, "_system_faces", lambda: ((broken, 0), hebrew))
    letters = letters_for("שועל", instead="Untitled")
    assert (letters.text, letters.path) == ("שועל", hebrew[0])
    assert letters_for("fox", instead="Untitled").path == REGULAR


def test_words_break_at_spaces_and_end_in_an_ellipsis() -> None:
    letters = letters_for("one two three four five six seven eight nine ten", instead="")
    lines = wrap(letters, size=29, width=200, lines=2)
    assert lines[0] == "one two three"
    assert lines[1].startswith("four five")
    assert lines[1].endswith("…")
