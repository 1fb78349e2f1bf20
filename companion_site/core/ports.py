"""Finds a free port near the one that was asked for."""

from __future__ import annotations

import socket
from collections.abc import Collection

TRIES = 100


def is_free(host: str, port: int) -> bool:
    """Say whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are only dying is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(host: str, wanted: int, *, taken: Collection[int] = ()) -> int:
    """Return `wanted`, or the next free port after it; raise `OSError` when there is none among a hundred."""
    for port in range(wanted, min(wanted + TRIES, 65536)):
        if port not in taken and is_free(host, port):
            return port
    raise OSError(f"No free port from {wanted} to {wanted + TRIES} on {host}. Set PORT to another one.")
