"""Channel options both ends agree on, and one channel to an engine."""

from __future__ import annotations

import grpc
import grpc.aio

from engine.api.address import Address
from engine.api.security import Security

# A page's picture and its latents fit many times over; gRPC's own limit is 4 MB.
MAX_MESSAGE_BYTES = 32 * 1024 * 1024
KEEPALIVE_MS = 20_000
# Below the client's own interval, or the server calls its pings too many.
MIN_PING_INTERVAL_MS = 10_000

Options = list[tuple[str, int]]


def client_options(address: Address) -> Options:
    """Return a client's options: quick reconnects, large messages, keep-alive on TCP alone."""
    options: Options = [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.min_reconnect_backoff_ms", 200),
        ("grpc.max_reconnect_backoff_ms", 1000),
        # Channels with equal options would share one connection.
        ("grpc.use_local_subchannel_pool", 1),
    ]
    if address.socket is None:
        options += [
            ("grpc.keepalive_time_ms", KEEPALIVE_MS),
            ("grpc.keepalive_timeout_ms", 10_000),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.max_pings_without_data", 0),
        ]
    return options


def server_options() -> Options:
    """Return a server's options; a second server on the same port is refused, not shared."""
    return [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.so_reuseport", 0),
        ("grpc.http2.min_ping_interval_without_data_ms", MIN_PING_INTERVAL_MS),
        ("grpc.keepalive_permit_without_calls", 1),
    ]


def open_channel(address: Address, security: Security | None = None) -> grpc.aio.Channel:
    """Open a channel, over TCP with TLS and a token where given; connects with the first call."""
    if security is not None and address.socket is None:
        return grpc.aio.secure_channel(
            address.target, security.credentials(), options=client_options(address)
        )
    return grpc.aio.insecure_channel(address.target, options=client_options(address))
