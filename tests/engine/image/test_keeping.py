"""A story's pictures keep hour, weather and the look of places from page to page."""

from __future__ import annotations

from engine.image.keeping import keep_view, recall
from engine.image.layout import Figure, Layout
from engine.image.prompts import read_prompt

FOX = (Figure("fox"),)
SNOWY = Layout("forest", "night", "snow", 0.58, FOX, 3)


def light(prompt: str, before: Layout) -> tuple[str | None, str | None]:
    wanted = read_prompt(prompt, seed=1, previous=before)
    return wanted.time, wanted.weather


def test_the_next_page_is_as_light_as_the_one_before() -> None:
    assert light("a fox in a forest", SNOWY) == ("night", "snow")
    assert light("a fox by a lake", SNOWY) == ("night", "snow")


def test_a_prompt_may_say_another_hour_and_another_weather() -> None:
    assert light("a fox by a lake at sunset", SNOWY) == ("sunset", "snow")
    assert light("a fox by a lake, rain", SNOWY) == ("night", "rain")


def test_no_weather_goes_where_there_is_none() -> None:
    assert light("a fox in a kitchen", SNOWY) == ("night", "clear")
    assert read_prompt("a fox in a kitchen, snow", seed=1).weather == "clear"
    assert light("a fox in a desert", SNOWY) == ("night", "clear")


def test_rain_passes_and_snow_stays() -> None:
    wet = Layout("meadow", "day", "rain", 0.58, FOX)
    assert light("a fox in a meadow", wet) == ("day", "rain")
    assert light("a fox in a meadow at dawn", wet) == ("dawn", "clear")
    assert light("a fox by a lake", wet) == ("day", "clear")
    assert light("a fox by a lake at dawn", SNOWY) == ("dawn", "snow")
    rainbow = Layout("meadow", "day", "rainbow", 0.58, FOX)
    assert light("a fox in a meadow", rainbow) == ("day", "clear")


def test_who_comes_out_again_finds_the_hour_and_the_snow_of_before() -> None:
    dusk = Layout("village", "sunset", "snow", 0.58, FOX)
    away = Layout("moon", "night", "clear", 0.64, FOX)
    house = Layout("kitchen", "sunset", "clear", 0.7, FOX)
    assert light("a fox on the moon", dusk) == ("night", "clear")
    for inside in (away, house):
        back = recall([dusk, inside])
        assert back is not None
        assert (back.place, back.time, back.weather) == (inside.place, "sunset", "snow")
        assert light("a fox in a village street", back) == ("sunset", "snow")
    assert recall([]) is None


def test_a_place_is_seen_again_from_where_it_was_seen_first() -> None:
    lake, again = Layout("lake", backdrop=5), Layout("forest", backdrop=1)
    assert keep_view(again, [SNOWY, lake]).backdrop == SNOWY.backdrop
    assert keep_view(again, [lake]) == again
    assert keep_view(Layout("forest"), [SNOWY]).backdrop == 0
