"""Connections that end while an event is on its way: no loss condemns an alarm, and no poison holds up the rest."""

from __future__ import annotations

import re
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from mosquitto import Mosquitto
from mqtt_device import ROOT, Device, HeldClock, until
from mqtt_subscriber import Subscriber
from tcp_front import TcpFront
from test_quota import ACCEPTED, packet

from edge_agent.data.event import Evidence
from edge_agent.mqtt.privacy_profile import EVIDENCE
from edge_agent.mqtt.session_timing import Timing

pytestmark = pytest.mark.broker

Broker = Callable[..., Mosquitto]
Devices = Callable[..., Device]
Subscribers = Callable[..., Subscriber]

LARGE = tuple(Evidence(name, 45.0) for name in EVIDENCE)
HASTY = Timing(unheard_s=0.0, suspect_s=0.02, suspect_max_s=0.1)
SEQ = re.compile(rb'"seq":(\d+),')


class BadLink(TcpFront):
    """Cuts each connection on which one of these events comes by, before the broker sees it.

    After so many `cuts`, it stays open instead, and nothing of what follows gets through.
    """

    def __init__(self, port: int, broker_port: int, deadly: set[int]) -> None:
        self.deadly = deadly
        self.cuts = sys.maxsize
        self.sent: list[list[int]] = []
        """The numbers of the events that each connection carried, in order."""
        super().__init__(port, broker_port)

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        seen: list[int] = []
        self.sent.append(seen)  # of the two lists of a connection, that of the broker's direction stays empty
        stalled = False
        with suppress(OSError):
            while data := source.recv(65536):
                came = [int(seq) for seq in SEQ.findall(data)]
                seen.extend(came)
                deadly = not self.deadly.isdisjoint(came)
                if deadly and self.cuts:
                    self.cuts -= 1
                    break
                stalled = stalled or deadly
                if not stalled:
                    sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def fatal(self, seq: int) -> list[list[int]]:
        """What those connections carried that ended over an event."""
        return [seen for seen in list(self.sent) if seq in seen]


def quarantined(directory: Path) -> list[int]:
    connection = sqlite3.connect(directory / "outbox.sqlite")
    rows = connection.execute("SELECT seq FROM event WHERE worth = 1 ORDER BY seq").fetchall()
    connection.close()
    return [seq for (seq,) in rows]


def test_an_alarm_outlives_any_number_of_lost_connections(
    broker: Broker, device: Devices, subscriber: Subscribers, another_port: int, closing: ExitStack, tmp_path: Path
) -> None:
    port = broker().port
    link = BadLink(another_port, port, {1})
    closing.callback(link.close)
    heard = subscriber(port, topics=f"{ROOT}/event/#")
    running = device(another_port, HASTY)
    running.append()
    running.start(wait=False)
    until(lambda: len(link.fatal(1)) >= 12)
    assert quarantined(tmp_path) == []
    link.deadly = set()
    heard.until(lambda _: [event["seq"] for event in heard.events()] == [1])
    until(lambda: running.outbox.stats().pending == 0)
    assert quarantined(tmp_path) == []


def test_a_suspect_goes_last_and_alone_and_holds_up_nothing(
    broker: Broker, device: Devices, subscriber: Subscribers, another_port: int, closing: ExitStack, tmp_path: Path
) -> None:
    port = broker().port
    link = BadLink(another_port, port, {2})
    closing.callback(link.close)
    heard = subscriber(port, topics=f"{ROOT}/event/#")
    running = device(another_port, HASTY)
    running.append(5)
    running.start(wait=False)
    heard.until(lambda _: sorted(event["seq"] for event in heard.events()) == [1, 3, 4, 5])
    until_suspected = len(link.fatal(2))
    until(lambda: len(link.fatal(2)) >= until_suspected + 3)
    running.append()  # seq 6, while the suspect is tried again and again
    heard.until(lambda _: heard.events()[-1]["seq"] == 6)
    tried = link.fatal(2)[until_suspected:]
    assert all(seen[-1] == 2 for seen in tried), "others first, and none behind it"
    assert all(seen.count(2) == 1 for seen in tried)
    assert quarantined(tmp_path) == [], "others got through, but not between five of its failures"
    link.deadly = set()
    heard.until(lambda _: len(heard.events()) == 6)


