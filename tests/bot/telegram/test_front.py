"""The bot's own life: how it begins, what it is offered, how it ends, and what stops it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from pydantic import SecretStr

from bot.chat.service import Engine, Service
from bot.errors import ConfigError, PagewrightError, UnavailableError
from bot.library.library import open_library
from bot.settings import Settings
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.tell import Storyteller
from bot.telegram import front as front_module
from bot.telegram.front import TelegramFrontEnd
from tests.bot.storytelling.paced_engine import PacedEngine
from tests.bot.storytelling.queued import until
from tests.bot.storytelling.scripted_engine import ScriptedEngine
from tests.bot.telegram.house import done, open_house, page, settings_for, told
from tests.bot.telegram.loopback import Loopback
from tests.ports import free_port


async def ended(folder: Path, settings: Settings) -> PagewrightError:
    """Serve until something ends that, and return it."""
    engine = ScriptedEngine()

    async def ensure_engine() -> None:
        return None

    async with (
        open_library(folder / "library.db") as library,
        Dispatcher(library, engine, settings, ensure_engine) as dispatcher,
    ):
        teller = Storyteller(library, engine, settings, ensure_engine=ensure_engine)
        service = Service(teller, dispatcher, settings, cast(Engine, engine), ensure_engine)
        with pytest.raises(PagewrightError) as caught:
            await asyncio.wait_for(TelegramFrontEnd(service).run(), 120)
    return caught.value


def with_telegram(settings: Settings, **more: Any) -> Settings:
    return settings.model_copy(update={"telegram": settings.telegram.model_copy(update=more)})


async def test_a_wrong_token_is_a_matter_of_configuration(
    telegram: Loopback, tmp_path: Path
) -> None:
    for token in ("", "nonsense", "123:wrong"):
        settings = with_telegram(settings_for(telegram), token=SecretStr(token))
        error = await ended(tmp_path, settings)
        assert isinstance(error, ConfigError)
        assert "TELEGRAM_TOKEN" in error.message
        assert not token or token not in error.message


async def test_a_server_that_is_away_is_named(telegram: Loopback, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    error = await ended(tmp_path, with_telegram(settings_for(telegram), api_base_url=url))
    assert isinstance(error, UnavailableError)
    assert url in error.message
    assert telegram.token not in error.message


async def test_another_process_that_polls_ends_this_one_with_a_line(
    telegram: Loopback, tmp_path: Path
) -> None:
    said = "Conflict: terminated by other getUpdates request; make sure that only one is running"
    telegram.fail("getUpdates", times=9, status=409, description=said)
    error = await ended(tmp_path, settings_for(telegram))
    assert isinstance(error, UnavailableError)
    assert "Another process" in error.message


async def test_a_webhook_that_is_set_elsewhere_ends_it_with_a_line(
    telegram: Loopback, tmp_path: Path
) -> None:
    said = "Conflict: can't use getUpdates method while webhook is active"
    telegram.fail("getUpdates", times=9, status=409, description=said)
    error = await ended(tmp_path, settings_for(telegram))
    assert isinstance(error, UnavailableError)
    assert "webhook" in error.message


async def test_one_conflict_is_this_bots_own_of_before_and_is_survived(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    said = "Conflict: terminated by other getUpdates request"
    telegram.fail("getUpdates", status=409, description=said)
    async with open_house(telegram, tmp_path) as house:
        assert len(await told(house, telegram.private("Ann"))) == 4


async def test_an_outage_is_survived(
    telegram: Loopback, tmp_path: Path, hurried: None, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house(telegram, tmp_path) as house:
        ann = telegram.private("Ann")
        await told(house, ann)
        await telegram.down()
        await asyncio.sleep(0.3)
        await telegram.up()
        await told(house, ann, "/story an owl")
    assert telegram.token not in caplog.text
    assert sum("trying on" in record.message for record in caplog.records) <= 1


async def test_the_menu_of_commands_is_sent_in_every_language_and_only_when_it_changed(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    async with open_house(telegram, tmp_path):
        await until(lambda: len(telegram.world.commands) == 15)
    menus = {key: [c["command"] for c in menu] for key, menu in telegram.world.commands.items()}
    assert {"story", "continue", "gallery", "show", "help"} <= set(menus["default/"])
    assert "settings" in menus["all_chat_administrators/"]
    assert menus["default/de"] == menus["default/"]
    german = json.dumps(telegram.world.commands["default/de"], ensure_ascii=False)
    assert "Geschichte" in german
    sent = len(telegram.called("setMyCommands"))
    async with open_house(telegram, tmp_path) as house:
        await told(house, telegram.private("Ann"))
    assert len(telegram.called("setMyCommands")) == sent


async def test_by_webhook_calls_are_answered_that_carry_the_secret(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/own/path"
    more = {"webhook_url": url, "webhook_listen": f"127.0.0.1:{port}"}
    settings = settings_for(telegram, webhook_secret=SecretStr("s3cret_-X"), **more)
    async with open_house(telegram, tmp_path, settings=settings) as house:
        await until(lambda: bool(telegram.webhook))
        assert telegram.webhook["url"] == url
        assert telegram.webhook["secret"] == settings.telegram.webhook_secret.get_secret_value()
        assert len(await told(house, telegram.private("Ann"))) == 4
        assert telegram.called("getUpdates") == []
        async with aiohttp.ClientSession() as http:
            for secret in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guess"}):
                async with http.post(url, json={"update_id": 1}, headers=secret) as answer:
                    assert answer.status == 403
    async with open_house(telegram, tmp_path) as house:  # and back to polling
        assert len(await told(house, telegram.private("Ben"))) == 4
    assert not telegram.webhook or not telegram.webhook.get("url")


async def test_a_webhook_that_cannot_be_is_refused_in_a_line(
    telegram: Loopback, tmp_path: Path
) -> None:
    settings = with_telegram(
        settings_for(telegram),
        webhook_url="https://bot.example.org/x",
        webhook_secret=SecretStr("not allowed!"),
    )
    error = await ended(tmp_path, settings)
    assert isinstance(error, ConfigError)
    assert "TELEGRAM_WEBHOOK_SECRET" in error.message
    assert "not allowed!" not in error.message
    taken = f"127.0.0.1:{telegram.port}"
    settings = with_telegram(settings, webhook_secret=SecretStr(""), webhook_listen=taken)
    error = await ended(tmp_path, settings)
    assert isinstance(error, UnavailableError)
    assert taken in error.message


async def test_a_bot_that_is_stopped_says_so_and_its_stories_go_on_at_the_next_start(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    engine = PacedEngine(permits=3)
    ann = telegram.private("Ann")
    async with open_house(telegram, tmp_path, engine=engine):
        ann.say("/story a fox")
        first = await ann.chat.sees("Page 1/4")
    assert "short break" in first.text
    assert first.labels == []
    async with open_house(telegram, tmp_path):
        await ann.chat.sees(page(4))
        await until(lambda: done(first))
    assert sum(done(message) for message in ann.chat.from_bot) == 4


def test_the_errors_that_are_shown_hold_no_address() -> None:
    from telegram.error import NetworkError

    for said in ("GET http://x/bot123:abc/getMe", "httpx: https://t/bot1:a"):
        assert "123" not in front_module._plain(NetworkError(said))
        assert "bot1" not in front_module._plain(NetworkError(said))
