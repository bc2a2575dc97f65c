"""Settings, privacy, what the bot says of itself, and links between accounts."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from bot.storytelling.permissions import Actor
from tests.bot.discord.loopback import UserError
from tests.bot.discord.stand import Stand


async def test_settings_are_shown_and_changed_by_menu_and_form(stand: Stand) -> None:
    panel = await stand.mod.answered(await stand.mod.slash("settings"))
    assert panel.ephemeral
    for words in ("**Gallery** · on", "**Most pages in one wish** · 8", "**Blocked words** · none"):
        assert words in panel.text
    await stand.mod.select(panel, "gallery")
    await stand.discord.until(lambda: "Gallery: on" in panel.text)
    await stand.mod.select(panel, "off")
    await stand.discord.until(lambda: "**Gallery** · off" in panel.text)
    form = await stand.mod.modal(await stand.mod.select(panel, "blocked_words"))
    await stand.mod.submit(form, value="poppycock, fiddlestick*")
    await stand.discord.until(lambda: "**Blocked words** · 2 words" in panel.text)
    refused = await stand.ann.answered(await stand.ann.slash("story", idea="a poppycock fox"))
    assert "not allowed here" in refused.text
    await stand.mod.select(panel, "story_channel")
    await stand.discord.until(lambda: panel.selects[0]["type"] == 8)
    channel = stand.guild.channels[0]
    await stand.mod.select(panel, str(channel.id))
    await stand.discord.until(lambda: f"**Story channel** · <#{channel.id}>" in panel.text)
    await stand.mod.select(panel, "story_channel")
    await stand.discord.until(lambda: panel.selects[0]["type"] == 8)
    await stand.mod.click(panel, "Back to the default")
    await stand.discord.until(lambda: "**Story channel** · none" in panel.text)


async def test_a_wrong_value_is_refused_in_one_line(stand: Stand) -> None:
    panel = await stand.mod.answered(await stand.mod.slash("settings"))
    form = await stand.mod.modal(await stand.mod.select(panel, "pages"))
    asked = await stand.mod.submit(form, value="many")
    assert "“Most pages in one wish” cannot be" in (await stand.mod.answered(asked)).text
    form = await stand.mod.modal(await stand.mod.select(panel, "pages"))
    await stand.mod.submit(form, value="3")
    await stand.discord.until(lambda: "**Most pages in one wish** · 3" in panel.text)
    form = await stand.mod.modal(await stand.mod.select(panel, "pages"))
    await stand.mod.submit(form, value="")
    await stand.discord.until(lambda: "**Most pages in one wish** · 8" in panel.text)


async def test_settings_are_for_those_who_manage_a_server(stand: Stand) -> None:
    with pytest.raises(UserError):
        await stand.ann.slash("settings")
    bea = stand.discord.person("Bea", moderator=True)
    with pytest.raises(UserError):
        await bea.slash("settings")


async def test_settings_refuse_whoever_is_no_moderator_any_more(stand: Stand) -> None:
    panel = await stand.mod.answered(await stand.mod.slash("settings"))
    was = stand.discord.at(stand.mod.user, stand.guild)
    demoted = type(was)(was.world, type(was.user)(was.user.id, was.user.name), was.channel)
    asked = await demoted.click(panel, "Deleted stories")
    assert "Only a moderator" in (await demoted.answered(asked)).text


async def test_privacy_shows_sends_and_deletes_what_is_held(stand: Stand) -> None:
    await stand.story(stand.ann, "a red fox")
    held = await stand.ann.answered(await stand.ann.slash("privacy show"))
    assert held.ephemeral
    assert "Stories: 1" in held.text
    assert "Name: Ann" in held.text
    sent = await stand.ann.answered(await stand.ann.click(held, "Send me everything"))
    archive = zipfile.ZipFile(io.BytesIO(sent.file().data))
    assert json.loads(archive.read("person.json"))["id"] == f"discord:{stand.ann.user.id}"
    await stand.ann.click(held, "Delete everything")
    await stand.discord.until(lambda: "Really delete" in held.text)
    await stand.ann.click(held, "No, keep it")
    await stand.discord.until(lambda: "Everything stays" in held.text)
    ask = await stand.ann.answered(await stand.ann.slash("privacy delete"))
    await stand.ann.click(ask, "Yes, delete")
    await stand.discord.until(lambda: "1 story was removed" in ask.text)
    after = await stand.service.teller.privacy.show(f"discord:{stand.ann.user.id}")
    assert after.stories == ()
    assert not any(after.counts.values())


async def test_privacy_exports_at_once_where_asked(stand: Stand) -> None:
    sent = await stand.ben.answered(await stand.ben.slash("privacy export"))
    assert sent.ephemeral
    assert sent.file().name.endswith(".zip")


async def test_about_tells_models_licence_and_health(stand: Stand) -> None:
    told = await stand.ann.answered(await stand.ann.slash("about"))
    for words in ("Models: starter, on cpu", "storybook, ink", "MIT licence", "engine is well"):
        assert words in told.text


async def test_answers_are_in_the_persons_language(stand: Stand) -> None:
    marie = stand.discord.person("Marie", stand.guild, locale="fr")
    told = await marie.answered(await marie.slash("about"))
    assert "logiciel libre" in told.text
    ken = stand.discord.person("Ken", stand.guild, locale="ja")
    assert "ギャラリー" in (await ken.answered(await ken.slash("gallery"))).text


async def test_a_code_of_the_other_platform_links_two_accounts(stand: Stand) -> None:
    there = Actor("telegram:5", "telegram:5", direct=True)
    code = (await stand.service.teller.accounts.code(there)).code
    ask = await stand.ann.answered(await stand.ann.slash("show", story=code))
    assert ask.ephemeral
    await stand.ann.click(ask, "link")
    here = Actor(f"discord:{stand.ann.user.id}", f"discord:{stand.guild.id}")

    async def linked() -> bool:
        return await stand.service.teller.accounts.linked(here) is not None

    await stand.discord.until(lambda: not ask.buttons)
    assert await linked()
    again = await stand.ann.answered(await stand.ann.slash("show", story=code))
    assert again.ephemeral
    assert not again.buttons
