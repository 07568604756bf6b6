"""What comes in: commands wait for their thread, a birth is answered, and nothing that comes can fill the memory."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from mosquitto import Mosquitto
from mqtt_device import ROOT, Device, until
from mqtt_subscriber import Subscriber
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from tcp_front import TcpFront

from edge_agent.mqtt.broker_access import BrokerAccess
from edge_agent.mqtt.broker_settings import BirthSettings
from edge_agent.mqtt.connection import Connection
from edge_agent.mqtt.errands import Errands, Replay, Reply
from edge_agent.mqtt.incoming import MAX_INCOMING_BYTES, Inbox, Incoming
from edge_agent.mqtt.outgoing import Outgoing

pytestmark = pytest.mark.broker

Build = Callable[..., Device]
Broker = Callable[..., Mosquitto]
Listen = Callable[..., Subscriber]


def listening(made: Device, mosquitto: Mosquitto) -> None:
    """Start a device, and wait until the broker has noted what it wants to hear."""
    made.start()
    mosquitto.until_logged("Sending SUBACK to edge-agent")


def asked(correlation: bytes = b"c-1", response: str = f"{ROOT}/ack/snooze/desk") -> Properties:
    properties = Properties(PacketTypes.PUBLISH)
    properties.ResponseTopic, properties.CorrelationData = response, correlation
    return properties


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_commands_come_in_with_what_the_answer_needs(
    broker: Broker, subscriber: Listen, device: Build, protocol: str
) -> None:
    mosquitto = broker()
    listener, made = subscriber(mosquitto.port), device(mosquitto.port, protocol=protocol)
    listening(made, mosquitto)
    listener.publish(f"{ROOT}/cmd/snooze", b"body", properties=asked())
    message = made.inbound.inbox.take(30.0)
    if protocol == "5":
        assert message == Incoming(f"{ROOT}/cmd/snooze", b"body", False, f"{ROOT}/ack/snooze/desk", b"c-1")
    else:
        assert message == Incoming(f"{ROOT}/cmd/snooze", b"body", False)


def test_a_command_that_was_published_retained_says_so_also_while_we_listen(
    broker: Broker, subscriber: Listen, device: Build
) -> None:
    mosquitto = broker()
    listener, made = subscriber(mosquitto.port), device(mosquitto.port)
    listening(made, mosquitto)
    listener.publish(f"{ROOT}/cmd/identify", b"x", retain=True)
    first = made.inbound.inbox.take(30.0)
    assert first is not None
    assert first.retained


def test_a_configuration_that_the_broker_kept_comes_at_the_connect_and_other_topics_do_not(
    broker: Broker, subscriber: Listen, device: Build
) -> None:
    port = broker().port
    listener = subscriber(port)
    listener.publish(f"{ROOT}/config/desired", b"wish", retain=True)
    listener.publish("homeassistant/status", b"online")
    listener.publish("edge-agent/v1/hall-3/cam-2/cmd/snooze", b"for another")
    made = device(port).start()
    message = made.inbound.inbox.take(30.0)
    assert message == Incoming(f"{ROOT}/config/desired", b"wish", retained=True)
    assert made.inbound.inbox.take(0.2) is None


def test_a_packet_that_is_too_large_never_reaches_us(broker: Broker, subscriber: Listen, device: Build) -> None:
    mosquitto = broker()
    listener, made = subscriber(mosquitto.port), device(mosquitto.port)
    listening(made, mosquitto)
    listener.publish(f"{ROOT}/cmd/snooze", b"x" * MAX_INCOMING_BYTES)
    listener.publish(f"{ROOT}/cmd/snooze", b"small")
    message = made.inbound.inbox.take(30.0)
    assert message is not None
    assert message.payload == b"small"


def test_the_birth_of_a_consumer_brings_everything_retained_again_and_a_retained_birth_does_not(
    broker: Broker, subscriber: Listen, device: Build
) -> None:
    port = broker().port
    listener = subscriber(port)
    listener.publish("homeassistant/status", b"online", retain=True)
    made = device(port, birth=BirthSettings())
    made.retained.set(f"{ROOT}/alarm/press", b"state")
    made.start()
    listener.until(lambda seen: [m.payload for m in seen].count(b"state") == 1)
    listener.publish("homeassistant/status", b"offline")
    listener.publish("homeassistant/status", b"online")
    listener.until(lambda seen: [m.payload for m in seen].count(b"state") == 2)
    listener.until(lambda seen: [m.topic for m in seen].count(f"{ROOT}/status") == 2)
    assert made.inbound.inbox.take(0.0) is None, "a birth is no command"


def test_without_keys_and_birth_the_device_listens_to_nothing(
    broker: Broker, subscriber: Listen, device: Build
) -> None:
    started = broker()
    made = device(started.port)
    object.__setattr__(made.inbound, "commands", False)
    made.start()
    listener = subscriber(started.port)
    listener.publish(f"{ROOT}/cmd/snooze", b"body")
    assert made.inbound.inbox.take(0.3) is None
    assert "SUBSCRIBE from edge-agent" not in started.log.read_text()


def test_a_broker_that_does_not_let_us_listen_is_told_of_once(device: Build, caplog: pytest.LogCaptureFixture) -> None:
    made = device(1)
    connection = Connection(made.settings, BrokerAccess(None, None, None), "c", "5")
    refused = ReasonCode(PacketTypes.SUBACK, identifier=0x87)
    connection._on_subscribe(None, None, 1, [refused, refused], None)  # type: ignore[arg-type]
    made.publisher._listen(connection, None)  # type: ignore[arg-type]
    made.publisher._listen(connection, None)  # type: ignore[arg-type]
    told = [record.message for record in caplog.records if "listen" in record.message]
    assert told == [
        f"the broker does not let this device listen to all of {ROOT}/cmd/+, {ROOT}/config/desired: see its access list"
    ]


def test_an_answer_survives_a_lost_connection_and_carries_its_correlation(
    broker: Broker, subscriber: Listen, device: Build, another_port: int
) -> None:
    port = broker().port
    front = TcpFront(another_port, port)
    try:
        listener, made = subscriber(port), device(another_port)
        made.start()
        front.shut()
        until(lambda: not made.publisher.connected)
        answer = Outgoing(f"{ROOT}/ack/snooze/desk", b"{}", expiry_s=60, correlation=b"c-1")
        made.inbound.errands.reply(Reply(answer, time.monotonic() + 60.0))
        made.inbound.errands.reply(Reply(Outgoing(f"{ROOT}/ack/late", b"{}"), time.monotonic()))
        front.reopen()
        seen = listener.until(lambda seen: any("/ack/" in m.topic for m in seen))
        got = [m for m in seen if "/ack/" in m.topic]
        assert [m.topic for m in got] == [f"{ROOT}/ack/snooze/desk"], "nobody waits for the late one any more"
        assert bytes.fromhex(got[0].properties["CorrelationData"]) == b"c-1"
        assert 0 < got[0].properties["MessageExpiryInterval"] <= 60
        assert not got[0].retain
    finally:
        made.stop()
        front.close()


def test_events_that_were_acknowledged_can_be_sent_again_with_their_old_id_as_historical(
    broker: Broker, subscriber: Listen, device: Build
) -> None:
    port = broker().port
    listener, made = subscriber(port), device(port)
    made.start()
    made.append(5)
    listener.until(lambda seen: sum("/event/" in m.topic for m in seen) == 5)
    until(lambda: made.outbox.stats().pending == 0)
    kept = made.outbox.kept(2, 4, 100)
    assert (kept.seqs, kept.pending, kept.missing, kept.next_seq) == ((2, 3, 4), 0, (), None)
    made.inbound.errands.replay(kept.seqs)
    seen = listener.until(lambda seen: sum("/event/" in m.topic for m in seen) == 8)
    events = [json.loads(m.payload) for m in seen if "/event/" in m.topic]
    assert [(event["seq"], event["historical"]) for event in events[5:]] == [(2, True), (3, True), (4, True)]
    assert [event["id"] for event in events[5:]] == [event["id"] for event in events[1:4]]
    assert len(listener.events()) == 5, "a subscriber that drops duplicates sees nothing new"


def test_what_is_gone_and_what_is_to_come_is_told_apart(device: Build) -> None:
    made = device(1)
    made.append(6)
    made.outbox.acknowledge([1, 2, 4])
    made.outbox.quarantine(3, "too large")
    kept = made.outbox.kept(1, 2**53 - 1, 100)
    assert (kept.seqs, kept.pending) == ((1, 2, 4), 2)
    assert [(gap.first, gap.last) for gap in kept.missing] == [(3, 3)], "beyond the last event nothing is missing"
    some = made.outbox.kept(1, 6, 2)
    assert (some.seqs, some.next_seq, some.missing[0].first) == ((1, 2), 4, 3)
    beyond = made.outbox.kept(50, 60, 10)
    assert (beyond.seqs, beyond.missing, beyond.next_seq) == ((), (), None)


def test_a_full_inbox_turns_away_and_counts() -> None:
    inbox = Inbox()
    for number in range(100):
        inbox.put(Incoming(f"t/{number}", b"", retained=False))
    assert inbox.dropped == 68
    first = inbox.take(0.0)
    assert first is not None
    assert first.topic == "t/0"


def test_a_replay_that_connections_end_over_is_given_up() -> None:
    errands = Errands()
    errands.replay([7])
    errands.replay([7])
    tries = 0
    while (replay := errands.next_replay()) is not None:
        assert replay == Replay(7, tries)
        errands.give_back(replay)
        tries += 1
    assert tries == 4
