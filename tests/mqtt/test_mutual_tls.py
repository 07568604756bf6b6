"""Who is who at a broker that asks for certificates: the right ones get in, each wrong one hears why not."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from mosquitto import Mosquitto, TlsFiles
from mqtt_device import ROOT, Device, until
from mqtt_subscriber import Subscriber
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge_agent.errors import BrokerError
from edge_agent.mqtt.broker_settings import TlsSettings
from edge_agent.pki.names import DeviceNames, ServerNames
from edge_agent.pki.signing import Span
from edge_agent.pki.trial_authority import Pair, issue, make_authority

pytestmark = [
    # paho leaves the TCP socket to the garbage collector where the handshake fails, which warns.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.broker,
]

# Every device into its own topics, by the name in its certificate: one line for all of them.
PATTERN = "topic read #\npattern write edge-agent/v1/%u/#\n"
IDENTITY = ("use_identity_as_username true", "use_username_as_clientid true")
NOW = datetime.now(tz=timezone.utc)
Broker = Callable[..., Mosquitto]
Devices = Callable[..., Device]


@dataclass(frozen=True)
class Bench:
    """Certificates of one test authority, and what must not get in."""

    ca: Path
    broker: Pair
    broker_expired: Pair
    broker_elsewhere: Pair
    cam_1: Pair
    cam_1_expired: Pair
    cam_1_foreign: Pair
    cam_2: Pair

    def tls(self, device: Pair | None = None, *, bind_client_id: bool = True) -> TlsSettings:
        cert, key = (device.cert, device.key) if device else (None, None)
        return TlsSettings(ca_file=self.ca, cert_file=cert, key_file=key, bind_client_id=bind_client_id)

    def files(self, broker: Pair | None = None) -> TlsFiles:
        server = broker or self.broker
        return TlsFiles(self.ca, server.cert, server.key, self.cam_1.cert, self.cam_1.key, self.ca)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    home, foreign = tmp_path_factory.mktemp("bench"), tmp_path_factory.mktemp("foreign")
    year, last_year = Span(NOW, 365), Span(NOW - timedelta(days=400), 365)
    loopback, cam_1 = ServerNames(("127.0.0.1", "localhost")), DeviceNames("hall-3", "cam-1")
    ca = make_authority(home, Span(NOW - timedelta(days=400), 1000))
    make_authority(foreign, year)
    return Bench(
        ca=ca.cert,
        broker=issue(home, loopback, "broker", year),
        broker_expired=issue(home, loopback, "expired", last_year),
        broker_elsewhere=issue(home, ServerNames(("broker.example",)), "elsewhere", year),
        cam_1=issue(home, cam_1, "cam-1", year),
        cam_1_expired=issue(home, cam_1, "cam-1-expired", last_year),
        cam_1_foreign=issue(foreign, cam_1, "cam-1", year),
        cam_2=issue(home, DeviceNames("hall-3", "cam-2"), "cam-2", year),
    )


@pytest.fixture
def secured(broker: Broker, bench: Bench, another_port: int) -> Callable[..., Mosquitto]:
    """A broker that takes the name from the certificate, with a listener in clear for whoever watches the test."""

    def start(server: Pair | None = None, identity: tuple[str, ...] = IDENTITY) -> Mosquitto:
        more = (*identity, f"listener {another_port} 127.0.0.1")
        return broker(tls=bench.files(server), client_certificates=True, acl=PATTERN, more=more)

    return start


def raw_client(port: int, bench: Bench, pair: Pair, client_id: str) -> Client:
    """A client that is not the agent and respects nothing."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5)
    context = ssl.create_default_context(cafile=bench.ca)
    context.load_cert_chain(pair.cert, pair.key)
    client.tls_set_context(context)
    client.connect("127.0.0.1", port)
    client.loop_start()
    until(client.is_connected)
    return client


def test_the_right_certificates_get_in_and_one_pattern_lets_each_device_into_its_own_topics(
    secured: Broker, device: Devices, subscriber: Callable[..., Subscriber], bench: Bench, another_port: int
) -> None:
    mosquitto = secured()
    heard = subscriber(another_port, topics=f"{ROOT}/#")
    running = device(mosquitto.port, tls=bench.tls(bench.cam_1)).start()
    running.append(3)
    heard.until(lambda messages: sum("/event/" in message.topic for message in messages) == 3)
    health = running.publisher.certificates()
    assert health is not None
    assert (health.device_days, health.authority_days, health.broker_days) == (364, 599, 364)
    assert "u'hall-3/cam-1'" in mosquitto.log.read_text()


def test_the_certificate_of_another_device_is_refused_before_anything_is_sent(device: Devices, bench: Bench) -> None:
    with pytest.raises(BrokerError) as refused:
        device(1, tls=bench.tls(bench.cam_2))
    assert str(refused.value) == (
        f"mqtt.tls.cert_file: {bench.cam_2.cert} is the certificate of hall-3/cam-2, edge-agent-hall-3-cam-2, and not "
        "of the client id edge-agent-hall-3-cam-1: install this device's certificate, or set mqtt.client_id to a name "
        "in it"
    )


def test_a_client_id_that_the_certificate_names_otherwise_is_accepted(
    secured: Broker, device: Devices, bench: Bench
) -> None:
    running = device(secured().port, tls=bench.tls(bench.cam_1), client_id="hall-3/cam-1").start()
    running.append()
    until(lambda: running.outbox.stats().pending == 0)


