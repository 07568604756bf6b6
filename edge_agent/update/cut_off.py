"""Ends a request that its own timeouts would let live.

A socket's timeout counts from byte to byte: a server that sends its headers, or its part of a TLS handshake, one byte
at a time keeps a client for days. A timer shuts the connection down instead, at whatever point it is.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading


class CutOff:
    """Of one request. Holds a second descriptor of each connection that it opens."""

    def __init__(self) -> None:
        self.happened = False
        """Whether a timer ran out."""
        self._held: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def hold(self, connection: socket.socket) -> None:
        """A connection was opened. TLS may take its descriptor over, the duplicate still reaches it."""
        duplicate = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._held.append(duplicate)
            if self.happened:
                _shut(duplicate)

    def arm(self, seconds: float) -> None:
        """Shut down whatever is open after some seconds; replaces an earlier time."""
        self._disarm()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.name, self._timer.daemon = "download-deadline", True
        self._timer.start()

    def close(self) -> None:
        """The request is over."""
        self._disarm()
        with self._lock:
            for each in self._held:
                each.close()
            self._held.clear()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
            self._timer = None

    def _cut(self) -> None:
        with self._lock:
            self.happened = True
            for each in self._held:
                _shut(each)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
