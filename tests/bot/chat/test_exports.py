from __future__ import annotations

import asyncio
from typing import cast

import pytest

from bot.books.export import FORMATS, Format
from bot.chat import exports
from bot.chat.exports import Exporter, caption, file_name, formats, size_text
from bot.chat.service import Engine, Service
from bot.chat.texts import LANGUAGES
from bot.errors import BadInputError, UnavailableError
from bot.settings import Settings
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.tell import Storyteller
from tests.bot.storytelling.acting import ANN, BEN, told
from tests.bot.storytelling.conftest import Teller
from tests.bot.storytelling.conftest import library as library
from tests.bot.storytelling.conftest import teller as teller
from tests.bot.storytelling.scripted_engine import ScriptedEngine


def service_of(bot: Storyteller) -> Service:
    async def ensure_engine() -> None:
        raise UnavailableError("There is no engine.")

    return Service(
        bot, cast("Dispatcher", None), Settings(), cast("Engine", ScriptedEngine()), ensure_engine
    )


@pytest.mark.parametrize("kind", ["pdf", "epub", "html", "zip"])
async def test_a_story_becomes_a_file_that_is_gone_afterwards(teller: Teller, kind: Format) -> None:
    bot = teller(ScriptedEngine())
    story = await told(bot, pages=2)
    async with Exporter(service_of(bot)).story(story, kind, BEN, language="en") as made:
        assert made.name == f"the-tale-of-a-red-fox-{story}.{kind}"
        assert made.size == len(made.path.read_bytes()) > 500
        assert "“The Tale of a red fox” as" in caption(made, "en", limit=10**7)
        with pytest.raises(BadInputError, match="at most 1 kB"):
            caption(made, "en", limit=100)
    assert not made.path.exists()


async def test_a_film_is_made_without_an_engine(teller: Teller) -> None:
    pytest.importorskip("av")
    bot = teller(ScriptedEngine())
    story = await told(bot, pages=1)
    async with Exporter(service_of(bot)).story(story, "mp4", BEN, language="en") as made:
        assert made.path.read_bytes()[4:8] == b"ftyp"


async def test_what_is_held_comes_as_a_zip(teller: Teller) -> None:
    bot = teller(ScriptedEngine())
    await told(bot, pages=1)
    async with Exporter(service_of(bot)).personal(ANN, language="en") as path:
        assert path.read_bytes().startswith(b"PK")
    assert not path.exists()


async def test_a_crowd_is_asked_to_come_again(
    teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_WAITING", 1)
    bot = teller(ScriptedEngine())
    story = await told(bot, pages=1)
    exporter = Exporter(service_of(bot))
    async with exporter.story(story, "html", BEN, language="en"):
        with pytest.raises(BadInputError, match="Too many books"):
            async with exporter.story(story, "html", BEN, language="en"):
                pytest.fail("there was no room")
    async with asyncio.timeout(60), exporter.story(story, "html", BEN, language="de"):
        pass


def test_formats_sizes_and_names_are_for_people() -> None:
    for language in LANGUAGES:
        assert set(formats(language)) == set(FORMATS)
    assert size_text(10) == "1 kB"
    assert size_text(123_456) == "123 kB"
    assert size_text(2_345_678) == "2.3 MB"
    assert file_name("L’été à l'île!") == "lete-a-lile"
    assert file_name("狐") == "story"
    assert len(file_name("word " * 60)) <= 60
