"""A device that claims its certificate, at a broker that lets nobody in without one: no restart, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from claim_bench import Claimer, Fleet, real_now
from mosquitto import Mosquitto, TlsFiles
from mqtt_device import ROOT, Device, until
from mqtt_subscriber import Subscriber

from edge_agent.claim.enrolment import enrol
from edge_agent.errors import BrokerError
from edge_agent.fleet.claim_authority import broker_files, read_authority
from edge_agent.fleet.key_files import no_passphrase
from edge_agent.mqtt.broker_access import check_at_start, read_access
from edge_agent.mqtt.broker_settings import BrokerSettings, ClaimSettings, TlsSettings
from edge_agent.pki.names import DeviceNames

pytestmark = [
    # paho leaves the TCP socket to the garbage collector where the handshake fails, which warns.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.broker,
]

NAME = "hall-3/cam-1"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(tmp_path / "fleet")
    yield made
    made.stop()


class HallDevice(Claimer):
    """The one that the tests of `edge_agent.mqtt` know."""

    @property
    def plan(self):  # type: ignore[no-untyped-def]
        return replace(super().plan, names=DeviceNames("hall-3", "cam-1"))


@pytest.fixture
def claimer(tmp_path: Path, fleet: Fleet) -> Claimer:
    made = HallDevice(tmp_path / "device", fleet.url, fleet.place.ca, client_id="edge-agent-hall-3-cam-1")
    return made.give(fleet.invite(NAME))


@pytest.fixture
def strict_broker(
    broker: Callable[..., Mosquitto], fleet: Fleet, tmp_path: Path, another_port: int
) -> Callable[[], Mosquitto]:
    """Demands a certificate of the fleet's authority; whoever watches the test comes in by another door."""
    authority = read_authority(fleet.place, no_passphrase)
    cert_file, key_file = broker_files(authority, ["127.0.0.1"], tmp_path / "certificates", real_now())
    files = TlsFiles(fleet.place.ca, cert_file, key_file, cert_file, key_file, fleet.place.ca)
    more = ("use_identity_as_username true", f"listener {another_port} 127.0.0.1")
    acl = "topic read #\npattern write edge-agent/v1/%u/#\n"
    return lambda: broker(tls=files, client_certificates=True, acl=acl, more=more)


def tls_of(claimer: Claimer) -> TlsSettings:
    plan = claimer.plan
    return TlsSettings(ca_file=claimer.ca_file, cert_file=plan.files.cert, key_file=plan.files.key, claim=plan.server)


def test_an_agent_watches_before_it_is_claimed_and_publishes_what_waited_once_it_is(
    strict_broker: Callable[[], Mosquitto],
    device: Callable[..., Device],
    subscriber: Callable[..., Subscriber],
    claimer: Claimer,
    another_port: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mosquitto = strict_broker()
    running = device(mosquitto.port, tls=tls_of(claimer)).start(wait=False)
    until(lambda: "no MQTT connection: this device has no certificate yet" in caplog.text)
    running.append(3)
    assert "`edge-agent claim run` fetches it" in caplog.text
    heard = subscriber(another_port, topics=f"{ROOT}/#")
    claimer.enrol()
    heard.until(lambda messages: sum("/event/" in message.topic for message in messages) == 3)
    assert f"u'{NAME}'" in mosquitto.log.read_text()


def test_a_renewal_disturbs_nothing_and_counts_at_the_next_connect(
    strict_broker: Callable[[], Mosquitto],
    device: Callable[..., Device],
    subscriber: Callable[..., Subscriber],
    claimer: Claimer,
    fleet: Fleet,
    another_port: int,
) -> None:
    fleet.behind = timedelta(days=300)
    first = claimer.enrol()
    mosquitto = strict_broker()
    running = device(mosquitto.port, tls=tls_of(claimer)).start()
    running.append(2)
    until(lambda: running.outbox.stats().pending == 0)
    fleet.behind = timedelta()
    second = claimer.enrol()
    assert second.serial_number != first.serial_number
    running.append(2)
    until(lambda: running.outbox.stats().pending == 0)
    assert running.publisher.connects == 1
    mosquitto.stop()
    running.append(2)
    mosquitto.start()
    until(lambda: running.publisher.connects == 2 and running.outbox.stats().pending == 0)
    days = running.publisher.certificates()
    assert days is not None
    assert days.device_days == 364


def test_without_a_claim_a_missing_certificate_is_a_slip_as_before(
    device: Callable[..., Device], tmp_path: Path
) -> None:
    with pytest.raises(BrokerError, match=r"cannot read .*gone\.pem"):
        device(1, tls=TlsSettings(cert_file=tmp_path / "gone.pem", key_file=tmp_path / "gone.key"))


def test_a_renamed_device_watches_on_and_is_heard_once_it_was_invited_by_its_new_name(
    strict_broker: Callable[[], Mosquitto],
    device: Callable[..., Device],
    claimer: Claimer,
    fleet: Fleet,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = replace(claimer.plan, names=DeviceNames("hall-3", "cam-9"), client_id="edge-agent-hall-3-cam-9")
    token = (claimer.directory / "token").read_text().strip()
    claimer.give(fleet.invite("hall-3/cam-9"))
    enrol(before, claimer.clock)
    running = device(strict_broker().port, tls=tls_of(claimer)).start(wait=False)
    until(lambda: "is the certificate of hall-3/cam-9" in caplog.text)
    assert "invite this device, and `edge-agent claim run` fetches its own" in caplog.text
    running.append(3)
    claimer.give(token).enrol()
    until(lambda: running.outbox.stats().pending == 0)


@pytest.mark.parametrize("left", ["device.pem", "device.key"])
def test_half_of_what_is_claimed_is_no_end_but_a_reason(
    claimer: Claimer, device: Callable[..., Device], left: str
) -> None:
    claimer.enrol()
    (claimer.plan.files.cert.parent / left).unlink()
    device(1, tls=tls_of(claimer))


@pytest.mark.parametrize(
    ("key", "words"), [("ca_file", r"mqtt\.tls\.ca_file"), ("password_file", r"mqtt\.password_file")]
)
def test_a_slip_in_what_is_not_claimed_ends_as_before(
    claimer: Claimer, device: Callable[..., Device], tmp_path: Path, key: str, words: str
) -> None:
    tls = tls_of(claimer)
    more = (
        {"tls": replace(tls, ca_file=tmp_path / "gone")} if key == "ca_file" else {"tls": tls, key: tmp_path / "gone"}
    )
    with pytest.raises(BrokerError, match=words):
        device(1, **more)


def test_at_the_start_the_updater_looks_at_the_same_and_no_more(claimer: Claimer) -> None:
    claimer.enrol()
    check_at_start(BrokerSettings(host="127.0.0.1", tls=tls_of(claimer)), "edge-agent-hall-3-renamed")
    without = replace(tls_of(claimer), claim=None)
    with pytest.raises(BrokerError, match="is the certificate of hall-3/cam-1"):
        check_at_start(BrokerSettings(host="127.0.0.1", tls=without), "edge-agent-hall-3-renamed")


def test_before_a_claim_there_is_no_access_and_the_reason_says_what_is_missing(tmp_path: Path) -> None:
    claim = ClaimSettings(url="https://est.example", ca_file=tmp_path / "ca.pem", token_credential="claim-token")
    tls = TlsSettings(cert_file=tmp_path / "d.pem", key_file=tmp_path / "d.key", claim=claim)
    with pytest.raises(BrokerError, match="no certificate yet"):
        read_access(BrokerSettings(host="127.0.0.1", tls=tls))