def test_a_suspect_waits_long_while_others_use_the_connection(
    broker: Broker, device: Devices, subscriber: Subscribers, another_port: int, closing: ExitStack
) -> None:
    port = broker().port
    link = BadLink(another_port, port, {1})
    closing.callback(link.close)
    heard = subscriber(port, topics=f"{ROOT}/event/#")
    clock = HeldClock()
    running = device(another_port, Timing(unheard_s=0.0, suspect_s=3.0), clock)
    running.append()
    running.start(wait=False)
    until(lambda: len(link.fatal(1)) == 3)  # twice to be suspected, once alone
    for others in (30, 60):
        running.append(30)
        heard.until(lambda _, others=others: len(heard.events()) == others)
        assert len(link.fatal(1)) == 3, "its time had not come"
        clock.add(2.9 if others == 30 else 0.2)
    until(lambda: len(link.fatal(1)) == 4)


@pytest.mark.parametrize(
    ("limits", "protocol"), [({"message_size_limit": 900}, "5"), ({"max_packet_size": 900}, "3.1.1")]
)
def test_an_event_over_which_connections_end_while_others_get_through_is_put_aside(
    broker: Broker,
    device: Devices,
    subscriber: Subscribers,
    tmp_path: Path,
    limits: dict[str, int],
    protocol: str,
) -> None:
    mosquitto = broker(**limits)
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#")
    running = device(mosquitto.port, HASTY, protocol=protocol)
    running.append(3)
    running.append(evidence=LARGE)
    running.append(3)
    running.start(wait=False)
    others = [1, 2, 3, 5, 6, 7]
    for seq in range(8, 40):
        heard.until(lambda _: sorted(event["seq"] for event in heard.events()) == others)
        if quarantined(tmp_path):
            break
        others.append(seq)
        tries = running.publisher.connects
        running.append()
        until(lambda tries=tries: running.publisher.connects > tries or bool(quarantined(tmp_path)))
    until(lambda: running.outbox.stats().pending == 0)
    heard.until(lambda _: sorted(event["seq"] for event in heard.events()) == others)
    assert quarantined(tmp_path) == [4]
    assert len(others) >= 6 + 4, "it took others that got through between its failures"


def test_nothing_is_sent_beside_a_suspect_until_it_has_had_its_chance(
    broker: Broker, device: Devices, subscriber: Subscribers, another_port: int, closing: ExitStack
) -> None:
    port = broker().port
    link = BadLink(another_port, port, {1})
    closing.callback(link.close)
    heard = subscriber(port, topics=f"{ROOT}/event/#")
    link.cuts, clock = 2, HeldClock()
    running = device(another_port, Timing(unheard_s=0.0, suspect_s=0.02, suspect_max_s=0.1, alone_s=1.0), clock)
    running.append()
    running.start(wait=False)
    until(lambda: len(link.fatal(1)) == 3)
    alone = link.fatal(1)[2]
    running.append(3)
    running.publisher.set_health(b'{"seq":0,}')  # goes behind what else there is to send, and shows when that is over
    until(lambda: len(alone) > 1)
    assert alone == [1, 0]
    clock.add(1.0)
    until(lambda: alone == [1, 0, 2, 3, 4])
    link.deadly = set()
    clock.let_go()
    link.shut()
    link.reopen()
    heard.until(lambda _: [event["seq"] for event in heard.events()] == [2, 3, 4, 1])


def serve(listener: socket.socket, code: int, ended: list[int]) -> None:
    """Take everything but events; answer those with a DISCONNECT of this reason."""
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            with client, client.makefile("rb", buffering=0) as stream:
                while (received := packet(stream)) is not None:
                    kind, body = received
                    if kind >> 4 == 1:
                        client.sendall(ACCEPTED)
                    elif kind >> 4 == 3 and b"/event/" in body:
                        client.sendall(bytes([0xE0, 0x01, code]))  # MQTT 5, section 3.14
                        ended.append(code)
                        break
                    elif kind >> 4 == 3:
                        identifier = 2 + int.from_bytes(body[:2], "big")
                        client.sendall(b"\x40\x02" + body[identifier : identifier + 2])


@pytest.mark.parametrize(("code", "suspects"), [(0x8B, set()), (0x8E, set()), (0x82, {1})])
def test_an_end_that_the_broker_explains_otherwise_makes_no_suspect(
    device: Devices, code: int, suspects: set[int]
) -> None:
    ended: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        broker = threading.Thread(target=serve, args=(listener, code, ended))
        broker.start()
        running = device(listener.getsockname()[1], HASTY)
        running.append()
        running.start(wait=False)
        until(lambda: len(ended) >= 4)
        running.stop()
        listener.shutdown(socket.SHUT_RDWR)  # which wakes the one that accepts; to close it alone does not
        broker.join(30)
    assert running.publisher._poison.suspects == suspects
