"""Getting in: credentials, TLS, and what is said where it fails."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mosquitto import Mosquitto, TlsFiles
from mqtt_device import ROOT, Device, until
from mqtt_subscriber import Subscriber

from edge_agent.errors import BrokerError
from edge_agent.mqtt.broker_access import read_access
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
    password.chmod(0o600)
    running = device(mosquitto.port, username="cam", password_file=password).start(wait=False)
    running.append()
    until(lambda: mosquitto.log.read_text().count("disconnected, not authorised") >= 3)
    assert not running.publisher.connected
    corrected = tmp_path / "corrected"  # put in its place as a whole: the device may look at any moment
    corrected.write_text(SECRET + "\n")
    corrected.chmod(0o600)
    corrected.replace(password)
    until(lambda: running.publisher.connected)
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#", username="cam", password=SECRET)
    running.append()
    heard.until(lambda messages: any(message.json["seq"] == 2 for message in messages))
    assert caplog.text.count("check its user, its certificate") + caplog.text.count("mqtt.password_file") == 1
    assert SECRET not in caplog.text
    assert "wrong-but-also-secret" not in caplog.text


@pytest.mark.broker
def test_the_password_may_be_a_credential_of_systemd(
    broker: Broker, device: Devices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mqtt").write_text(SECRET)
    (tmp_path / "mqtt").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    device(broker(users={"cam": SECRET}).port, username="cam", password_credential="mqtt").start()


@pytest.mark.broker
def test_tls_with_the_right_authority(broker: Broker, device: Devices, tls_files: TlsFiles) -> None:
    running = device(broker(tls=tls_files).port, tls=TlsSettings(ca_file=tls_files.ca)).start()
    running.append(50)
    until(lambda: running.outbox.stats().pending == 0)


@pytest.mark.broker
def test_mutual_tls(broker: Broker, device: Devices, tls_files: TlsFiles) -> None:
    port = broker(tls=tls_files, client_certificates=True).port
    certificates = {"cert_file": tls_files.client_cert, "key_file": tls_files.client_key}
    running = device(port, tls=TlsSettings(ca_file=tls_files.ca, **certificates), client_id="client").start()
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
    assert "check that mqtt.tls.ca_file is the authority that signed it" in caplog.text
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


@pytest.fixture
def unknown_to_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer of a name server for a name that nobody has; a real one, or none, may take its time."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if host == "no.such.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.usefixtures("unknown_to_dns")
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
        (
            {"username": "cam", "password_file": Path("open")},
            "others can read or change open (mode 0644): chmod 600 open",
        ),
        ({"tls": {"cert_file": Path("text"), "key_file": Path("open")}}, "mqtt.tls.key_file: others can read"),
        ({"tls": {"key_credential": "key"}}, "cert_file and key_file go together"),
        ({"username": "cam", "password_credential": "mqtt"}, "systemd hands over no credentials"),
    ],
)
def test_files_that_cannot_be_used_are_named_before_anything_starts(
    settings: dict[str, Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    for name, content, mode in (("text", "not a certificate", 0o600), ("empty", "", 0o600), ("open", "x", 0o644)):
        Path(name).write_text(content)
        Path(name).chmod(mode)
    if "tls" in settings:
        settings = {"tls": TlsSettings(**settings["tls"])}
    with pytest.raises(BrokerError) as caught:
        read_access(BrokerSettings(host="127.0.0.1", **settings))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(SECRET)
    file.chmod(0o600)
    access = read_access(BrokerSettings(host="127.0.0.1", username="cam", password_file=file))
    assert access.password == SECRET
    assert SECRET not in repr(access)


def test_a_password_in_the_environment_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_AGENT_MQTT_PASSWORD", SECRET)
    assert read_access(BrokerSettings(host="127.0.0.1", username="cam")).password is None


def test_tls_is_1_2_or_newer_and_checks_the_name(tls_files: TlsFiles) -> None:
    context = read_access(BrokerSettings(host="127.0.0.1", tls=TlsSettings(ca_file=tls_files.ca))).tls
    assert context is not None
    assert context.minimum_version.name == "TLSv1_2"
    assert context.check_hostname
