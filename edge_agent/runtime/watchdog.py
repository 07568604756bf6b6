"""What the service manager is told: the sd_notify(3) protocol, spoken directly."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping

logger = logging.getLogger(__name__)

_SEND_TIMEOUT_S = 1.0
_USEC = 1_000_000


class ServiceNotifier:
    """Tells systemd how the service is doing; does nothing where no service manager listens.

    Source: sd_notify(3): newline-separated assignments in one datagram to the AF_UNIX socket in ``$NOTIFY_SOCKET``,
    whose leading ``@`` stands for the NUL byte of an abstract address.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")

    def ready(self) -> None:
        """Start-up or reloading is finished."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``."""
        self._send(f"STATUS={' '.join(text.split())}")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The service begins to end."""
        self._send("STOPPING=1")

    def reloading(self, now_s: float) -> None:
        """The service begins to reload its settings; `ready` must follow.

        Args:
            now_s: CLOCK_MONOTONIC in seconds, which ``Type=notify-reload`` asks for.
        """
        self._send(f"RELOADING=1\nMONOTONIC_USEC={int(now_s * _USEC)}")

    def _send(self, state: str) -> None:
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.settimeout(_SEND_TIMEOUT_S)
                channel.sendto(state.encode(), address)
        except OSError as error:
            logger.warning("cannot tell systemd %s (%s); the agent goes on", state.split("\n")[0], error)


def watchdog_interval_s(environ: Mapping[str, str] = os.environ, pid: int | None = None) -> float | None:
    """Seconds between two feedings of the watchdog: half of its time, as sd_watchdog_enabled(3) advises.

    Args:
        environ: Holds ``WATCHDOG_USEC`` and ``WATCHDOG_PID`` where the unit has ``WatchdogSec=``.
        pid: This process; asked from the system where None.

    Returns:
        The interval, or None where no watchdog waits for this process.
    """
    usec = environ.get("WATCHDOG_USEC", "")
    meant_for = environ.get("WATCHDOG_PID", "")
    if not usec.isdecimal() or int(usec) == 0:
        return None
    if meant_for and meant_for != str(os.getpid() if pid is None else pid):
        return None
    return int(usec) / _USEC / 2
