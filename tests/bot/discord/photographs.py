"""Photographs for docs/discord.md: ``python -m tests.bot.discord.photographs FILE``.

The bot and the starter models run as they do for everybody; Discord is the loopback server, and
what stands in its channels is drawn as a client shows it. Needs Chromium. Takes some minutes.
"""

from __future__ import annotations

import asyncio
import base64
import html
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.house import open_house
from tests.bot.books.browser import browser
from tests.bot.discord.loopback import LoopbackDiscord, Message, Person

WIDTH, HEIGHT = 1360, 860
# The models are in no hurry on a busy machine.
PATIENCE_S = 900.0
IDEAS = (
    "an owl who lost the moon", "two bears in a boat", "a fox in the snow",
    "a cat on a hill at night", "a horse by the sea", "a dragon who is afraid of fire",
)  # fmt: skip
STYLES = ("moonlit", "dawn", "winter", "storybook", "golden", "dawn")
_CSS = """
body { margin: 0; background: #2b2d31; color: #dbdee1; font: 14px/1.4 "DejaVu Sans", sans-serif; }
main { display: flex; gap: 16px; padding: 16px; height: 860px; box-sizing: border-box; }
section { flex: 1; background: #313338; border-radius: 10px; padding: 12px 14px; overflow: hidden;
  display: flex; flex-direction: column; gap: 10px; }
header { color: #949ba4; font-weight: bold; border-bottom: 1px solid #3f4147;
  padding-bottom: 8px; flex: none; }
.who { color: #fff; font-weight: bold; margin-bottom: 4px; }
.who small { background: #5865f2; border-radius: 3px; font-size: 10px; padding: 1px 4px;
  margin-left: 6px; }
.box { background: #2b2d31; border: 1px solid #3f4147; border-left: 4px solid #6e8b5a;
  border-radius: 6px; padding: 10px 12px; display: flex; flex-direction: column; gap: 8px; }
.box h3 { margin: 0; color: #fff; font-size: 17px; } .box p { margin: 0; white-space: pre-wrap; }
.box img.art { width: 100%; max-height: 400px; object-fit: contain; background: #1e1f22;
  border-radius: 6px; }
.part { display: flex; justify-content: space-between; gap: 10px; }
.part img { width: 64px; height: 64px; border-radius: 6px; object-fit: cover; flex: none; }
.row { display: flex; gap: 6px; flex-wrap: wrap; } small.print { color: #949ba4; font-size: 12px; }
.row span { background: #4e5058; color: #fff; border-radius: 4px; padding: 5px 10px;
  font-size: 12px; }
.row span.s1 { background: #5865f2; } .row span.s4 { background: #da373c; }
.row span.off { opacity: .45; }
.row span.menu { background: #1e1f22; color: #949ba4; flex: 1; display: flex;
  justify-content: space-between; }
.only { color: #949ba4; font-size: 11px; } b { color: #fff; } h1 { margin: 0; font-size: 20px; }
.file { background: #2b2d31; border: 1px solid #3f4147; border-radius: 6px; padding: 8px 12px; }
code { background: #1e1f22; padding: 0 3px; border-radius: 3px; }
"""


def photograph(out: Path) -> None:
    """Tell real stories and write the picture of what three people see."""
    with tempfile.TemporaryDirectory(prefix="pw") as folder, open_house(Path(folder)) as house:
        columns = asyncio.run(_channels(house.env, Path(folder)))
    page = f"<!doctype html><meta charset=utf-8><style>{_CSS}</style>"
    _write(f"{page}<main>{''.join(columns)}</main>", out)


async def _channels(env: dict[str, str], folder: Path) -> list[str]:
    async with LoopbackDiscord() as discord:
        guild = discord.add_guild("The Reading Circle")
        ann, ben = discord.person("Ann", guild), discord.person("Ben", guild, moderator=True)
        async with _bot(discord, env, folder):
            for idea, style in zip(IDEAS[:5], STYLES[:5], strict=True):
                await _told(discord, ann, idea, style)
            page = await _told(discord, ben, IDEAS[5], STYLES[5])
            gallery = await ann.answered(await ann.slash("gallery"))
            settings = await ben.answered(await ben.slash("settings"))
            details = await ann.answered(await ann.menu("Story details", page))
            return [
                _column("# stories", _message(page)),
                _column("/gallery", _message(gallery)),
                _column("/settings · Story details", _message(settings), _message(details)),
            ]


