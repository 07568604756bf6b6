"""The example files of mosquitto, in a real mosquitto: what they promise is so."""

from __future__ import annotations

import re
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from free_ports import free_ports
from mosquitto import Mosquitto, end, require_mosquitto, until_it_listens
from mqtt_subscriber import Subscriber
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from tcp_front import TcpFront

pytestmark = pytest.mark.broker

FILES = Path(__file__).resolve().parents[2] / "docs" / "examples" / "mosquitto"
NOT_AUTHORISED = 0x87


class Certificates:
    """The authority of a plant, at which every name may have a certificate."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir()
        self._openssl("req", "-x509", *self._key("ca"), "-out", "ca.pem", "-days", "2", "-subj", "/CN=plant")

    def issue(self, name: str, common_name: str, extension: str = "extendedKeyUsage=clientAuth") -> None:
        (self.directory / f"{name}.ext").write_text(extension + "\n")
        self._openssl("req", *self._key(name), "-out", f"{name}.csr", "-subj", f"/CN={common_name}")
        signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signing)

    def client(self, name: str) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.directory / "ca.pem")
        context.load_cert_chain(self.directory / f"{name}.pem", self.directory / f"{name}.key")
        return context

    def _key(self, name: str) -> tuple[str, ...]:
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key")

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=30, cwd=self.directory)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    require_mosquitto()
    made = Certificates(tmp_path_factory.mktemp("certs") / "certs")
    made.issue("server", "broker", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    for name in ("dev-a", "dev-b", "dashboard", "operator", "homeassistant", "plant-1-bridge"):
        made.issue(name, name)
    return made


@pytest.fixture
def plant(tmp_path: Path, certificates: Certificates) -> Iterator[int]:
    """A broker with plant.conf and edge-agent.acl; its port."""
    (port,) = free_ports(1)
    config = (FILES / "plant.conf").read_text()
    for before, after in (
        ("listener 8883", f"listener {port} 127.0.0.1"),
        ("/etc/mosquitto/certs", str(certificates.directory)),
        ("/etc/mosquitto/edge-agent.acl", str(FILES / "edge-agent.acl")),
        ("/var/lib/mosquitto", str(tmp_path)),
    ):
        assert before in config
        config = config.replace(before, after)
    with started(tmp_path / "plant.conf", config + "user root\n", port):
        yield port


@contextmanager
def started(file: Path, config: str, port: int) -> Iterator[None]:
    """A broker with this configuration; `port` is the last one that it opens."""
    file.write_text(config)
    log = file.with_suffix(".log")
    with log.open("ab") as output:
        process = subprocess.Popen(["mosquitto", "-v", "-c", file], stdout=output, stderr=output)
    try:
        until_it_listens(process, port, log)
        yield
    finally:
        end(process)


@contextmanager
def sender(port: int) -> Iterator[Client]:
    """Publishes in clear."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def publish(port: int, context: ssl.SSLContext, topic: str, *, retain: bool = False) -> int:
    """Publish with QoS 1; returns the reason code of the PUBACK.

    Raises:
        OSError: The broker hung up.
    """
    codes: list[int] = []
    ended = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.tls_set_context(context)

    def on_publish(_client: Client, _data: Any, _mid: int, reason: Any, _properties: Any) -> None:
        codes.append(reason.value)
        ended.set()

    client.on_publish = on_publish
    client.on_connect = lambda client, *_: client.publish(topic, b"{}", 1, retain)
    client.on_disconnect = lambda *_: ended.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        assert ended.wait(30)
    finally:
        client.disconnect()
        client.loop_stop()
    if not codes:
        raise ConnectionResetError("the broker hung up")
    return codes[0]


@pytest.mark.parametrize(
    "topic",
    [
        "edge-agent/v1/plant-1/dev-a/status",
        "edge-agent/v1/plant-1/dev-a/event/fall",
        "edge-agent/v1/plant-1/dev-a/alarm/press",
        "edge-agent/v1/plant-1/dev-a/config/reported",
        "homeassistant/device/edge-agent_plant-1_dev-a/config",
        "spBv1.0/plant-1/NBIRTH/dev-a",
        "spBv1.0/plant-1/DDATA/dev-a/cam-1",
    ],
)
def test_a_device_writes_its_own_topics(topic: str, plant: int, certificates: Certificates) -> None:
    assert publish(plant, certificates.client("dev-a"), topic) < 0x80


@pytest.mark.parametrize(
    "topic",
    [
        "edge-agent/v1/plant-1/dev-b/status",
        "edge-agent/v1/plant-1/dev-b/event/fall",
        "edge-agent/v1/plant-1/dev-b/alarm/press",
        "edge-agent/v1/plant-2/dev-a/event/fall",
        "edge-agent/v1/plant-1/dev-a/cmd/snooze",
        "edge-agent/v1/plant-1/dev-a/config/desired",
        "homeassistant/device/edge-agent_plant-1_dev-b/config",
        "homeassistant/device/something/config",
        "spBv1.0/plant-1/NBIRTH/dev-b",
        "spBv1.0/plant-1/NDEATH/dev-b",
    ],
)
def test_a_device_writes_nothing_as_another_and_gives_itself_no_command(
    topic: str, plant: int, certificates: Certificates
) -> None:
    assert publish(plant, certificates.client("dev-a"), topic) == NOT_AUTHORISED


