"""The name of the computer in its network."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from edge_agent.runtime.replace_file import replace_file

_HOST_NAME, _HOSTS = "etc/hostname", "etc/hosts"
_FOR_ALL = 0o644
# Debian's own name for this computer (Debian reference, section 5.1.1); without it `sudo` waits for a name server.
_OWN_ADDRESS = "127.0.1.1"


def write_host_name(name: str, root: Path) -> None:
    """Name the computer, from the next boot on.

    Args:
        name: One label.
        root: Of the device's file system.

    Raises:
        OSError: A file cannot be replaced: /etc is read-only, or the file is a mount of its own.
    """
    replace_file(root / _HOST_NAME, f"{name}\n".encode(), _FOR_ALL)
    try:
        hosts = (root / _HOSTS).read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        hosts = "127.0.0.1\tlocalhost\n"
    own = re.compile(rf"^{re.escape(_OWN_ADDRESS)}\s.*$", re.MULTILINE)
    line = f"{_OWN_ADDRESS}\t{name}"
    changed = own.sub(line, hosts) if own.search(hosts) else f"{hosts.rstrip()}\n{line}\n"
    replace_file(root / _HOSTS, changed.encode("utf-8", "surrogateescape"), _FOR_ALL)


def take_host_name(root: Path) -> None:
    """Let the kernel know the name that is written down.

    Raises:
        OSError: It does not take it: this process may not.
    """
    socket.sethostname((root / _HOST_NAME).read_text("utf-8").strip())
