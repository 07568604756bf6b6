"""TCP ports for the servers that a test starts."""

from __future__ import annotations

import secrets
import socket

# Below those that Linux gives out by itself (net.ipv4.ip_local_port_range begins at 32768), so that no connection and
# no server of a port 0 takes one between this look at it and the test's own server.
_FIRST, _COUNT = 20_000, 12_000
_given: set[int] = set()


def free_ports(count: int) -> list[int]:
    """So many different ports of 127.0.0.1 that nobody listens on, each given once."""
    found: list[int] = []
    while len(found) < count:
        port = _FIRST + secrets.randbelow(_COUNT)
        if port in _given or not _is_free(port):
            continue
        _given.add(port)
        found.append(port)
    return found


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
