"""A bad network between agent and broker: cuts, silence without an end, few bytes a second, shuffled answers."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time


class Network:
    """Passes bytes from a port of 127.0.0.1 to the broker's, as badly as it is told.

    Attributes:
        bytes_per_s: In each direction of each connection; 0 for no limit.
        shuffles: Whether answers of the broker come late and in any order. Whole packets are moved: a broker must
            answer in order (MQTT 5, section 4.6), but nothing of ours may depend on it.
        accepted_s: Monotonic seconds of each connection that came through.
    """

    def __init__(self, broker_port: int, rng: random.Random) -> None:
        self.bytes_per_s = 0.0
        self.shuffles = False
        self.accepted_s: list[float] = []
        self._rng = rng
        self._broker_port = broker_port
        self._open = True
        self._lock = threading.Lock()
        self._pairs: list[_Pair] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.end()

    def silence(self) -> None:
        """Nothing passes any more on the present connections, and nobody is told: half-open."""
        with self._lock:
            for pair in self._pairs:
                pair.silent.set()

    def shut(self) -> None:
        """As a cable that is pulled: cut, and nobody comes through."""
        with self._lock:
            self._open = False
        self.cut()

    def reopen(self) -> None:
        self._open = True

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.shut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                if not self._open:
                    raise ConnectionRefusedError
                broker = socket.create_connection(("127.0.0.1", self._broker_port))
            except OSError:
                client.close()
                continue
            pair = _Pair(self, client, broker, self._rng)
            with self._lock:
                if not self._open:  # meanwhile
                    pair.end()
                    continue
                self.accepted_s.append(time.monotonic())
                self._pairs.append(pair)
            pair.start()


class _Pair:
    def __init__(self, network: Network, client: socket.socket, broker: socket.socket, rng: random.Random) -> None:
        self.silent = threading.Event()
        self._network = network
        self._rng = rng
        self._client, self._broker = client, broker
        for end in (client, broker):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)  # little waits in kernels: a slow link is slow

    def start(self) -> None:
        threading.Thread(target=self._pass, args=(self._client, self._broker), daemon=True).start()
        threading.Thread(target=self._answer, daemon=True).start()

    def end(self) -> None:
        for end in (self._client, self._broker):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1024):
                self._hand_on(sink, data)
        self._finish()

    def _answer(self) -> None:
        """Broker to client; in whole packets, so that they can be shuffled."""
        waiting = b""
        with contextlib.suppress(OSError):
            while data := self._broker.recv(65536):
                waiting += data
                packets, waiting = _packets(waiting)
                if self._network.shuffles and packets and packets[0][0] >> 4 == 4:
                    time.sleep(self._rng.uniform(0.0, 0.03))
                    self._rng.shuffle(packets)
                for packet in packets:
                    self._hand_on(self._client, packet)
        self._finish()

    def _hand_on(self, sink: socket.socket, data: bytes) -> None:
        if self._network.bytes_per_s:
            time.sleep(len(data) / self._network.bytes_per_s)
        if not self.silent.is_set():
            sink.sendall(data)

    def _finish(self) -> None:
        if not self.silent.is_set():
            self.end()


def _packets(data: bytes) -> tuple[list[bytes], bytes]:
    """Whole MQTT packets (MQTT 5, section 2.1), and what is left."""
    packets = []
    while True:
        length, shift, at = 0, 0, 1
        while at < len(data):
            length |= (data[at] & 127) << shift
            shift += 7
            at += 1
            if data[at - 1] < 128:
                break
        else:
            return packets, data
        if len(data) < at + length:
            return packets, data
        packets.append(data[: at + length])
        data = data[at + length :]
