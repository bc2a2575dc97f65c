"""The hour of a story's pictures is the one that its prose tells of."""

from __future__ import annotations

import pytest

from engine.text.hours import told_hours, told_weathers
from engine.text.lighting import keep_light, said_hour
from engine.text.page import PageText

FOX = "a fox in a forest"


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("That night the fox slept.", ("night",)),
        ("One fine morning she woke. In the evening she went home.", ("dawn", "sunset")),
        ("As the sun went down, they sat still.", ("sunset",)),
        ("The stars came out, one after another.", ("night",)),
        ("It grew very dark, and they held hands.", ("night",)),
        ("In the forest the day had only just begun for a fox.", ("dawn",)),
        ("The next day the neighbours came.", ("day",)),
        ("Every night she looked out. She never slept at night.", ()),
        ("From that day on she was brave, and it was a day like any other day.", ()),
        ('"That night I was afraid," said the owl. "Good morning!"', ()),
        ("She was afraid of the night, and her coat was as black as the night.", ()),
        ("They talked until the stars came out.", ()),
    ],
)
def test_the_hours_that_prose_tells_of_are_found(text: str, hours: tuple[str, ...]) -> None:
    assert told_hours(text) == hours


@pytest.mark.parametrize(
    ("text", "weathers"),
    [
        ("Then it began to rain.", ("rain",)),
        ("The whole world was white with snow.", ("snow",)),
        ("Fog lay over everything.", ("fog",)),
        ("At last the rain stopped.", ("clear",)),
        ('"It was raining," said the fox, who hummed like rain.', ()),
    ],
)
def test_the_weathers_that_prose_tells_of_are_found(text: str, weathers: tuple[str, ...]) -> None:
    assert told_weathers(text) == weathers


def test_an_hour_that_nothing_tells_of_is_not_said() -> None:
    before = [PageText(1, "The fox was alone.", FOX)]
    assert keep_light(f"{FOX} at sunset", text="An owl came.", before=before) == FOX
    told = keep_light(f"{FOX} at sunset", text="That evening an owl came.", before=before)
    assert told == f"{FOX} at sunset"
    asked = keep_light(FOX, text="An owl came.", before=before, direction="it grows, at midnight")
    assert asked == f"{FOX} at night"


def test_the_hour_of_a_wish_is_that_of_the_first_page() -> None:
    wish = "a fox who walks home at night"
    assert keep_light(FOX, text="There once was a fox.", wish=wish) == f"{FOX} at night"
    assert keep_light(FOX, text="One morning she woke.", wish=wish) == f"{FOX} at dawn"
    assert keep_light(f"{FOX} at night", text="There once was a fox.") == f"{FOX} at night"


def test_a_page_begins_at_the_hour_that_the_one_before_came_to() -> None:
    stormy = "One night there was a storm. In the morning there was a big hole."
    before = [PageText(1, stormy, f"{FOX} at night, rain")]
    assert keep_light(FOX, text="They mended it.", before=before) == f"{FOX} at dawn"
    slept = [PageText(1, "That evening she went to bed.", f"{FOX} at night")]
    assert keep_light(FOX, text="She dreamt.", before=slept) == FOX


def test_a_wrong_hour_gives_way_and_the_weather_stays_behind_it() -> None:
    snowy = keep_light(f"{FOX} at sunset, snow", text="That night she slept.")
    assert snowy == f"{FOX} at night, snow"
    assert keep_light(FOX, text="It began to rain that night.") == f"{FOX} at night, rain"
    assert said_hour(snowy) == "night"
    assert said_hour("a fox by daylight") == ""


def test_there_is_no_hour_on_the_moon() -> None:
    moon = "a fox in a garden on the moon"
    assert keep_light(moon, text="One morning she woke.") == moon
    assert keep_light("a fox in space at sunset", text="She flew.") == "a fox in space"
