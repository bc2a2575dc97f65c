"""What is done with a finished story: show, export, remember, details, reports, suggestions."""

from __future__ import annotations

import io
import zipfile

import pytest

from bot.books import film
from bot.storytelling.permissions import Actor
from tests.bot.discord.loopback import Message, Person
from tests.bot.discord.stand import Stand


async def test_show_posts_a_story_again_by_title_id_and_suggestion(stand: Stand) -> None:
    await stand.story(stand.ann, "a red fox")
    choices = await stand.ben.autocomplete("show", "story", "fox")
    assert choices[0][0] == "The Tale of a red fox · by Ann"
    for typed in (choices[0][1], "the tale of a red fox", choices[0][1][:5]):
        before = len(stand.discord.messages)
        told = await stand.ben.answered(await stand.ben.slash("show", story=typed))
        assert "Here is" in told.text
        assert "Continue" in [b.get("label") for b in stand.discord.messages[before].buttons]


async def test_show_says_what_is_missing(stand: Stand) -> None:
    told = await stand.ann.answered(await stand.ann.slash("show", story="nothing like it"))
    assert "There is no story “nothing like it” here" in told.text
    quiet = stand.discord.add_channel(stand.guild, "quiet", denied=("send_messages",))
    await stand.discord.gateway.dispatch("CHANNEL_CREATE", quiet.payload(stand.discord.bot))
    await stand.story(stand.ann, "a red fox")
    muted = stand.discord.at(stand.ann.user, quiet)
    told = await muted.answered(await muted.slash("show", story="fox"))
    assert "write messages" in told.text


async def test_hidden_stories_are_suggested_to_their_author_alone(stand: Stand) -> None:
    await stand.story(stand.ann, "a red fox")
    (_, story), *_ = await stand.ann.autocomplete("export", "story", "")
    actor = Actor(f"discord:{stand.ann.user.id}", f"discord:{stand.guild.id}")
    await stand.service.teller.acts.set_listed(story, actor, listed=False)
    assert await stand.ben.autocomplete("export", "story", "fox") == []
    assert len(await stand.ann.autocomplete("export", "story", "fox")) == 1


@pytest.mark.parametrize("kind", ["pdf", "epub", "html", "zip", "mp4"])
async def test_export_sends_a_file_privately(
    stand: Stand, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "PICTURE_HEIGHT", 160)
    monkeypatch.setattr(film, "LEAST_WIDTH", 160)
    await stand.story(stand.ann, "a red fox")
    asked = await stand.ann.slash("export", story="fox", format=kind)
    await stand.discord.until(lambda: asked.response and asked.response.files)
    assert asked.response is not None
    assert asked.response.ephemeral
    file = asked.response.file()
    assert file.name.startswith("the-tale-of-a-red-fox-")
    assert file.name.endswith(f".{kind}")
    if kind in ("zip", "epub"):
        assert zipfile.ZipFile(io.BytesIO(file.data)).testzip() is None


async def test_export_asks_for_a_format_where_none_is_named(stand: Stand) -> None:
    page = await stand.story(stand.ann, "a red fox")
    menu = await stand.ben.answered(await stand.ben.slash("export", story="fox"))
    asked = await stand.ben.select(menu, "html")
    await stand.discord.until(lambda: asked.response and asked.response.files)
    more = await stand.ann.answered(await stand.ann.click(page, "More"))
    formats = await stand.ann.answered(await stand.ann.click(more, "Export"))
    assert [option["value"] for option in formats.selects[0]["options"]][:2] == ["pdf", "epub"]


@pytest.mark.parametrize("kind", ["pdf", "mp4"])
async def test_a_file_that_is_too_large_comes_with_advice(
    stand: Stand, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "PICTURE_HEIGHT", 160)
    monkeypatch.setattr(film, "LEAST_WIDTH", 160)
    await stand.story(stand.ann, "a red fox")
    stand.discord.max_file_bytes = 2000
    asked = await stand.ann.slash("export", story="fox", format=kind)
    await stand.discord.until(lambda: "at most 2 kB" in asked.text)
    assert "pagewright export" in asked.text


