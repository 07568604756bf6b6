"""The name of the computer in its network."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from edge_agent.provision.place import HOST_NAME, HOSTS, PlacedFile, Reader

# Debian's own name for this computer (Debian reference, section 5.1.1); without it `sudo` waits for a name server.
_OWN_ADDRESS = "127.0.1.1"


def host_name_to_files(name: str, root: Path) -> tuple[PlacedFile, ...]:
    """What names the computer from the next boot on.

    Args:
        name: One label.
        root: Of the device's file system.
    """
    try:
        hosts = (root / HOSTS).read_text("utf-8", "surrogateescape")
    except OSError:
        hosts = "127.0.0.1\tlocalhost\n"
    own = re.compile(rf"^{re.escape(_OWN_ADDRESS)}\s.*$", re.MULTILINE)
    line = f"{_OWN_ADDRESS}\t{name}"
    changed = own.sub(line, hosts) if own.search(hosts) else f"{hosts.rstrip()}\n{line}\n"
    return (
        PlacedFile(HOST_NAME, f"{name}\n".encode(), Reader.ALL),
        PlacedFile(HOSTS, changed.encode("utf-8", "surrogateescape"), Reader.ALL),
    )


def take_host_name(root: Path) -> None:
    """Let the kernel know the name that is written down.

    Raises:
        OSError: It does not take it: this process may not.
    """
    socket.sethostname((root / HOST_NAME).read_text("utf-8").strip())