def test_an_operator_gives_commands_and_a_dashboard_does_not(plant: int, certificates: Certificates) -> None:
    command = "edge-agent/v1/plant-1/dev-a/cmd/snooze"
    assert publish(plant, certificates.client("operator"), command) < 0x80
    assert publish(plant, certificates.client("dashboard"), command) == NOT_AUTHORISED


def test_nobody_connects_without_a_certificate_of_the_plant(
    plant: int, certificates: Certificates, tmp_path: Path
) -> None:
    stranger = Certificates(tmp_path / "stranger")
    stranger.issue("dev-a", "dev-a")
    context = ssl.create_default_context(cafile=certificates.directory / "ca.pem")
    context.load_cert_chain(stranger.directory / "dev-a.pem", stranger.directory / "dev-a.key")
    with pytest.raises(OSError):  # noqa: PT011 - of TLS or of the connection: who notices first
        publish(plant, context, "edge-agent/v1/plant-1/dev-a/status")


def test_the_bridge_carries_every_event_up_even_those_of_an_outage_and_commands_down(
    subscriber: Callable[..., Subscriber],
    certificates: Certificates,
    tmp_path: Path,
    closing: ExitStack,
) -> None:
    plant_port, cable_port, fleet_port, bridged_port = free_ports(4)
    tls = f"cafile {certificates.directory}/ca.pem\ncertfile {certificates.directory}/server.pem\n"
    tls += f"keyfile {certificates.directory}/server.key\nrequire_certificate true\n"
    fleet = (
        f"per_listener_settings false\nallow_anonymous true\npersistence true\npersistence_location {tmp_path}/\n"
        f"listener {fleet_port} 127.0.0.1\n{tls}listener {bridged_port} 127.0.0.1\nuser root\n"
    )
    bridge = (FILES / "bridge.conf").read_text()
    for before, after in (
        ("fleet.example:8883", f"127.0.0.1:{cable_port}"),
        ("/etc/mosquitto/certs/fleet-ca.pem", f"{certificates.directory}/ca.pem"),
        ("/etc/mosquitto/certs", str(certificates.directory)),
        ("restart_timeout 1 30", "restart_timeout 1"),
    ):
        assert before in bridge
        bridge = bridge.replace(before, after)
    own = f"listener {plant_port} 127.0.0.1\nallow_anonymous true\nuser root\n"
    event = "edge-agent/v1/plant-1/dev-a/event/fall"
    command = "edge-agent/v1/plant-1/dev-a/cmd/identify"
    with started(tmp_path / "plant-with-bridge.conf", own + bridge, plant_port):
        below = subscriber(plant_port, topics="#")
        with sender(plant_port) as device:
            for number in range(50):
                device.publish(event, str(number), 1).wait_for_publish(30)
        with started(tmp_path / "fleet.conf", fleet, bridged_port):
            above = subscriber(bridged_port, topics="#")  # before the bridge comes: nobody gets an event again
            closing.callback(TcpFront(cable_port, fleet_port).close)
            heard = above.until(lambda messages: sum(message.topic == event for message in messages) >= 50, 30.0)
            events = [message for message in heard if message.topic == event]
            assert sorted(int(message.payload) for message in events) == list(range(50))
            assert {message.qos for message in events} == {1}
            with sender(bridged_port) as fleet_operator:
                fleet_operator.publish(command, "{}", 1).wait_for_publish(30)
                below.until(lambda messages: any(message.topic == command for message in messages))
                fleet_operator.publish("edge-agent/v1/plant-1/dev-a/event/forged", "{}", 1).wait_for_publish(30)
                fleet_operator.publish(command, "last", 1).wait_for_publish(30)
            below.until(lambda messages: any(message.payload == b"last" for message in messages))
            assert not any("forged" in message.topic for message in below.messages), "events only go up"


def test_members_of_a_shared_subscription_divide_the_events_among_them(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber]
) -> None:
    """As docs/brokers.md says of mosquitto."""
    port = broker().port
    members = [subscriber(port, topics="$share/alerting/edge-agent/v1/+/+/event/+") for _ in range(2)]
    watcher = subscriber(port, topics="edge-agent/v1/+/+/event/+")
    with sender(port) as device:
        for number in range(60):
            device.publish("edge-agent/v1/plant-1/dev-a/event/fall", str(number), 1).wait_for_publish(30)
    watcher.until(lambda messages: len(messages) == 60)
    members[0].until(lambda _: sum(len(member.messages) for member in members) >= 60)
    heard = [[int(message.payload) for message in member.messages] for member in members]
    assert sorted(heard[0] + heard[1]) == list(range(60))
    assert all(heard)


def test_every_topic_of_the_access_list_and_the_bridge_belongs_to_the_same_site() -> None:
    for name in ("edge-agent.acl", "bridge.conf"):
        topics = re.findall(r"edge-agent/v1/([^/ ]+)/", (FILES / name).read_text())
        assert set(topics) == {"plant-1"}