async def test_a_story_remembers_and_forgets(stand: Stand) -> None:
    await stand.story(stand.ann, "a red fox")
    asked = await stand.ann.slash("remember add", story="fox", fact="the fox is called *Ruby*")
    assert "\\*Ruby\\*" in (await stand.ann.answered(asked)).text
    listed = await stand.ben.answered(await stand.ben.slash("remember list", story="fox"))
    assert "1. the fox is called" in listed.text
    refused = await stand.ben.answered(
        await stand.ben.slash("remember add", story="fox", fact="the fox is blue")
    )
    assert "Only its author" in refused.text
    choices = await stand.ann.autocomplete("remember forget", "fact", "ruby", story="fox")
    gone = await stand.ann.slash("remember forget", story="fox", fact=choices[0][1])
    assert "does not keep to that" in (await stand.ann.answered(gone)).text
    empty = await stand.ann.answered(await stand.ann.slash("remember list", story="fox"))
    assert "keeps to nothing" in empty.text


async def test_details_tell_what_made_a_page(stand: Stand) -> None:
    page = await stand.story(stand.ann, "a red fox", style="ink", seed=77)
    for asked in (
        await stand.ben.menu("Story details", page),
        await stand.ben.click(
            await stand.ben.answered(await stand.ben.click(page, "More")), "Details"
        ),
    ):
        told = await stand.ben.answered(asked)
        assert told.ephemeral
        for words in ("Idea: a red fox", "Style: ink", "Seed: 77", "Painted from", "20 steps"):
            assert words in told.text


async def test_the_menus_say_so_of_other_messages(stand: Stand) -> None:
    other = await stand.ann.say("good morning")
    for name in ("Continue from here", "Story details", "Report page"):
        told = await stand.ann.answered(await stand.ann.menu(name, other))
        assert "shows no page of a story" in told.text
        assert told.ephemeral


async def test_continue_from_here_opens_the_form(stand: Stand) -> None:
    page = await stand.story(stand.ann, "a red fox")
    opened = await stand.ann.modal(await stand.ann.menu("Continue from here", page))
    await stand.ann.submit(opened, direction="he flies")
    await stand.discord.message(lambda m: "2/2" in m.text and "he flies" in m.text)


async def reported(stand: Stand, who: Person, page: Message, reason: str) -> str:
    opened = await who.modal(await who.menu("Report page", page))
    return (await who.answered(await who.submit(opened, value=reason))).text


async def test_a_report_reaches_the_moderators_who_handle_it(stand: Stand) -> None:
    page = await stand.story(stand.ann, "a red fox")
    assert "moderators" in await reported(stand, stand.ben, page, "it is *rude*")
    panel = await stand.mod.answered(await stand.mod.slash("settings"))
    await stand.mod.click(panel, "1 open report")
    await stand.discord.until(lambda: "rude" in panel.text)
    look = await stand.mod.answered(await stand.mod.click(panel, "Look at it"))
    assert "a red fox" in look.text
    assert look.ephemeral
    await stand.mod.click(panel, "Delete the story")
    await stand.discord.until(lambda: "No report is open" in panel.text)
    gone = await stand.ann.answered(await stand.ann.slash("show", story="fox"))
    assert "There is no story" in gone.text
    await stand.mod.click(panel, "All settings")
    await stand.discord.until(lambda: panel.selects)
    await stand.mod.click(panel, "Deleted stories")
    await stand.discord.until(lambda: "a red fox" in panel.text)
    await stand.mod.select(panel, panel.selects[0]["options"][0]["value"])
    await stand.discord.until(lambda: "is back" in panel.text)
    again = await stand.ann.answered(await stand.ann.slash("show", story="fox"))
    assert "Here is" in again.text
