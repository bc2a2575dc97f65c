"""An engine that others reach over a network: its certificate, and the token that it asks for."""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from engine.api.errors import AddressError

TOKEN_VARIABLE = "PAGEWRIGHT_ENGINE__TOKEN"  # noqa: S105 (a name)
_SHORTEST = 16


@dataclass(frozen=True)
class Guard:
    """A certificate with its key (PEM), and the token that each call must bring."""

    certificate: bytes
    key: bytes = field(repr=False)
    token: str = field(repr=False)

    def credentials(self) -> grpc.ServerCredentials:
        """Return what a secure port is opened with."""
        return grpc.ssl_server_credentials([(self.key, self.certificate)])


def read_guard(certificate: Path | None, key: Path | None) -> Guard | None:
    """Read certificate, key and the environment's token; None where none of them is given.

    Raises ``AddressError``, one line, where one is missing, cannot be read or is too short.
    """
    token = _token()
    if certificate is None and key is None and not token:
        return None
    if certificate is None or key is None or len(token) < _SHORTEST:
        raise AddressError(
            "A guarded engine needs --tls-cert, --tls-key and a token of at least"
            f" {_SHORTEST} characters in {TOKEN_VARIABLE} (or a file in {TOKEN_VARIABLE}_FILE)."
        )
    return Guard(_read(certificate), _read(key), token)


def _token() -> str:
    named = os.environ.get(f"{TOKEN_VARIABLE}_FILE")
    if named:
        return _read(Path(named)).decode("utf-8", "replace").strip()
    return os.environ.get(TOKEN_VARIABLE, "").strip()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AddressError(f"{path} cannot be read: {error.strerror}.") from None


class TokenGuard(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Refuses calls without the token; none of them reaches a handler."""

    def __init__(self, token: str) -> None:
        self._wanted = f"Bearer {token}".encode()

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any
    ) -> Any:
        """Return the call's handler, or one that refuses it."""
        handler = await continuation(handler_call_details)
        shown = dict(handler_call_details.invocation_metadata or ()).get("authorization", "")
        given = shown if isinstance(shown, bytes) else shown.encode("utf-8", "replace")
        if handler is None or hmac.compare_digest(given, self._wanted):
            return handler
        return _refusal(handler)


def _refusal(handler: Any) -> Any:
    """Return a handler of the same kind that refuses."""
    kinds = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }
    return kinds[handler.request_streaming, handler.response_streaming](_refuse)


async def _refuse(_: Any, context: Any) -> None:
    await context.abort(grpc.StatusCode.UNAUTHENTICATED, "The token is missing or another one.")
