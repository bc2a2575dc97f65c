"""What a client and an engine on another machine show each other: a certificate and a token."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import grpc

from engine.api.errors import AddressError

SYSTEM = "system"
"""Instead of a file: the certificates that the machine trusts."""


@dataclass(frozen=True)
class Security:
    """TLS for calls to an engine elsewhere, each with a token.

    ``trusted`` holds certificates (PEM) of which the engine's must be one or be signed by one; None
    stands for those that the machine trusts.
    """

    token: str = field(default="", repr=False)
    trusted: bytes | None = None

    def credentials(self) -> grpc.ChannelCredentials:
        """Return what a channel is opened with."""
        channel = grpc.ssl_channel_credentials(root_certificates=self.trusted)
        if not self.token:
            return channel
        calls = grpc.access_token_call_credentials(self.token)
        return grpc.composite_channel_credentials(channel, calls)


def read_security(trusted: str, token: str) -> Security | None:
    """Return the security for a file of certificates, or "system"; None where there is no file.

    Raises ``AddressError``, one line, where the file cannot be read or a token would travel without
    TLS, which everybody on the way could read.
    """
    if not trusted:
        if token:
            raise AddressError("An engine's token needs TLS: set engine.tls_ca, or no token.")
        return None
    if trusted == SYSTEM:
        return Security(token)
    try:
        return Security(token, Path(trusted).read_bytes())
    except OSError as error:
        raise AddressError(
            f"engine.tls_ca names {trusted}, which cannot be read: {error.strerror}."
        ) from None
