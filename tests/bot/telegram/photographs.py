"""Photographs real chats for docs/telegram.md: ``python -m tests.bot.telegram.photographs FILE``.

The bot and the starter models run as they do for everybody; Telegram is the loopback server, and
what stands in its chats is drawn as a phone shows it. Needs Chromium. Takes about two minutes.
"""

from __future__ import annotations

import asyncio
import base64
import html
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.house import open_house
from tests.bot.books.browser import Tab, browser
from tests.bot.telegram.loopback import Chat, Loopback, Message, Person

WIDTH, HEIGHT = 1236, 850
# The models are in no hurry on a busy machine.
PATIENCE_S = 900.0
IDEAS = (
    "an owl who lost the moon", "two bears in a boat", "a fox in the snow",
    "a cat on a hill at night", "a horse by the sea",
)  # fmt: skip
STYLES = ("moonlit", "dawn", "winter", "moonlit", "golden")
_TAGS = {"bold": "b", "italic": "i", "code": "code", "text_link": "u", "spoiler": "s"}
_CSS = """
body { margin: 0; background: #dfe3e6; font: 15px/1.35 "DejaVu Sans", sans-serif; }
main { display: flex; gap: 18px; padding: 18px; align-items: stretch; height: 814px; }
section { width: 388px; background: #b9cbb0; border-radius: 22px; overflow: hidden;
  display: flex; flex-direction: column; box-shadow: 0 2px 10px #0003; }
header { background: #517da2; color: #fff; padding: 12px 18px; font-weight: bold; flex: none; }
header small { display: block; font-weight: normal; opacity: .8; }
.chat { flex: 1; display: flex; flex-direction: column; justify-content: flex-end;
  padding: 8px 10px; overflow: hidden; }
.message { background: #fff; border-radius: 12px; margin: 4px 44px 4px 0; overflow: hidden;
  align-self: flex-start; flex: none; max-width: 330px; font-size: 13px; }
.own { background: #e6fbd0; align-self: flex-end; margin: 4px 0 4px 60px; }
.message p { margin: 6px 11px 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
.message img { display: block; width: 330px; max-height: 330px; object-fit: cover; }
.who { color: #3a7d44; font-weight: bold; font-size: 12px; margin: 6px 11px -4px; }
.to { border-left: 3px solid #517da2; margin: 7px 11px 0; padding: 0 7px; color: #666;
  font-size: 12px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.keys { width: 330px; margin: 0 44px 4px 0; display: flex; flex-direction: column; gap: 4px;
  flex: none; }
.keys div { display: flex; gap: 4px; }
.keys span { flex: 1; background: #5f8a6a; color: #fff; border-radius: 8px; text-align: center;
  padding: 6px 3px; font-size: 12px; overflow: hidden; white-space: nowrap; }
u { color: #2678b6; text-decoration: none; } code { color: #7a3e9d; }
"""


def photograph(out: Path) -> None:
    """Tell real stories and write the picture of three chats."""
    with tempfile.TemporaryDirectory(prefix="pw") as folder, open_house(Path(folder)) as house:
        columns = asyncio.run(_chats(house.env, Path(folder)))
    _write(f"<style>{_CSS}</style><main>{''.join(columns)}</main>", out)


async def _chats(env: dict[str, str], folder: Path) -> list[str]:
    async with Loopback() as telegram, _bot(telegram, env, folder):
        return await _live(telegram)


async def _live(telegram: Loopback) -> list[str]:
    """Return the three chats as HTML, each at the moment that is worth a picture."""
    group = telegram.group("The Reading Circle")
    ben = telegram.join(group, "Ben", admin=True)
    for idea, style in zip(IDEAS, STYLES, strict=True):
        await _told(ben, idea, style)
    ann = telegram.private("Ann")
    wish = ann.say("/story a small dragon who is afraid of fire")
    choice = await ann.chat.sees(lambda m: "Begin" in " ".join(m.labels), after=wish.number)
    await ann.press(choice, "2").answer()
    await ann.press(choice, "Begin").answer()
    await ann.chat.sees(lambda m: bool(m.photo) and "Painting" in m.text, seconds=PATIENCE_S)
    await asyncio.sleep(2.0)
    first = _column("Pagewright", "bot", ann.chat)
    await ann.chat.sees(
        lambda m: "Page 2/2" in m.text and "Continue" in m.labels, seconds=PATIENCE_S
    )
    sheet = await ben.asks("/gallery", "newest first")
    second = _column(str(group.raw["title"]), "group", group, since=sheet.number - 1)
    panel = await ben.asks("/settings")
    page = await ann.asks("/show dragon", "Page")
    await ann.asks("/remember the dragon is called Ember", "keeps to this")
    offer = await ann.asks("/export", "As what")
    await ann.press(offer, "PDF").answer()
    await ann.chat.sees(lambda m: bool(m.document), seconds=60)
    third = _column("Pagewright", "bot", ann.chat, since=page.number)
    print(panel.text)
    return [first, second, third]


