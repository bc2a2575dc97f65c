"""What a community blocks is neither stored nor shown, whatever the engine says."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.library import audit, community_settings, jobs, pages, pictures
from bot.library.library import Library
from bot.library.records import AuditRecord
from bot.settings import ModerationSettings, Settings
from bot.storytelling.moderation import Rules, Ruling, decision_of, kept_ruling
from bot.storytelling.tell import Storyteller
from bot.storytelling.updates import StoryOpened, Update
from bot.storytelling.watching import BLANK_ALT, BlockedProseError, _Prose
from bot.storytelling.wish import StoryWish
from engine.api.events import (
    Failed,
    PageDone,
    PageText,
    PictureVerdict,
    Preview,
    StoryDone,
    StoryEvent,
    TellRequest,
    TextDelta,
)
from tests.bot.storytelling.scripted_engine import ScriptedEngine
from tests.bot.storytelling.scripted_engine import events as plain_events

WISH = StoryWish("a fox", pages=3)
GHOST = PictureVerdict(True, "a ghost", 0.9)
FINE = PictureVerdict(False, "a ghost", 0.1)


class RudeEngine(ScriptedEngine):
    """Says ``word`` on a page the first ``times``; its pictures have this verdict."""

    def __init__(
        self,
        *,
        word: str = "",
        page: int = 2,
        times: int = 9,
        verdict: PictureVerdict | None = None,
    ) -> None:
        super().__init__()
        self.word, self.page, self.times, self.verdict = word, page, times, verdict

    async def tell(self, request: TellRequest) -> AsyncIterator[StoryEvent]:
        self.requests.append(request)
        rude = self.word and len(request.known_pages) < self.page and self.times > 0
        self.times -= bool(rude)
        for event in plain_events(request):
            for told in self._spoilt(event) if rude else [event]:
                if isinstance(told, Preview | PageDone):
                    told = replace(told, verdict=self.verdict)
                yield told

    def _spoilt(self, event: StoryEvent) -> Iterator[StoryEvent]:
        if isinstance(event, PageText) and event.page == self.page:
            text = f"All was well. Then {self.word} came. The end."
            for word in text.split(" "):
                yield TextDelta(event.page, f"{word} ")
            yield replace(event, text=text)
        elif not (isinstance(event, TextDelta) and event.page == self.page):
            yield event


def storyteller(library: Library, engine: ScriptedEngine, **moderation: object) -> Storyteller:
    async def ensure_engine() -> None:
        return None

    chosen = ModerationSettings(**moderation)  # type: ignore[arg-type]
    settings = Settings(moderation=chosen)
    return Storyteller(library, engine, settings, ensure_engine=ensure_engine)


async def told(library: Library, engine: ScriptedEngine, **moderation: object) -> list[Update]:
    return [update async for update in storyteller(library, engine, **moderation).tell(WISH)]


async def trail_of(library: Library) -> list[AuditRecord]:
    async with library.database.read() as connection:
        return list(reversed(await audit.newest(connection, "console")))


def shown_text(updates: list[Update]) -> str:
    return "".join(u.text for u in updates if isinstance(u, TextDelta | PageText))


async def test_the_engine_is_told_of_the_rules(library: Library) -> None:
    engine = RudeEngine(verdict=FINE)
    words, things = ("darn", "blast*"), ("a ghost",)
    await told(
        library, engine, blocked_words=words, unwanted_in_pictures=things, pictures="block",
        picture_threshold=0.7,
    )  # fmt: skip
    (request,) = engine.requests
    assert request.banned == words
    assert request.check is not None
    assert request.check.concepts == things
    assert request.check.threshold == 0.7
    assert request.check.redraw


async def test_without_rules_nothing_is_asked_and_nothing_changed(library: Library) -> None:
    engine = RudeEngine(word="darn")
    updates = await told(library, engine)
    assert (engine.requests[0].banned, engine.requests[0].check) == ((), None)
    assert "darn" in shown_text(updates)
    assert isinstance(updates[-1], StoryDone)


@pytest.mark.parametrize("word", ["darn", "d.a.r.n", "DAAARN", "d4rn"])
async def test_a_page_with_a_blocked_word_is_told_again_and_never_shown(
    library: Library, word: str
) -> None:
    engine = RudeEngine(word=word, times=1)
    updates = await told(library, engine, blocked_words=("darn",))
    assert word not in shown_text(updates)
    assert isinstance(updates[-1], StoryDone)
    first, second = engine.requests
    assert second.seed != first.seed
    assert [page.number for page in second.known_pages] == [1]
    assert second.known_pages[0].seed
    opened = updates[0]
    assert isinstance(opened, StoryOpened)
    async with library.database.read() as connection:
        kept = await pages.of_story(connection, opened.story_id)
    assert [page.number for page in kept] == [1, 2, 3]
    assert not any(word in page.text for page in kept)
    (row,) = await trail_of(library)
    assert (row.action, row.subject) == ("refused_prose", opened.job_id)
    assert "All was well" not in row.detail


async def test_a_second_page_with_a_blocked_word_ends_the_job_kindly(library: Library) -> None:
    engine = RudeEngine(word="darn")
    updates = await told(library, engine, blocked_words=("darn",))
    end = updates[-1]
    assert isinstance(end, Failed)
    assert (end.code, end.retryable, end.resume_from_page) == ("blocked", False, 1)
    assert "not allowed here" in end.message
    assert "darn" not in shown_text(updates)
    assert len(engine.requests) == 2
    assert [row.action for row in await trail_of(library)] == ["refused_prose"] * 2
    opened = updates[0]
    assert isinstance(opened, StoryOpened)
    async with library.database.read() as connection:
        job = await jobs.get(connection, opened.job_id)
    assert job is not None
    assert (job.state, job.charged_ms) == ("failed", 0)


async def test_a_communitys_own_words_are_added(library: Library) -> None:
    async with library.database.write() as connection:
        defaults = community_settings.defaults_from(Settings())
        await community_settings.save(
            connection, "console", "blocked_words", ["darn"], defaults=defaults
        )
    engine = RudeEngine(word="darn", times=1)
    updates = await told(library, engine, blocked_words=("blast",))
    assert engine.requests[0].banned == ("blast", "darn")
    assert "darn" not in shown_text(updates)


async def test_a_blocked_picture_is_blank_everywhere(library: Library) -> None:
    updates = await told(
        library, RudeEngine(verdict=GHOST), unwanted_in_pictures=("a ghost",), pictures="block"
    )
    assert not any(isinstance(update, Preview) for update in updates)
    done = [update for update in updates if isinstance(update, PageDone)]
    assert len(done) == 3
    assert {page.alt for page in done} == {BLANK_ALT}
    assert {decision_of(page.verdict) for page in done} == {"blocked"}
    with Image.open(io.BytesIO(done[0].image)) as blank:
        assert blank.format == "PNG"
    opened = updates[0]
    assert isinstance(opened, StoryOpened)
    async with library.database.read() as connection:
        kept = await pages.of_story(connection, opened.story_id)
        painted = await pictures.newest_of(connection, [page.id for page in kept])
    for picture in painted.values():
        assert (picture.verdict, picture.latents, picture.alt) == ("blocked", b"", BLANK_ALT)
        assert picture.image == done[0].image
    assert [row.action for row in await trail_of(library)] == ["withheld_picture"] * 3
    book = await storyteller(library, RudeEngine()).book("last")
    assert all(page.latents is None for page in book.pages)


async def test_a_doubtful_picture_is_kept_and_marked_as_a_spoiler(library: Library) -> None:
    updates = await told(library, RudeEngine(verdict=GHOST), unwanted_in_pictures=("a ghost",))
    looks = [update for update in updates if isinstance(update, Preview | PageDone)]
    assert {decision_of(look.verdict) for look in looks} == {"spoiler"}
    async with library.database.read() as connection:
        rows = await connection.execute_fetchall("SELECT verdict, length(latents) FROM pictures")
    assert {tuple(row) for row in rows} == {("spoiler", 8)}


async def test_a_fine_picture_is_marked_as_checked(library: Library) -> None:
    updates = await told(
        library, RudeEngine(verdict=FINE), unwanted_in_pictures=("a ghost",), pictures="block"
    )
    looks = [update for update in updates if isinstance(update, Preview | PageDone)]
    assert {decision_of(look.verdict) for look in looks} == {"ok"}


async def test_an_engine_that_does_not_check_is_not_believed(library: Library) -> None:
    """One of an older version leaves the verdict out: nothing unchecked is shown."""
    updates = await told(library, RudeEngine(), unwanted_in_pictures=("a ghost",), pictures="block")
    assert not any(isinstance(update, Preview) for update in updates)
    done = [update for update in updates if isinstance(update, PageDone)]
    assert {decision_of(page.verdict) for page in done} == {"blocked"}


async def test_switched_off_nothing_is_checked(library: Library) -> None:
    engine = RudeEngine(verdict=GHOST)
    async with library.database.write() as connection:
        defaults = community_settings.defaults_from(Settings())
        await community_settings.save(connection, "console", "pictures", "off", defaults=defaults)
    updates = await told(library, engine, unwanted_in_pictures=("a ghost",), pictures="block")
    assert engine.requests[0].check is None
    looks = [update for update in updates if isinstance(update, Preview | PageDone)]
    assert {look.verdict for look in looks} == {None}


WORDS = st.sampled_from(["darn", "the", "fox", "ran.", "D4RN", "home!", "and", "da", "rn", '"Oh."'])


@given(st.lists(WORDS, min_size=1, max_size=20))
def test_streamed_words_are_all_shown_or_none_of_a_blocked_sentence(words: list[str]) -> None:
    prose = _Prose(Rules(words=("darn",)))
    text = " ".join(words)
    shown = ""
    blocked = False
    try:
        for number, word in enumerate(words):
            event = TextDelta(1, f" {word}" if number else word)
            shown += "".join(e.text for e in prose.watch(event) if isinstance(e, TextDelta))
        ended = prose.watch(PageText(1, text, "a fox", 7))
        shown += "".join(e.text for e in ended if isinstance(e, TextDelta))
    except BlockedProseError:
        blocked = True
    assert blocked == any(word.lower() in ("darn", "d4rn") for word in words)
    assert "darn" not in shown.lower()
    assert "d4rn" not in shown.lower()
    assert text.startswith(shown)
    assert blocked or shown == text


def test_a_ruling_that_is_kept_can_be_read_back() -> None:
    assert kept_ruling("") is None
    assert kept_ruling("nonsense") is None
    for decision in ("ok", "spoiler", "blocked"):
        ruling = kept_ruling(decision)
        assert isinstance(ruling, Ruling)
        assert decision_of(ruling) == decision
        assert ruling.flagged == (decision != "ok")
