"""What the bot says of itself, in the asker's language; and a story's details."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.texts import LANGUAGES
from bot.telegram.details import details_html
from engine.api.errors import EngineGoneError
from tests.bot.telegram.house import House
from tests.bot.telegram.loopback.rules import read_html, units
from tests.bot.telegram.telling import actor_of, shelve


async def test_start_help_and_about_in_every_language(house: House) -> None:
    for language in LANGUAGES:
        ann = house.telegram.private("Ann & Bob", language=language)
        start = await ann.asks("/start")
        assert "Ann & Bob" in start.text
        assert "/story a fox" in start.text
        helped = await ann.asks("/help", "/gallery – ")
        assert "/privacy – " in helped.text
        assert "/settings" not in helped.text
        assert "starter" in (await ann.asks("/about", "starter")).text


async def test_help_tells_administrators_of_settings(house: House) -> None:
    group = house.telegram.group("Readers")
    ada = house.telegram.join(group, "Ada", admin=True)
    assert "/settings – " in (await ada.asks("/help")).text


async def test_about_says_where_the_engine_is_away(house: House) -> None:
    async def away() -> None:
        raise EngineGoneError("The engine does not answer.")

    house.engine.status = away  # type: ignore[assignment]
    ann = house.telegram.private("Ann")
    assert "does not answer at this moment" in (await ann.asks("/about")).text


async def test_details_tell_all_and_fit_into_a_message(house: House) -> None:
    ann = house.telegram.private("Ann")
    fox = await shelve(house, ann, "a <fox>", pages=2, style="ink")
    await house.teller.acts.remember(fox, "it never snows", actor_of(ann))
    story = await house.teller.views.details(fox, actor_of(ann))
    page = story.branch[1]
    text, _ = read_html(details_html(story, page.id, "en"))
    for told in ("The Tale of a <fox>", "Idea: a <fox>", "Told for Ann", "Style: ink", fox,
                 f"Seed: {story.seed} · models: starter", "2 pages",
                 "Keeps to: it never snows", "Page 2", f"Seed: {page.seed}",
                 "Painted from: prompt 2", "20 steps", "CLIP score 0.30"):  # fmt: skip
        assert told in text, told
    long = replace(
        story, title="<&" * 400, idea="😀" * 500, avoid="&" * 300, facts=("<" * 200,) * 16,
        pages=(replace(page, prompt="&" * 4000),),
    )  # fmt: skip
    for language in LANGUAGES:
        assert units(details_html(long, page.id, language)) <= 4096