async def _told(discord: LoopbackDiscord, who: Person, idea: str, style: str) -> Message:
    before = len(discord.messages)
    asked = await who.slash("story", idea=idea, pages=1, style=style)
    told = await who.answered(asked, seconds=60)
    assert "channels" in told.text, told.text
    found: Message = await discord.until(
        lambda: next((m for m in discord.messages[before:] if _is_done(m)), None),
        seconds=PATIENCE_S,
    )
    return found


def _is_done(message: Message) -> bool:
    return any(":continue:" in button["custom_id"] for button in message.buttons)


def _column(title: str, *messages: str) -> str:
    return f"<section><header>{html.escape(title)}</header>{''.join(messages)}</section>"


def _message(message: Message) -> str:
    urls = {f"attachment://{file.name}": file.data for file in message.files.values()}
    body = "".join(_part(part, urls) for part in message.components)
    if message.content:
        body = f"<p>{_text(message.content)}</p>{body}"
    only = '<div class="only">Only you can see this</div>' if message.ephemeral else ""
    return f'<div><div class="who">Pagewright<small>APP</small></div>{body}{only}</div>'


def _part(part: dict[str, Any], urls: dict[str, bytes]) -> str:
    inner = "".join(_part(child, urls) for child in part.get("components") or [])
    match part["type"]:
        case 17:
            return f'<div class="box">{inner}</div>'
        case 10:
            return _text(part["content"])
        case 9:
            picture = _picture(part["accessory"]["media"]["url"], urls)
            return f'<div class="part"><div>{inner}</div><img src="{picture}"></div>'
        case 12:
            shown = [_picture(item["media"]["url"], urls) for item in part["items"]]
            return "".join(f'<img class="art" src="{picture}">' for picture in shown)
        case 1:
            return f'<div class="row">{inner}</div>'
        case 2:
            label = " ".join(filter(None, [(part.get("emoji") or {}).get("name"), part["label"]]))
            off = " off" if part.get("disabled") else ""
            return f'<span class="s{part["style"]}{off}">{html.escape(label)}</span>'
    return f'<span class="menu">{html.escape(part.get("placeholder") or "")}<i>▾</i></span>'


def _picture(url: str, urls: dict[str, bytes]) -> str:
    data = urls.get(url, b"")
    kind = "webp" if data[8:12] == b"WEBP" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _text(markdown: str) -> str:
    """Return the little Markdown that the bot writes as HTML."""
    lines = []
    for line in markdown.split("\n"):
        text = re.sub(r"\\(.)", r"\1", html.escape(line, quote=False))
        text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
        text = re.sub(r"`(.+?)`", r"<code>\1</code>", text)
        text = re.sub(r"&lt;t:(\d+):\w&gt;", _moment, text)
        for mark, tag in (("### ", "h3"), ("# ", "h1"), ("-# ", 'small class="print"')):
            if text.startswith(mark):
                text = f"<{tag}>{text.removeprefix(mark)}</{tag.split()[0]}>"
        lines.append(text)
    joined = "<br>".join(lines)
    return joined if joined.startswith(("<h", "<small")) else f"<p>{joined}</p>"


def _moment(found: re.Match[str]) -> str:
    return f"{datetime.fromtimestamp(int(found[1]), UTC):%d %B %Y %H:%M}"


@asynccontextmanager
async def _bot(discord: LoopbackDiscord, env: dict[str, str], folder: Path) -> AsyncIterator[None]:
    command = [sys.executable, "-m", "bot", "bot", "--only", "discord"]
    with (folder / "bot.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, env=env | discord.environment, stdout=log, stderr=log
        )
    try:
        await discord.until(lambda: discord.commands, seconds=60)
        await discord.gateway.ready.wait()
        yield
    finally:
        process.terminate()
        await process.wait()


def _write(page: str, out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="pw") as folder:
        path = Path(folder) / "channels.html"
        path.write_text(page, "utf-8")
        with browser(Path(folder) / "profile") as tab:
            tab.open(path.as_uri(), width=WIDTH, height=HEIGHT)
            shot = tab.call("Page.captureScreenshot", format="jpeg", quality=82)
            out.write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    photograph(Path(sys.argv[1]))
