"""The loopback's REST side: every route that the bot needs, and no other."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.bot.discord.loopback import posting
from tests.bot.discord.loopback.asked import Fault, Request, json_answer
from tests.bot.discord.loopback.gateway import DIRECT_MESSAGES, GUILD_MESSAGES
from tests.bot.discord.loopback.rules import (
    RefusedError,
    check_choices,
    check_commands,
    check_modal,
)
from tests.bot.discord.loopback.world import (
    DM,
    EPHEMERAL,
    FORUM,
    LOADING,
    THREAD,
    Channel,
    Interaction,
    Message,
    new_snowflake,
)

if TYPE_CHECKING:
    from tests.bot.discord.loopback.server import LoopbackDiscord

Handler = Callable[..., Awaitable[Any]]
REPLY, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
_ROUTES: list[tuple[str, re.Pattern[str], str]] = [
    (method, re.compile(pattern + "$"), name)
    for method, pattern, name in (
        ("GET", "/users/@me", "me"),
        ("GET", "/oauth2/applications/@me", "application"),
        ("GET", r"/applications/(\d+)/commands", "get_commands"),
        ("PUT", r"/applications/(\d+)/commands", "put_commands"),
        ("POST", "/users/@me/channels", "open_dm"),
        ("GET", r"/users/(\d+)", "get_user"),
        ("GET", r"/guilds/(\d+)/members/(\d+)", "get_member"),
        ("GET", r"/channels/(\d+)", "get_channel"),
        ("POST", r"/channels/(\d+)/messages", "post_message"),
        ("GET", r"/channels/(\d+)/messages/(\d+)", "get_message"),
        ("PATCH", r"/channels/(\d+)/messages/(\d+)", "patch_message"),
        ("DELETE", r"/channels/(\d+)/messages/(\d+)", "delete_message"),
        ("POST", r"/channels/(\d+)/messages/(\d+)/threads", "post_thread"),
        ("POST", r"/channels/(\d+)/threads", "post_thread"),
        ("POST", r"/channels/(\d+)/typing", "typing"),
        ("POST", r"/interactions/(\d+)/([^/]+)/callback", "callback"),
        ("POST", r"/webhooks/(\d+)/([^/]+)", "post_followup"),
        ("GET", r"/webhooks/(\d+)/([^/]+)/messages/(@original|\d+)", "get_followup"),
        ("PATCH", r"/webhooks/(\d+)/([^/]+)/messages/(@original|\d+)", "patch_followup"),
        ("DELETE", r"/webhooks/(\d+)/([^/]+)/messages/(@original|\d+)", "delete_followup"),
    )
]


@dataclass
class Rest:
    """Answers the bot's requests; ``unknown`` are those to routes that there are not."""

    world: LoopbackDiscord
    requests: list[Request] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, with its limits, faults and a line in ``requests``."""
        path = request.path.removeprefix("/api/v10")
        response = await self._limited(request, path)
        self.requests.append(Request(time.monotonic(), request.method, path, response.status))
        return response

    async def _limited(self, request: web.Request, path: str) -> web.StreamResponse:
        verdict = self.world.limits.ask(request.method, path)
        headers = {**verdict.headers, "Via": "1.1 loopback"}
        if verdict.wait_s:
            body = {
                "message": "You are being rate limited.",
                "retry_after": round(verdict.wait_s, 3),
                "global": verdict.is_global,
            }
            headers["Retry-After"] = f"{verdict.wait_s:.3f}"
            await request.read()
            return json_answer(body, status=429, headers=headers)
        fault = self._fault(f"{request.method} {path}")
        if fault is None or fault.after:
            try:
                answer = await self._answer(request, path)
            except RefusedError as error:
                body = {"code": error.code, "message": error.message}
                return json_answer(body, status=error.status, headers=headers)
        if fault is not None:
            if not fault.status:
                assert request.transport is not None
                request.transport.abort()
            return json_answer({"message": "fault"}, status=fault.status or 500)
        if answer is None:
            return web.Response(status=204, headers=headers)
        return json_answer(answer, headers=headers)

    def _fault(self, line: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.pattern.search(line):
                fault.times -= 1
                return fault
        return None

    async def _answer(self, request: web.Request, path: str) -> Any:
        is_open = path.startswith(("/interactions/", "/webhooks/"))
        if not is_open and request.headers.get("Authorization") != f"Bot {self.world.token}":
            raise RefusedError(401, 0, "401: Unauthorized")
        for method, pattern, name in _ROUTES:
            found = pattern.match(path) if method == request.method else None
            if found:
                payload, uploads = await posting.read(request)
                handler: Handler = getattr(self, name)
                if name in {"post_message", "patch_message", "callback"} or "followup" in name:
                    return await handler(*found.groups(), payload=payload, uploads=uploads)
                return await handler(*found.groups(), payload=payload)
        self.unknown.append(f"{request.method} {path}")
        raise RefusedError(404, 0, "404: Not Found")

    async def me(self, *, payload: Any) -> Any:
        return self.world.bot.payload()

    async def application(self, *, payload: Any) -> Any:
        return {
            "id": str(self.world.bot.id),
            "name": self.world.bot.name,
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "",
            "owner": self.world.owner.payload(),
            "team": None,
            "flags": self.world.application_flags,
            "summary": "",
        }

    async def get_commands(self, application: str, *, payload: Any) -> Any:
        return self.world.commands

    async def put_commands(self, application: str, *, payload: Any) -> Any:
        check_commands(payload)
        self.world.syncs += 1
        self.world.commands = [
            {
                "type": 1,
                "options": [],
                "description": "",
                "default_member_permissions": None,
                **command,
                "id": str(new_snowflake()),
                "application_id": application,
                "version": str(new_snowflake()),
            }
            for command in payload
        ]
        return self.world.commands

    async def open_dm(self, *, payload: Any) -> Any:
        person = self.world.find_user(int(payload["recipient_id"]))
        return self.world.dm(person).payload(self.world.bot)

    async def get_user(self, user: str, *, payload: Any) -> Any:
        return self.world.find_user(int(user)).payload()

    async def get_member(self, guild: str, user: str, *, payload: Any) -> Any:
        found = self.world.find_guild(int(guild))
        if int(user) not in found.people:
            raise RefusedError(404, 10007, "Unknown Member")
        return found.people[int(user)].member()

    async def get_channel(self, channel: str, *, payload: Any) -> Any:
        return self._channel(channel).payload(self.world.bot)

    async def typing(self, channel: str, *, payload: Any) -> Any:
        self._channel(channel, "send_messages")

    async def post_message(self, channel: str, *, payload: Any, uploads: Any) -> Any:
        place = self._channel(channel)
        if place.kind == FORUM:
            raise RefusedError(400, 50008, "Cannot send messages in a non-text channel")
        needed = "send_messages_in_threads" if place.kind == THREAD else "send_messages"
        self._channel(channel, needed, *(["attach_files"] if uploads else []))
        if place.kind == DM and place.recipient and place.recipient.id in self.world.blocked_dms:
            raise RefusedError(403, 50007, "Cannot send messages to this user")
        nonce = str(payload.get("nonce") or "")
        if len(nonce) > 25:
            raise RefusedError(400, 50035, f"nonce: {len(nonce)} characters")
        known = [m for m in place.messages.values() if nonce and m.nonce == nonce]
        if known and payload.get("enforce_nonce"):
            return posting.payload(self.world, known[0])
        if nonce and known:
            self.world.violate(f"nonce {nonce} twice in #{place.name}, not enforced")
        message = posting.write(self.world, place, payload, uploads)
        message.nonce = nonce
        place.messages[message.id] = message
        await self._tell("MESSAGE_CREATE", message)
        return posting.payload(self.world, message)

    async def get_message(self, channel: str, message: str, *, payload: Any) -> Any:
        return posting.payload(self.world, self._message(channel, message))

    async def patch_message(self, channel: str, message: str, *, payload: Any, uploads: Any) -> Any:
        found = self._message(channel, message)
        if found.author.id != self.world.bot.id:
            raise RefusedError(403, 50005, "Cannot edit a message authored by another user")
        if found.too_old:
            raise RefusedError(400, 30046, "Maximum number of edits to messages older than 1 hour")
        posting.rewrite(self.world, found, payload, uploads)
        await self._tell("MESSAGE_UPDATE", found)
        return posting.payload(self.world, found)

    async def delete_message(self, channel: str, message: str, *, payload: Any) -> Any:
        found = self._message(channel, message)
        if found.author.id != self.world.bot.id:
            self._channel(channel, "manage_messages")
        found.deleted = True
        await self.world.tell_deleted(found)

    async def post_thread(self, channel: str, message: str = "", *, payload: Any) -> Any:
        parent = self._channel(channel, "create_public_threads")
        name = str(payload.get("name") or "")
        if not 1 <= len(name) <= 100:
            raise RefusedError(400, 50035, f"name: {len(name)} characters")
        assert parent.guild is not None
        thread = Channel(
            int(message) if message else new_snowflake(),
            name,
            parent.guild,
            kind=THREAD,
            parent=parent,
            nsfw=parent.nsfw,
        )
        parent.guild.channels.append(thread)
        await self.world.gateway.dispatch("THREAD_CREATE", thread.payload(self.world.bot))
        data = thread.payload(self.world.bot)
        if parent.kind == FORUM or payload.get("message"):
            first = posting.write(self.world, thread, payload.get("message") or {}, [])
            first.id = thread.id
            thread.messages[first.id] = first
            data["message"] = posting.payload(self.world, first)
        return data

    async def callback(self, interaction: str, token: str, *, payload: Any, uploads: Any) -> Any:
        found = self.world.interactions.get(token)
        if found is None or found.id != int(interaction):
            raise RefusedError(404, 10062, "Unknown interaction")
        late = time.monotonic() - found.created
        if found.callback is not None:
            raise RefusedError(400, 40060, "Interaction has already been acknowledged.")
        if late > self.world.ack_timeout_s:
            self.world.violate(f"interaction acknowledged after {late:.1f} s")
            raise RefusedError(404, 10062, "Unknown interaction")
        kind, data = payload["type"], payload.get("data") or {}
        message = self._take_callback(found, kind, data, uploads)
        found.callback, found.acked_after_s, found.data = kind, late, data
        found.changed.set()
        if message is not None and not message.ephemeral:
            message.channel.messages[message.id] = message
            await self._tell("MESSAGE_UPDATE" if kind == UPDATE else "MESSAGE_CREATE", message)
        about: dict[str, Any] = {"id": interaction, "type": found.kind}
        answer: dict[str, Any] = {"interaction": about}
        if message is not None:
            about |= {"response_message_id": str(message.id)}
            about["response_message_ephemeral"] = message.ephemeral
            about["response_message_loading"] = bool(message.flags & LOADING)
            answer["resource"] = {"type": kind, "message": posting.payload(self.world, message)}
        return answer

    def _take_callback(
        self, found: Interaction, kind: int, data: dict[str, Any], uploads: Any
    ) -> Message | None:
        if kind == MODAL:
            check_modal(data)
        elif kind == CHOICES:
            check_choices(data.get("choices") or [])
        elif kind in {DEFERRED_UPDATE, UPDATE} and found.source is None:
            raise RefusedError(400, 50035, "type: there is no message to update")
        elif kind == UPDATE:
            assert found.source is not None
            posting.rewrite(self.world, found.source, data, uploads)
            return found.source
        elif kind == DEFERRED:
            flags = int(data.get("flags") or 0) & EPHEMERAL
            found.response = Message(
                new_snowflake(), found.channel, self.world.bot, flags=flags | LOADING
            )
            found.response.interaction = found
        elif kind == REPLY:
            found.response = posting.write(self.world, found.channel, data, uploads)
            found.response.interaction = found
        if (kind == CHOICES) != (found.kind == 4):
            raise RefusedError(400, 50035, f"type: {kind} for an interaction of type {found.kind}")
        return found.response if kind in {REPLY, DEFERRED} else None

    async def post_followup(
        self, application: str, token: str, *, payload: Any, uploads: Any
    ) -> Any:
        found = self._live(token)
        if found.callback is None:
            raise RefusedError(404, 10015, "Unknown Webhook")
        message = posting.write(self.world, found.channel, payload, uploads)
        message.interaction = found
        found.followups.append(message)
        await self._shown(found, message)
        return posting.payload(self.world, message)

    async def get_followup(
        self, application: str, token: str, which: str, *, payload: Any, uploads: Any
    ) -> Any:
        return posting.payload(self.world, self._followup(token, which))

    async def patch_followup(
        self, application: str, token: str, which: str, *, payload: Any, uploads: Any
    ) -> Any:
        message = self._followup(token, which)
        message.flags &= ~LOADING
        posting.rewrite(self.world, message, payload, uploads)
        await self._shown(self.world.interactions[token], message)
        return posting.payload(self.world, message)

    async def delete_followup(
        self, application: str, token: str, which: str, *, payload: Any, uploads: Any
    ) -> Any:
        self._followup(token, which).deleted = True

    async def _shown(self, found: Interaction, message: Message) -> None:
        found.changed.set()
        if not message.ephemeral:
            message.channel.messages[message.id] = message
        await asyncio.sleep(0)

    def _followup(self, token: str, which: str) -> Message:
        found = self._live(token)
        wanted = found.response or found.source if which == "@original" else None
        for message in found.followups:
            wanted = message if str(message.id) == which else wanted
        if wanted is None or wanted.deleted:
            raise RefusedError(404, 10008, "Unknown Message")
        return wanted

    def _live(self, token: str) -> Interaction:
        found = self.world.interactions.get(token)
        if found is None:
            raise RefusedError(404, 10015, "Unknown Webhook")
        age = time.monotonic() - found.created
        if found.expired or age > self.world.token_lifetime_s:
            raise RefusedError(401, 50027, "Invalid Webhook Token")
        return found

    def _channel(self, channel: str, *needed: str) -> Channel:
        found = self.world.find_channel(int(channel))
        granted = found.bot_permissions()
        if found.kind == DM:
            return found
        if (found.guild and found.guild.kicked) or not granted.view_channel:
            raise RefusedError(403, 50001, "Missing Access")
        if not all(getattr(granted, name) for name in needed):
            raise RefusedError(403, 50013, "Missing Permissions")
        return found

    def _message(self, channel: str, message: str) -> Message:
        found = self._channel(channel).messages.get(int(message))
        if found is None or found.deleted or found.ephemeral:
            raise RefusedError(404, 10008, "Unknown Message")
        return found

    async def _tell(self, name: str, message: Message) -> None:
        intent = GUILD_MESSAGES if message.channel.guild else DIRECT_MESSAGES
        await self.world.gateway.dispatch(
            name, posting.payload(self.world, message, event=True), intent=intent
        )
        self.world.changed()
