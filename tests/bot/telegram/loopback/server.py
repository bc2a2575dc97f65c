"""The loopback's Bot API: python-telegram-bot talks to it as to api.telegram.org."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from tests.bot.telegram.loopback.methods import Methods
from tests.bot.telegram.loopback.rules import ApiError, Limits
from tests.bot.telegram.loopback.world import World

TOKEN = "1000:loopback"  # noqa: S105
_LIMITED = re.compile(r"(send|edit|copy|forward)(?!.*Draft|.*ChatAction)")
_LARGEST_REQUEST = 60_000_000


@dataclass
class Fault:
    """What goes wrong with the next ``times`` calls whose method matches."""

    method: str
    times: int
    error: ApiError | None
    drop: str


@dataclass(frozen=True)
class Call:
    """A request of the bot: its method, parameters, moment, and the status it was answered with."""

    method: str
    values: dict[str, Any]
    at: float
    status: int


class Server:
    """Answers the bot's requests; one bot, on any free port of 127.0.0.1."""

    def __init__(self, world: World, *, limits: Limits | None) -> None:
        self.world = world
        self.limits = limits
        self.faults: list[Fault] = []
        self.calls: list[Call] = []
        self.unknown: list[str] = []
        self.latency = 0.0
        self.port = 0
        self.webhook: dict[str, Any] = {}
        self._methods = Methods(world)
        self._polls = 0
        self._runner: web.AppRunner | None = None
        self._pushing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=_LARGEST_REQUEST)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close; a later ``start`` listens at the same port."""
        if self._pushing is not None:
            self._pushing.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        values, files = await _read(request)
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self._fault(method)
        if fault and fault.drop == "before":
            return await self._hang_up(request, method, values)
        try:
            if request.match_info["token"] != TOKEN:
                raise ApiError("Unauthorized", status=401)
            if fault and fault.error:
                raise fault.error
            self._limit(method, values)
            body = {"ok": True, "result": await self._call(method, values, files)}
            status = 200
        except ApiError as error:
            body, status = error.body, error.status
        if fault and fault.drop == "after":
            return await self._hang_up(request, method, values)
        self._note(method, values, status)
        return web.json_response(body, status=status)

    async def _call(self, method: str, values: dict[str, Any], files: dict[str, bytes]) -> Any:
        own: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._webhook_info,
        }
        if (answer := own.get(method.lower())) is not None:
            return await answer(values)
        found = self._methods.find(method)
        if found is None:
            self.unknown.append(method)
            raise ApiError("Not Found", status=404)
        return found(values, files)

    def _limit(self, method: str, values: dict[str, Any]) -> None:
        if self.limits is None or not _LIMITED.match(method) or "chat_id" not in values:
            return
        self.limits.admit(int(values["chat_id"]), method, time.monotonic())

    def _fault(self, method: str) -> Fault | None:
        for fault in self.faults:
            if re.fullmatch(fault.method, method):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    async def _hang_up(
        self, request: web.Request, method: str, values: dict[str, Any]
    ) -> web.StreamResponse:
        self._note(method, values, 0)
        if request.transport is not None:
            request.transport.abort()
        raise web.HTTPInternalServerError

    def _note(self, method: str, values: dict[str, Any], status: int) -> None:
        self.calls.append(Call(method, values, time.monotonic(), status))
        self.world.changed()

    async def _get_updates(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook.get("url"):
            raise ApiError(
                "Conflict: can't use getUpdates method while webhook is active", status=409
            )
        self._polls += 1
        self.world.changed()  # an older poll ends
        mine, updates = self._polls, self.world.updates
        if offset := int(values.get("offset") or 0):
            updates[:] = [u for u in updates if u["update_id"] >= offset] if offset > 0 else []
        timeout = float(values.get("timeout") or 0)
        if not updates and timeout:
            try:
                await self.world.until(
                    lambda: bool(updates) or self._polls != mine, seconds=timeout
                )
            except AssertionError:
                return []
        if self._polls != mine:
            raise ApiError("Conflict: terminated by other getUpdates request", status=409)
        allowed = values.get("allowed_updates") or []
        wanted = [u for u in updates if not allowed or any(kind in u for kind in allowed)]
        return wanted[: int(values.get("limit") or 100)]

    async def _set_webhook(self, values: dict[str, Any]) -> bool:
        self.webhook = {"url": values.get("url", ""), "secret": values.get("secret_token", "")}
        if self.webhook["url"] and self._pushing is None:
            self._pushing = asyncio.create_task(self._push_updates())
        return True

    async def _delete_webhook(self, values: dict[str, Any]) -> bool:
        self.webhook = {}
        if values.get("drop_pending_updates"):
            self.world.updates.clear()
        return True

    async def _webhook_info(self, values: dict[str, Any]) -> dict[str, Any]:
        waiting = len(self.world.updates)
        return {
            "url": self.webhook.get("url", ""), "has_custom_certificate": False,
            "pending_update_count": waiting,
        }  # fmt: skip

    async def _push_updates(self) -> None:
        """Post updates to the webhook, one after the other, again until they are taken."""
        async with aiohttp.ClientSession() as session:
            while True:
                await self.world.until(lambda: bool(self.world.updates), seconds=3600)
                headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret", "")}
                try:
                    answer = await session.post(
                        self.webhook.get("url", ""), json=self.world.updates[0], headers=headers
                    )
                    taken = answer.status == 200
                except (aiohttp.ClientError, ValueError):
                    taken = False
                if taken:
                    self.world.updates.pop(0)
                    self.world.changed()
                else:
                    await asyncio.sleep(0.1)

    async def _file(self, request: web.Request) -> web.Response:
        data = self.world.files.get(request.match_info["path"].removeprefix("files/"))
        if data is None or request.match_info["token"] != TOKEN:
            return web.Response(status=404)
        return web.Response(body=data)


async def _read(request: web.Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a request's parameters, JSON where they are, and its files by their names."""
    values: dict[str, Any] = {key: _parsed(value) for key, value in request.query.items()}
    files: dict[str, bytes] = {}
    if request.content_type == "application/json":
        return values | await request.json(), files
    for key, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[key] = value.file.read()
            values.setdefault(key, f"attach://{key}")
            values[f"{key}.name"] = value.filename
        else:
            values[key] = _parsed(str(value))
    return values, files


def _parsed(value: str) -> Any:
    """Return a parameter as the JSON it is, where it is an object, a list or a flag."""
    if value[:1] in ("{", "[") or value in ("true", "false", "True", "False"):
        try:
            return json.loads(value.lower() if value in ("True", "False") else value)
        except ValueError:
            return value
    return value
