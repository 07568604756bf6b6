"""Getting in: credentials, TLS, and what is said where it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mosquitto import Mosquitto, TlsFiles
from mqtt_device import ROOT, Device, until
from mqtt_subscriber import Subscriber

from edge_agent.errors import BrokerError
from edge_agent.mqtt.broker_access import PASSWORD_VARIABLE, read_access
from edge_agent.mqtt.broker_settings import BrokerSettings, TlsSettings

Broker = Callable[..., Mosquitto]
Devices = Callable[..., Device]
Subscribers = Callable[..., Subscriber]

SECRET = "correct horse battery staple"


@pytest.mark.broker
def test_bad_credentials_are_told_once_and_a_corrected_file_is_taken_up_without_a_restart(
    broker: Broker, device: Devices, subscriber: Subscribers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    mosquitto = broker(users={"cam": SECRET})
    password = tmp_path / "password"
    password.write_text("wrong-but-also-secret\n")
    running = device(mosquitto.port, username="cam", password_file=password).start(wait=False)
    running.append()
    until(lambda: mosquitto.log.read_text().count("disconnected, not authorised") >= 3)
    assert not running.publisher.connected
    password.write_text(SECRET + "\n")
    until(lambda: running.publisher.connected)
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#", username="cam", password=SECRET)
    running.append()
    heard.until(lambda messages: any(message.json["seq"] == 2 for message in messages))
    assert caplog.text.count("check its user, its certificate") + caplog.text.count("mqtt.password_file") == 1
    assert SECRET not in caplog.text
    assert "wrong-but-also-secret" not in caplog.text


@pytest.mark.broker
def test_the_password_may_come_from_the_environment(
    broker: Broker, device: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, SECRET)
    device(broker(users={"cam": SECRET}).port, username="cam").start()


@pytest.mark.broker
def test_tls_with_the_right_authority(broker: Broker, device: Devices, tls_files: TlsFiles) -> None:
    running = device(broker(tls=tls_files).port, tls=TlsSettings(ca_file=tls_files.ca)).start()
    running.append(50)
    until(lambda: running.outbox.stats().pending == 0)
    assert running.stop() < 2.0


@pytest.mark.broker
def test_mutual_tls(broker: Broker, device: Devices, tls_files: TlsFiles) -> None:
    port = broker(tls=tls_files, client_certificates=True).port
    certificates = {"cert_file": tls_files.client_cert, "key_file": tls_files.client_key}
    running = device(port, tls=TlsSettings(ca_file=tls_files.ca, **certificates)).start()
    running.append()
    until(lambda: running.outbox.stats().pending == 0)


# paho leaves the TCP socket to the garbage collector where the handshake fails, which warns.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.broker
def test_a_broker_of_another_authority_is_not_trusted(
    broker: Broker, device: Devices, tls_files: TlsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    running = device(broker(tls=tls_files).port, tls=TlsSettings(ca_file=tls_files.other_ca)).start(wait=False)
    until(lambda: "is not trusted" in caplog.text)
    assert "check mqtt.tls.ca_file" in caplog.text
    assert not running.publisher.connected


@pytest.mark.broker
def test_a_missing_client_certificate_is_named(
    broker: Broker, device: Devices, tls_files: TlsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    port = broker(tls=tls_files, client_certificates=True).port
    running = device(port, tls=TlsSettings(ca_file=tls_files.ca)).start(wait=False)
    until(lambda: "no MQTT connection" in caplog.text)
    assert "set mqtt.tls.cert_file and key_file" in caplog.text
    assert not running.publisher.connected


@pytest.mark.parametrize(
    ("host", "words"),
    [("127.0.0.1", "refuses connections: check that the broker runs there"), ("no.such.invalid", "cannot be resolved")],
)
def test_no_broker_is_told_once_and_never_ends_the_thread(
    device: Devices, another_port: int, caplog: pytest.LogCaptureFixture, host: str, words: str
) -> None:
    waiting = device(another_port)
    waiting.publisher._settings = BrokerSettings(host=host, port=another_port)
    waiting.start(wait=False)
    until(lambda: words in caplog.text)
    assert waiting._thread.is_alive()
    waiting.stop()
    assert caplog.text.count(words) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"username": "cam", "password_file": Path("absent")}, "mqtt.password_file: cannot read absent: No such file"),
        ({"tls": {"ca_file": Path("absent")}}, "mqtt.tls.ca_file: cannot read absent: No such file"),
        ({"tls": {"ca_file": Path("text")}}, "text holds no PEM certificate"),
        ({"tls": {"cert_file": Path("text")}}, "cert_file and key_file go together"),
        ({"tls": {"cert_file": Path("text"), "key_file": Path("text")}}, "not a PEM certificate"),
        ({"username": "cam", "password_file": Path("empty")}, "is empty: write the password into it"),
    ],
)
def test_files_that_cannot_be_used_are_named_before_anything_starts(
    settings: dict[str, Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text").write_text("not a certificate")
    Path("empty").write_text("")
    if "tls" in settings:
        settings = {"tls": TlsSettings(**settings["tls"])}
    with pytest.raises(BrokerError) as caught:
        read_access(BrokerSettings(host="127.0.0.1", **settings))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, SECRET)
    access = read_access(BrokerSettings(host="127.0.0.1", username="cam"))
    assert access.password == SECRET
    assert SECRET not in repr(access)


def test_tls_is_1_2_or_newer_and_checks_the_name(tls_files: TlsFiles) -> None:
    context = read_access(BrokerSettings(host="127.0.0.1", tls=TlsSettings(ca_file=tls_files.ca))).tls
    assert context is not None
    assert context.minimum_version.name == "TLSv1_2"
    assert context.check_hostname