async def _told(person: Person, idea: str, style: str) -> None:
    wish = person.say(f"/story {idea}")
    choice = await person.chat.sees(lambda m: "Begin" in " ".join(m.labels), after=wish.number)
    await person.press(choice, "1").answer()
    if style:
        await person.press(choice, style).answer()
    await person.press(choice, "Begin").answer()
    await person.chat.sees(
        lambda m: "Continue" in m.labels and bool(m.photo), after=wish.number, seconds=PATIENCE_S
    )


def _column(title: str, kind: str, chat: Chat, *, since: int = 0) -> str:
    shown = [_message(message, chat) for message in chat.shown if message.number >= since]
    head = f"<header>{html.escape(title)}<small>{kind}</small></header>"
    return f'<section>{head}<div class="chat">{"".join(shown)}</div></section>'


def _message(message: Message, chat: Chat) -> str:
    own = "" if message.from_bot else " own"
    parts = [f'<div class="message{own}">']
    if own and not chat.private:
        parts.append(f'<div class="who">{html.escape(message.raw["from"]["first_name"])}</div>')
    answered = chat.messages.get(message.reply_to)
    if answered is not None:
        parts.append(f'<div class="to">{html.escape(answered.text[:60] or "photo")}</div>')
    if message.photo:
        data = base64.b64encode(message.photo).decode()
        parts.append(f'<img src="data:image/png;base64,{data}">')
    if message.document:
        name = message.raw["document"]["file_name"]
        parts.append(f"<p>📄 <b>{html.escape(name)}</b></p>")
    if message.text:
        parts.append(f"<p>{_text(message)}</p>")
    parts.append("</div>")
    rows = "".join(f"<div>{''.join(_key(key) for key in row)}</div>" for row in message.keyboard)
    return "".join(parts) + (f'<div class="keys">{rows}</div>' if rows else "")


def _key(key: dict[str, Any]) -> str:
    return f"<span>{html.escape(key['text'])}</span>"


def _text(message: Message) -> str:
    """Return a message's text as HTML, its entities as tags."""
    raw = message.raw
    entities = [*raw.get("entities", []), *raw.get("caption_entities", [])]
    units = message.text.encode("utf-16-le")
    marks = sorted(_marks(entities))
    out, at = "", 0
    for place, tag in marks:
        out += html.escape(units[2 * at : 2 * place].decode("utf-16-le")) + tag
        at = place
    return out + html.escape(units[2 * at :].decode("utf-16-le"))


def _marks(entities: Iterable[dict[str, Any]]) -> list[tuple[int, str]]:
    found = []
    for entity in entities:
        if tag := _TAGS.get(entity["type"]):
            end = entity["offset"] + entity["length"]
            found += [(entity["offset"], f"<{tag}>"), (end, f"</{tag}>")]
    return found


@asynccontextmanager
async def _bot(telegram: Loopback, env: dict[str, str], folder: Path) -> AsyncIterator[None]:
    env = os.environ | env | {
        "TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_BASE_URL": telegram.url,
        "PAGEWRIGHT_TELEGRAM__CHOOSE_S": "60", "PAGEWRIGHT_ENGINE__PREVIEW_SECONDS": "0.5",
    }  # fmt: skip
    command = [sys.executable, "-m", "bot", "bot", "--only", "telegram"]
    with (folder / "bot.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, env=env, stdout=log, stderr=log)
    try:
        await telegram.world.until(lambda: bool(telegram.world.commands), seconds=60)
        yield
    finally:
        process.terminate()
        await process.wait()


def _write(page: str, out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="pw") as folder:
        path = Path(folder) / "chats.html"
        path.write_text(f"<!doctype html><meta charset=utf-8>{page}", "utf-8")
        with browser(Path(folder) / "profile") as tab:
            _shoot(tab, path, out)


def _shoot(tab: Tab, path: Path, out: Path) -> None:
    tab.open(path.as_uri(), width=WIDTH, height=HEIGHT)
    shot = tab.call("Page.captureScreenshot", format="jpeg", quality=84)
    out.write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    photograph(Path(sys.argv[1]))
