"""A TCP front before a broker: can be shut like a cut cable, and can stand in for brokers that know only MQTT 3.1.1."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Literal


class TcpFront:
    """Listens on a port of 127.0.0.1 and passes bytes to `broker_port`.

    With `mqtt5` other than ``pass``, a CONNECT of protocol level 5 is answered as brokers of 3.1.1 do: ``refuse`` sends
    a CONNACK with return code 1 (MQTT 3.1.1, section 3.2.2.3) and closes; ``close`` closes without a word.
    """

    def __init__(self, port: int, broker_port: int, mqtt5: Literal["pass", "refuse", "close"] = "pass") -> None:
        self._broker_port = broker_port
        self._mqtt5 = mqtt5
        self._open = True
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.levels: list[int] = []
        """Protocol level of every CONNECT that came."""
        self._listener = socket.create_server(("127.0.0.1", port))
        self._start(self._accept)

    def shut(self) -> None:
        """Cut every connection, and each new one at once."""
        with self._lock:
            self._open = False
        self._cut()

    def reopen(self) -> None:
        self._open = True

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.shut()
        for thread in self._threads:
            thread.join(30)
        for end in self._sockets:
            end.close()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._keep(client):
                self._start(self._serve, client)

    def _keep(self, end: socket.socket) -> bool:
        """Remember it, to be cut; where all is cut already, so is this one."""
        with self._lock:
            if self._open:
                self._sockets.append(end)
            else:
                end.close()
            return self._open

    def _serve(self, client: socket.socket) -> None:
        try:
            first = client.recv(65536)
            if not first:
                client.close()
                return
            level = first[first.index(b"MQTT") + 4] if b"MQTT" in first else 0  # 0 behind TLS
            self.levels.append(level)
            if level == 5 and self._mqtt5 != "pass":
                if self._mqtt5 == "refuse":
                    client.sendall(b"\x20\x02\x00\x01")
                client.close()
                return
            broker = socket.create_connection(("127.0.0.1", self._broker_port))
            if not self._keep(broker):
                return
            broker.sendall(first)
        except OSError:
            client.close()
            return
        self._start(self._pass, broker, client)
        self._pass(client, broker)

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _cut(self) -> None:
        # Closed they are at the end: a descriptor that a thread still reads from must not become another's.
        with self._lock:
            for end in self._sockets:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
