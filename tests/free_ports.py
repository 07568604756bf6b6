"""TCP ports for the servers that a test starts."""

from __future__ import annotations

import contextlib
import random
import socket
from itertools import count, islice

# Below 32768, where Linux begins to take ports for whoever connects (ip_local_port_range): between being found free and
# being listened on, or while its server is away, such a port could become the near end of somebody's connection.
_PORTS = range(20_000, 32_000)
_turns = count(random.SystemRandom().randrange(len(_PORTS)))  # another run beside this one begins elsewhere


def free_ports(number: int) -> list[int]:
    """So many different ports of 127.0.0.1 that nobody listens on; none is given twice before all were."""
    found: list[int] = []
    for turn in islice(_turns, len(_PORTS)):
        if len(found) == number:
            break
        port = _PORTS[turn % len(_PORTS)]
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    assert len(found) == number, "no free ports"
    return found
