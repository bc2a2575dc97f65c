"""Two accounts of one person are linked by a code, and are one person from then on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import BadInputError
from bot.library.database import fetch_all
from bot.library.library import Library
from bot.storytelling import accounts as module
from bot.storytelling.accounts import Accounts, LinkError, is_code
from bot.storytelling.gallery import Browse
from bot.storytelling.orders import PageWish
from bot.storytelling.permissions import Actor, ForbiddenError
from bot.storytelling.tell import Storyteller
from tests.bot.storytelling.acting import ANN, BEN, audited, told
from tests.bot.storytelling.conftest import Teller
from tests.bot.storytelling.queued import FREE, job_record, submit
from tests.bot.storytelling.scripted_engine import ScriptedEngine

ANN_THERE = Actor("telegram:7", "telegram:7", direct=True)
EVE_THERE = Actor("telegram:8", "telegram:8", direct=True)


@pytest.fixture
def storyteller(teller: Teller) -> Storyteller:
    return teller(ScriptedEngine())


async def linked(storyteller: Storyteller) -> None:
    code = await storyteller.accounts.code(ANN)
    await storyteller.accounts.link(code.code, ANN_THERE)


async def refusal(desk: Accounts, code: str, actor: Actor) -> str:
    with pytest.raises(LinkError) as caught:
        await desk.link(code, actor)
    return caught.value.kind


async def test_a_story_is_shown_and_managed_with_the_other_account(
    storyteller: Storyteller, library: Library
) -> None:
    story = await told(storyteller)
    with pytest.raises(BadInputError, match="There is no story"):
        await storyteller.showing.page(story, ANN_THERE)
    await linked(storyteller)
    assert (await storyteller.showing.page(story[:4], ANN_THERE)).story_id == story
    assert (await storyteller.book(story, actor=ANN_THERE)).pages
    assert (await storyteller.tree(story, actor=ANN_THERE)).pages
    assert (await storyteller.views.details(story, ANN_THERE)).id == story
    await storyteller.acts.set_listed(story, ANN_THERE, listed=False)
    await storyteller.acts.delete(story, ANN_THERE)
    # Deleted by its author: no moderator has to bring it back.
    assert await storyteller.acts.restore("last", ANN_THERE) == story
    assert await audited(library) == []
    with pytest.raises(BadInputError, match="There is no story"):
        await storyteller.views.details(story, EVE_THERE)


async def test_new_pages_are_made_at_home_only(storyteller: Storyteller) -> None:
    story = await told(storyteller, mode="open")
    await linked(storyteller)
    with pytest.raises(ForbiddenError, match="told somewhere else"):
        await storyteller.submit_continuation(PageWish(story), ANN_THERE)
    group = Actor("telegram:7", "telegram:-100")
    screen = await storyteller.gallery.browse(Browse(), group)
    assert not screen.entries


async def test_the_queue_and_cancel_span_both_accounts(
    storyteller: Storyteller, library: Library
) -> None:
    mine = await submit(library, person=ANN.person, community=ANN.community)
    other = await submit(library, person=BEN.person, community=ANN.community)
    await linked(storyteller)
    assert [line.job_id for line in await storyteller.views.queue(ANN_THERE)] == [mine.id]
    assert await storyteller.cancel_job(mine.id, ANN_THERE)
    with pytest.raises(ForbiddenError):
        await storyteller.cancel_job(other.id, ANN_THERE)
    assert FREE.running_per_person == 1
    assert job_record  # both accounts keep a queue of their own


async def test_an_offer_names_the_account_and_links_nothing(storyteller: Storyteller) -> None:
    desk = storyteller.accounts
    await storyteller.people.meet(ANN, name="Ann of Discord")
    code = await desk.code(ANN)
    assert code.seconds == 600
    offered = await desk.offer(code.code.lower().replace("-", ""), ANN_THERE)
    assert (offered.platform, offered.name) == ("discord", "Ann of Discord")
    assert await desk.linked(ANN_THERE) is None
    assert (await desk.link(code.code, ANN_THERE)).person == ANN.person
    there, here = await desk.linked(ANN), await desk.linked(ANN_THERE)
    assert there is not None
    assert here is not None
    assert (there.person, here.person) == (ANN_THERE.person, ANN.person)


async def test_a_code_works_once_and_for_ten_minutes(
    storyteller: Storyteller, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, clock = storyteller.accounts, 1_000_000
    monkeypatch.setattr(module, "now_ms", lambda: clock)
    code = (await desk.code(ANN)).code
    clock += 600_000
    assert await refusal(desk, code, ANN_THERE) == "wrong_code"
    old = (await desk.code(ANN)).code
    code = (await desk.code(ANN)).code
    assert await refusal(desk, old, ANN_THERE) == "wrong_code"
    clock += 599_999
    await desk.link(code, ANN_THERE)
    await desk.unlink(ANN)
    assert await refusal(desk, code, ANN_THERE) == "wrong_code"
    code = (await desk.code(ANN)).code
    await desk.withdraw(code)
    assert await refusal(desk, code, ANN_THERE) == "wrong_code"


async def test_guessing_ends_after_five_wrong_codes(
    storyteller: Storyteller, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, clock = storyteller.accounts, 10_000_000
    monkeypatch.setattr(module, "now_ms", lambda: clock)
    code = (await desk.code(ANN)).code
    for wrong in range(5):
        with pytest.raises(LinkError, match="links nothing"):
            await desk.offer(f"0000{wrong}-00000", EVE_THERE)
    with pytest.raises(LinkError) as caught:
        await desk.link(code, EVE_THERE)
    assert (caught.value.kind, caught.value.seconds) == ("guesses", 3600)
    clock += 3_600_000
    assert await refusal(desk, "00000-00000", EVE_THERE) == "wrong_code"
    await desk.link((await desk.code(ANN)).code, ANN_THERE)


async def test_what_cannot_be_linked_says_why(storyteller: Storyteller) -> None:
    desk = storyteller.accounts
    code = (await desk.code(ANN)).code
    assert await refusal(desk, code, ANN) == "own_code"
    assert await refusal(desk, code, BEN) == "same_platform"
    await desk.link((await desk.code(BEN)).code, ANN_THERE)
    assert await refusal(desk, code, ANN_THERE) == "linked"
    with pytest.raises(LinkError, match="unlink that first"):
        await desk.code(BEN)
    eve = (await desk.code(EVE_THERE)).code
    await desk.unlink(ANN_THERE)
    await desk.link(code, ANN_THERE)
    assert await refusal(desk, (await desk.code(BEN)).code, ANN_THERE) == "linked"
    assert await refusal(desk, eve, ANN) == "linked"
    assert await desk.unlink(BEN) is None


async def test_only_a_hash_of_a_code_is_kept(storyteller: Storyteller, library: Library) -> None:
    code = (await storyteller.accounts.code(ANN)).code
    async with library.database.read() as connection:
        rows = await fetch_all(connection, "SELECT * FROM link_codes")
    kept = " ".join(str(value) for value in rows[0]).upper()
    assert code not in kept
    assert code.replace("-", "") not in kept


async def test_forgetting_one_account_leaves_the_other_unlinked(
    storyteller: Storyteller, library: Library
) -> None:
    await linked(storyteller)
    await storyteller.privacy.delete(ANN.person)
    assert await storyteller.accounts.linked(ANN_THERE) is None
    held = await storyteller.privacy.show(ANN_THERE.person)
    assert held.counts["linked accounts"] == 0


async def test_another_account_never_counts_where_nobody_linked_it(
    storyteller: Storyteller,
) -> None:
    """An actor's own word about a link is not taken."""
    story = await told(storyteller)
    with pytest.raises(BadInputError, match="There is no story"):
        await storyteller.views.details(story, replace(EVE_THERE, linked=ANN.person))


def test_a_code_is_told_from_an_id() -> None:
    assert is_code(" 4xk9m-t2qhw ")
    assert is_code("4XK9MT2QHW")
    for text in ("black sheep", "4xk9mt2q", "last", "", "4xk9m-t2qhw-1", "!!!!!-!!!!!"):
        assert not is_code(text)
