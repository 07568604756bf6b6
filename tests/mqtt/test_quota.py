"""A broker that has no quota left for a moment (PUBACK 0x97): mosquitto never says so, hence a small broker here."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable

from mqtt_device import Device, until

ACCEPTED = b"\x20\x03\x00\x00\x00"  # CONNACK, no session, success, no properties (MQTT 5, section 3.2)


def packet(stream: socket.SocketIO) -> tuple[int, bytes] | None:
    """Type and body of the next MQTT packet (MQTT 5, section 2.1); None at the end."""
    first = stream.read(1)
    if not first:
        return None
    length, shift = 0, 0
    while True:
        (byte,) = stream.read(1) or b"\0"
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    body = b""
    while len(body) < length:
        body += stream.read(length - len(body)) or b""
    return first[0], body


def serve(listener: socket.socket, refusals: int, seen: list[int]) -> None:
    """Accept one client; refuse its first events with 0x97, take everything after."""
    client, _ = listener.accept()
    with client, client.makefile("rb", buffering=0) as stream:
        while (received := packet(stream)) is not None:
            kind, body = received
            if kind >> 4 == 1:
                client.sendall(ACCEPTED)
            elif kind >> 4 == 3:
                topic_end = 2 + int.from_bytes(body[:2], "big")
                code = 0
                if b"/event/" in body[:topic_end]:
                    seen.append(json.loads(body[body.index(b"{") :])["seq"])
                    code = 0x97 if len(seen) <= refusals else 0
                client.sendall(b"\x40\x03" + body[topic_end : topic_end + 2] + bytes([code]))


def test_an_event_without_quota_is_sent_again_until_it_is_taken(device: Callable[..., Device]) -> None:
    seen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        broker = threading.Thread(target=serve, args=(listener, 2, seen), daemon=True)
        broker.start()
        running = device(listener.getsockname()[1]).start()
        running.append()
        until(lambda: running.outbox.stats().pending == 0)
        assert seen == [1, 1, 1]
        assert running.outbox.stats().quarantined == 0
        assert running.publisher.connected, "a lack of quota is no reason to connect anew"
        running.stop()
        broker.join(5)
