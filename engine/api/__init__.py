"""The wire between bot and engine: protocol, plain data, client. Needs no torch."""

from __future__ import annotations

import os

# gRPC's core writes its own lines to stderr otherwise; what matters is said by our errors.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
