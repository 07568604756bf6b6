"""Waiting for the broker and for new events at once, without a busy loop."""

from __future__ import annotations

import selectors
import socket
import threading

from edge_agent.mqtt.connection import Connection


class Waker:
    """Lets any thread wake the one that waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: tuple[socket.socket, socket.socket] | None = None

    def open(self) -> socket.socket:
        """Make the pair; the waiting thread selects on what this returns."""
        receiver, sender = socket.socketpair()
        receiver.settimeout(0.0)
        sender.settimeout(0.0)
        with self._lock:
            self._ends = receiver, sender
        return receiver

    def close(self) -> None:
        """Close the pair; later calls of `wake` do nothing."""
        with self._lock:
            for end in self._ends or ():
                end.close()
            self._ends = None

    def wake(self) -> None:
        """Wake the waiting thread; from any thread, at any time, never blocks."""
        with self._lock:
            if self._ends is not None:
                try:
                    self._ends[1].send(b"\0")
                except BlockingIOError:
                    return  # the pipe is full of wake-ups already


class Pump:
    """Moves bytes between one connection and its socket, and returns early when woken."""

    def __init__(self, connection: Connection, woken: socket.socket) -> None:
        self._connection = connection
        self._woken = woken
        self._selector = selectors.DefaultSelector()
        self._selector.register(woken, selectors.EVENT_READ)
        self._fileno = connection.fileno()
        if self._fileno is not None:
            self._selector.register(self._fileno, selectors.EVENT_READ)

    def close(self) -> None:
        """Free the selector; the connection and the waker stay as they are."""
        self._selector.close()

    def turn(self, timeout_s: float) -> None:
        """Wait for something to happen, and let it happen.

        Args:
            timeout_s: Seconds to wait at most.
        """
        if self._fileno is None or self._connection.fileno() is None:
            return
        writing = selectors.EVENT_WRITE if self._connection.wants_write() else 0
        self._selector.modify(self._fileno, selectors.EVENT_READ | writing)
        for key, mask in self._selector.select(timeout_s):
            if key.fileobj is self._woken:
                _drain(self._woken)
                continue
            if mask & selectors.EVENT_READ:
                self._connection.read()
            if mask & selectors.EVENT_WRITE and self._connection.fileno() is not None:
                self._connection.write()
        if self._connection.fileno() is not None:
            self._connection.tick()


def _drain(woken: socket.socket) -> None:
    """Forget the wake-ups so far."""
    try:
        while woken.recv(4096):
            pass
    except BlockingIOError:
        return
