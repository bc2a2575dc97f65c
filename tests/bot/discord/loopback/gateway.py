"""The loopback's gateway: hello, identify, heartbeats, events, resume."""

from __future__ import annotations

import asyncio
import itertools
import json
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.bot.discord.loopback.world import Guild, User

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = (1 << 1) | (1 << 8) | MESSAGE_CONTENT
DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
_sessions = itertools.count(1)


@dataclass
class Session:
    """A bot's session; ``events`` are kept so that it can be resumed."""

    id: str
    intents: int
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=5000))
    seq: int = 0
    socket: _Socket | None = None


class _Socket:
    """A connection that compresses as it was asked to."""

    def __init__(self, socket: web.WebSocketResponse, *, compress: bool) -> None:
        self.raw = socket
        self._deflate = zlib.compressobj() if compress else None

    async def send(self, payload: dict[str, Any]) -> None:
        text = json.dumps(payload)
        if self.raw.closed:
            return
        if self._deflate is None:
            await self.raw.send_str(text)
        else:
            data = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
            await self.raw.send_bytes(data)


class Gateway:
    """Hands events to the bot; ``privileged`` are the intents its application page allows.

    ``refuse`` True turns new connections away with 503; ``identified`` counts new sessions,
    ``resumed`` sessions taken up again.
    """

    def __init__(self, bot: User, guilds: list[Guild], *, token: str, base: Callable[[], str]):
        self.privileged = 0
        self.heartbeat_s = 41.25
        self.refuse = False
        self.identified = self.resumed = 0
        self.session: Session | None = None
        self.ready = asyncio.Event()
        self._bot, self._guilds, self._token, self._base = bot, guilds, token, base

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        if self.refuse:
            raise web.HTTPServiceUnavailable
        raw = web.WebSocketResponse(max_msg_size=0)
        await raw.prepare(request)
        socket = _Socket(raw, compress=request.query.get("compress") == "zlib-stream")
        await socket.send({"op": HELLO, "d": {"heartbeat_interval": self.heartbeat_s * 1000}})
        async for message in raw:
            if message.type is WSMsgType.TEXT:
                await self._receive(socket, json.loads(message.data))
        if self.session and self.session.socket is socket:
            self.session.socket = None
        return raw

    async def dispatch(self, name: str, data: dict[str, Any], *, intent: int = 0) -> None:
        """Send an event to the bot, where it asked for such."""
        session = self.session
        if session is None or (intent and not session.intents & intent):
            return
        session.seq += 1
        event = {"op": DISPATCH, "t": name, "s": session.seq, "d": data}
        session.events.append(event)
        if session.socket is not None:
            await session.socket.send(event)

    async def cut(self, *, code: int = 1006) -> None:
        """Close the connection; the session may be resumed. 1006: without a word."""
        session = self.session
        if session is None or session.socket is None:
            return
        socket, session.socket = session.socket.raw, None
        if code == 1006 and socket._req is not None and socket._req.transport is not None:
            socket._req.transport.abort()
        else:
            await socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        """Ask the bot to come again, as Discord does now and then."""
        if self.session and self.session.socket:
            await self.session.socket.send({"op": RECONNECT, "d": None})

    def forget_session(self) -> None:
        """Let the session be unknown when the bot wants to resume it."""
        if self.session:
            self.session.id = "forgotten"

    async def _receive(self, socket: _Socket, payload: dict[str, Any]) -> None:
        op: int = payload["op"]
        data: Any = payload.get("d")
        if op == HEARTBEAT:
            # An answer faster than the client notes its own question is taken for a very late one.
            await asyncio.sleep(0.02)
            await socket.send({"op": ACK})
        elif op == IDENTIFY:
            await self._identify(socket, data)
        elif op == RESUME:
            await self._resume(socket, data)

    async def _identify(self, socket: _Socket, data: dict[str, Any]) -> None:
        if data["token"] != self._token:
            await socket.raw.close(code=4004)
            return
        if data["intents"] & PRIVILEGED & ~self.privileged:
            await socket.raw.close(code=4014)
            return
        self.identified += 1
        self.session = Session(f"session-{next(_sessions)}", data["intents"], socket=socket)
        here = [guild for guild in self._guilds if not guild.kicked]
        await self.dispatch(
            "READY",
            {
                "v": 10,
                "user": self._bot.payload(),
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in here],
                "session_id": self.session.id,
                "resume_gateway_url": self._base(),
                "application": {"id": str(self._bot.id), "flags": 0},
            },
        )
        for guild in here:
            await self.dispatch("GUILD_CREATE", guild.payload(self._bot))
        self.ready.set()

    async def _resume(self, socket: _Socket, data: dict[str, Any]) -> None:
        session = self.session
        if session is None or data["session_id"] != session.id:
            await socket.send({"op": INVALID, "d": False})
            return
        self.resumed += 1
        session.socket = socket
        for event in list(session.events):
            if event["s"] > data["seq"]:
                await socket.send(event)
        await self.dispatch("RESUMED", {})