def test_who_turns_the_check_off_is_stopped_by_the_brokers_access_list(
    secured: Broker, device: Devices, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    mosquitto = secured()
    running = device(mosquitto.port, tls=bench.tls(bench.cam_2, bind_client_id=False)).start()
    running.append()
    until(lambda: f"does not authorise this client to publish to {ROOT}/event/fall" in caplog.text)
    assert running.outbox.stats().pending == 1


@pytest.mark.parametrize(("identity", "taken_over"), [(IDENTITY, 0), (IDENTITY[:1], 1)], ids=["bound", "not bound"])
def test_a_broker_that_takes_client_ids_from_certificates_lets_nobody_take_over_anothers(
    secured: Broker, device: Devices, bench: Bench, identity: tuple[str, ...], taken_over: int
) -> None:
    mosquitto = secured(identity=identity)
    running = device(mosquitto.port, tls=bench.tls(bench.cam_1)).start()
    impostor = raw_client(mosquitto.port, bench, bench.cam_2, "edge-agent-hall-3-cam-1")
    until(lambda: mosquitto.log.read_text().count("Sending CONNACK to") >= 2)
    impostor.disconnect()
    impostor.loop_stop()
    until(lambda: running.publisher.connected)
    assert ("already connected, closing old connection" in mosquitto.log.read_text()) == taken_over


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("broker_expired", "(certificate has expired): renew the broker's certificate, or check this device's clock"),
        ("broker_elsewhere", "valid for '127.0.0.1'.): set mqtt.host to a name or an address in it"),
    ],
)
def test_a_brokers_certificate_that_is_not_good_is_told_apart(
    secured: Broker, device: Devices, bench: Bench, caplog: pytest.LogCaptureFixture, server: str, words: str
) -> None:
    running = device(secured(getattr(bench, server)).port, tls=bench.tls(bench.cam_1)).start(wait=False)
    until(lambda: "no MQTT connection" in caplog.text)
    assert words in caplog.text
    assert not running.publisher.connected


def test_a_broker_of_a_foreign_authority_is_not_trusted(
    secured: Broker, device: Devices, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    foreign = bench.cam_1_foreign.cert.parent / "ca.pem"
    tls = TlsSettings(ca_file=foreign, cert_file=bench.cam_1.cert, key_file=bench.cam_1.key)
    running = device(secured().port, tls=tls).start(wait=False)
    until(lambda: "check that mqtt.tls.ca_file is the authority that signed it" in caplog.text)
    assert not running.publisher.connected


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("cam_1_expired", "this device's certificate has expired: renew it"),
        # mosquitto may hang up before its alert "unknown CA" is read.
        ("cam_1_foreign", "the certificate in mqtt.tls.cert_file"),
    ],
)
def test_a_devices_certificate_that_the_broker_refuses_is_told_apart(
    secured: Broker, device: Devices, bench: Bench, caplog: pytest.LogCaptureFixture, pair: str, words: str
) -> None:
    running = device(secured().port, tls=bench.tls(getattr(bench, pair))).start(wait=False)
    until(lambda: "no MQTT connection" in caplog.text)
    assert words in caplog.text
    assert not running.publisher.connected


@pytest.fixture
def old_tls(bench: Bench) -> Iterator[int]:
    """A server that speaks TLS 1.1 and nothing newer; mosquitto can only set the oldest version, not the newest."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bench.broker.cert, bench.broker.key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def test_a_broker_that_speaks_only_tls_1_1_is_refused(
    old_tls: int, device: Devices, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    running = device(old_tls, tls=bench.tls(bench.cam_1)).start(wait=False)
    until(lambda: "no MQTT connection" in caplog.text)
    assert f"127.0.0.1:{old_tls} offers no TLS 1.2 or newer: switch it on in the broker" in caplog.text
    assert not running.publisher.connected


def test_a_renewed_certificate_is_taken_up_without_a_restart(
    secured: Broker, device: Devices, bench: Bench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cert, key = tmp_path / "device.pem", tmp_path / "device.key"
    for source, target in ((bench.cam_1_expired.cert, cert), (bench.cam_1_expired.key, key)):
        target.write_bytes(source.read_bytes())
        target.chmod(0o600)
    running = device(secured().port, tls=bench.tls(Pair(cert, key))).start(wait=False)
    until(lambda: "has expired" in caplog.text)
    key.write_bytes(bench.cam_1.key.read_bytes())
    cert.write_bytes(bench.cam_1.cert.read_bytes())
    until(lambda: running.publisher.connected)


def test_the_key_may_be_a_credential_of_systemd(
    secured: Broker, device: Devices, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "device-key").write_bytes(bench.cam_1.key.read_bytes())
    (tmp_path / "device-key").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    tls = TlsSettings(ca_file=bench.ca, cert_file=bench.cam_1.cert, key_credential="device-key")
    device(secured().port, tls=tls).start()


def test_a_key_that_others_can_read_is_refused(device: Devices, bench: Bench, tmp_path: Path) -> None:
    key = tmp_path / "device.key"
    key.write_bytes(bench.cam_1.key.read_bytes())
    key.chmod(0o640)
    with pytest.raises(BrokerError, match=f"mqtt.tls.key_file: others can read .* chmod 600 {key}"):
        device(1, tls=bench.tls(Pair(bench.cam_1.cert, key)))
