"""Nothing secret is in a support bundle, wherever it was planted; and what helps is."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.app.support.bundle import Wish, write_bundle
from edge_agent.app.support.redact import REDACTED, Redactor
from edge_agent.cli.main import main
from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Phase, Severity, Verdict
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Message
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.outbox_rows import DeadLetter
from edge_agent.mqtt.outbox_schema import OUTBOX_FILE

PROJECT = Path(__file__).resolve().parents[2]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
KEY_LINES = (
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgplantedKeyMaterial01",
    "plantedKeyMaterial02xyz8Kd0QpLm==",
)
KEY = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(KEY_LINES) + "\n-----END PRIVATE KEY-----\n"
PLANTED = {
    "mqtt password": "planted-mqtt-pass",
    "camera password": "planted-cam-pass",
    "short camera password": "xK9q",
    "credential": "planted credential with spaces",
    "password in an address": "planted-url-pass",
    "token in an address": "planted-url-token",
    "path of an address": "planted-path-secret",
    "environment": "planted-env-token",
    "password in a comment": "planted-comment-pass",
    "unknown password in the journal": "planted-journal-pass",
    "bearer in the journal": "planted-bearer-0123456789",
    "jws": "eyJhbGciOiJFZERTQSJ9.cGxhbnRlZA.c2lnbmF0dXJl",
    "random token in the journal": "Zx81kQpW7vLm20TnRb5YcD4eHs9UaGj3",
    "payload of an event": "planted-payload-content",
    "health": "planted-health-pass",
}
JOURNAL = f"""\
2026-11-21T06:00:00+0000 edge-agent[77]: WARNING camera net: rtsp://admin:{PLANTED["password in an address"]}@10.0.0.9/x
2026-11-21T06:00:01+0000 edge-agent[77]: WARNING connecting with {PLANTED["mqtt password"]} failed
2026-11-21T06:00:02+0000 edge-agent[77]: DEBUG base64 cGxhbnRlZC1tcXR0LXBhc3M= and planted%20credential%20with%20spaces
2026-11-21T06:00:03+0000 edge-agent[77]: DEBUG password: {PLANTED["unknown password in the journal"]}
2026-11-21T06:00:04+0000 edge-agent[77]: DEBUG Authorization: Bearer {PLANTED["bearer in the journal"]}
2026-11-21T06:00:05+0000 edge-agent[77]: DEBUG {PLANTED["jws"]}
2026-11-21T06:00:06+0000 edge-agent[77]: DEBUG {PLANTED["random token in the journal"]}
2026-11-21T06:00:07+0000 edge-agent[77]: DEBUG {KEY_LINES[0]}
2026-11-21T06:00:08+0000 edge-agent[77]: DEBUG camera pass {PLANTED["short camera password"]}
2026-11-21T06:00:09+0000 edge-agent[77]: INFO connected to broker.plant.example:8883 with MQTT 5
"""
SYSTEMD = f"""\
Id=edge-agent.service
ActiveState=active
NRestarts=3
StatusText=watching, {PLANTED["camera password"]}
"""


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A device with a secret in every place where one can be; returns its configuration."""
    for name, text in (("mqtt.pass", PLANTED["mqtt password"]), ("cam.pass", PLANTED["camera password"])):
        (tmp_path / name).write_text(text + "\n")
    (tmp_path / "short.pass").write_text(PLANTED["short camera password"])
    (tmp_path / "device.key").write_text(KEY)
    for file in tmp_path.iterdir():
        file.chmod(0o600)
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "net3").write_text(PLANTED["credential"])
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool, text in (("journalctl", JOURNAL), ("systemctl", SYSTEMD)):
        (tmp_path / f"{tool}.txt").write_text(text)
        (tools / tool).write_text(f'#!/bin/sh\necho "$0 $*" >> {tmp_path}/asked\ncat {tmp_path}/{tool}.txt\n')
        (tools / tool).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    monkeypatch.setenv("CAMERA_API_TOKEN", PLANTED["environment"])
    monkeypatch.setattr("os.nice", lambda _: 0)
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / "picture.png").write_bytes(PNG)
    fill_outbox(state)
    config = tmp_path / "edge-agent.yaml"
    config.write_text(f"""\
# password: {PLANTED["password in a comment"]}
site: plant-1
device: dev-1
state_dir: {state}
cameras:
  - name: net
    source:
      type: stream
      url: rtsp://127.0.0.1:9/{PLANTED["path of an address"]}?token={PLANTED["token in an address"]}
      username: planted-user
      password_file: {tmp_path}/cam.pass
  - name: net2
    source: {{type: stream, url: "http://127.0.0.1:9/x", username: u, password_file: {tmp_path}/short.pass}}
  - name: net3
    source: {{type: stream, url: "http://127.0.0.1:9/x", username: u, password_credential: net3}}
mqtt:
  host: broker.plant.invalid
  username: dev-1-user
  password_file: {tmp_path}/mqtt.pass
  tls: {{cert_file: {tmp_path}/device.key, key_file: {tmp_path}/device.key}}
commands:
  keys: [{{kid: desk, public_key: 6Kccnz1hpfcCCyTgA4fzOqpfsRGlUUxHt4tTKFLSDd8, allow: [identify]}}]
""")
    return config


def fill_outbox(state: Path) -> None:
    """One event that waits and one that was put aside, with something in them that must not be handed on."""
    outbox = Outbox(state / OUTBOX_FILE, OutboxSettings(), MediaClock(1.7e9), "boot-1")
    outbox.open()
    for number in range(2):
        event = Event(
            id=f"e{number}",
            incident_id=f"i{number}",
            rev=0,
            phase=Phase.RAISED,
            rule="fall",
            severity=Severity.CRITICAL,
            verdict=Verdict.YES,
            confidence=1.0,
            camera="net",
            zone="net",
            observed_s=0.0,
            duration_s=0.0,
            evidence=(),
        )
        outbox.append(event, message)
    outbox.quarantine(1, "the broker refused it: Packet too large")
    outbox.close()


def message(seq: int) -> Message:
    return Message("t", PLANTED["payload of an event"].encode(), f"e{seq}", Severity.CRITICAL)


def contents(file: Path) -> dict[str, str]:
    with tarfile.open(file) as archive:
        members = [(member.name, archive.extractfile(member)) for member in archive.getmembers()]
        return {Path(name).name: stream.read().decode() for name, stream in members if stream is not None}


@pytest.fixture
def bundle(device: Path, tmp_path: Path) -> dict[str, str]:
    health = json.dumps({"uptime_s": 12.0, "note": f"password={PLANTED['health']}"})
    written = write_bundle(Wish(device, health=health, quick=True), tmp_path / "b.tar.gz")
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o600
    assert written.size_bytes == written.path.stat().st_size
    return contents(written.path)


def test_no_planted_secret_comes_out(bundle: dict[str, str], tmp_path: Path) -> None:
    whole = "\n".join(bundle.values())
    assert {place for place, secret in PLANTED.items() if secret in whole} == set()
    for hidden in ("cGxhbnRlZC1tcXR0", "planted%20", "plantedKeyMaterial", "planted-user", "dev-1-user", "6Kccnz1hpf"):
        assert hidden not in whole
    assert "planted" not in whole.replace(str(tmp_path), ""), (
        "every planted secret has this word, or a shape of its own"
    )


def test_a_secret_is_planted_in_what_the_bundle_is_made_of(device: Path) -> None:
    """Else the test above proves nothing."""
    sources = device.read_text() + JOURNAL + SYSTEMD + KEY
    for file in (*device.parent.glob("*.pass"), *(device.parent / "credentials").iterdir()):
        sources += file.read_text()
    raw = (device.parent / "state" / OUTBOX_FILE).read_bytes()
    in_outbox = PLANTED["payload of an event"].encode() in raw or any(
        PLANTED["payload of an event"].encode() in file.read_bytes() for file in (device.parent / "state").iterdir()
    )
    elsewhere = {"environment", "health", "payload of an event"}
    assert in_outbox
    assert [place for place, secret in PLANTED.items() if place not in elsewhere and secret not in sources] == []


def test_no_picture_comes_out(bundle: dict[str, str]) -> None:
    assert all("PNG\r\n" not in text and "\ufffd" not in text for text in bundle.values())
    names = [entry["name"] for entry in json.loads(bundle["state.json"])]
    assert "picture.png" in names, "that it is there is told, its content is not"


def test_what_helps_is_in_it(bundle: dict[str, str]) -> None:
    assert bundle.keys() >= {
        "about.json", "settings.json", "outbox.json", "doctor.json", "health.json", "systemd.txt", "journal.txt",
    }  # fmt: skip
    documents = {name: json.loads(text) for name, text in bundle.items() if name.endswith(".json")}
    assert documents["settings.json"]["cameras"][0]["source"]["url"] == f"rtsp://127.0.0.1:9/{REDACTED}"
    assert documents["settings.json"]["mqtt"]["host"] == "broker.plant.invalid"
    assert documents["outbox.json"]["pending"] == 1
    (aside,) = documents["outbox.json"]["put_aside"]
    assert (aside["seq"], aside["reason"]) == (1, "the broker refused it: Packet too large")
    assert documents["health.json"]["uptime_s"] == 12.0
    assert any(check["verdict"] == "fail" for check in documents["doctor.json"]["checks"]), "there is no broker"
    assert "NRestarts=3" in bundle["systemd.txt"]
    assert "connected to broker.plant.example:8883 with MQTT 5" in bundle["journal.txt"]
    assert bundle["journal.txt"].count("\n") == JOURNAL.count("\n")


def test_the_environment_of_the_service_is_not_even_asked_for(bundle: dict[str, str], tmp_path: Path) -> None:
    asked = (tmp_path / "asked").read_text()
    assert "systemctl show" in asked
    assert "Environment" not in asked
    assert "-n 3000" in asked, "bounded"


def test_a_broken_configuration_gives_a_bundle_without_what_stands_in_it(device: Path, tmp_path: Path) -> None:
    device.write_text(
        device.read_text() + f"passwort: 'planted-typo'\nmqtt: {{password: {PLANTED['mqtt password']}}}\n"
    )
    written = write_bundle(Wish(device, quick=True), tmp_path / "b.tar.gz")
    found = contents(written.path)
    assert "cannot_be_used" in found["settings.json"]
    assert "planted" not in "".join(found.values()).replace(str(tmp_path), "")


def test_host_names_and_addresses_can_be_hidden(device: Path, tmp_path: Path) -> None:
    claim = f"claim: {{url: 'https://est.plant.invalid:8443', ca_file: {tmp_path}/ca.pem}}"
    text = device.read_text().replace("  tls: {", f"  tls: {{{claim}, ").replace("device.key, key", "device.pem, key")
    update = f"update: {{url: 'https://updates.plant.invalid/m', group: g, trusted_root: {tmp_path}/root.json}}"
    device.write_text(f"{text}{update}\n")
    health = json.dumps({"note": "accepted as dev-1-user; tried fd12::5, [fe80::1%eth0]:8883 and 2001:db8:1:2:3:4:5:6"})
    written = write_bundle(Wish(device, quick=True, hide_names=True, health=health), tmp_path / "b.tar.gz")
    found = contents(written.path)
    whole = "".join(found.values())
    assert "cannot_be_used" not in found["settings.json"]
    for name in ("plant.invalid", "127.0.0.1", "10.0.0.9", "dev-1-user", "fd12", "fe80", "2001:db8"):
        assert name not in whole


@pytest.mark.parametrize(
    "address",
    ["fd12::5", "::1", "fd12:3456::5", "fe80::1", "2001:db8::10:5", "2001:db8:1:2:3:4:5:6", "::ffff:10.0.0.7"],
)
def test_an_address_is_hidden_however_short_it_is_written(address: str) -> None:
    redact = Redactor([], ["broker"])
    for text in (f"at {address}.", f"[{address}]:8883", f'"{address}"', f"{address}, and"):
        assert redact(text) == text.replace(address, "[address]")


@pytest.mark.parametrize("text", ["2026-11-21T06:00:01+0000 x", "06:00:01", "std::vector", "edge_agent::run", "a: b"])
def test_what_has_colons_and_is_no_address_stays(text: str) -> None:
    assert Redactor([], ["broker"])(text) == text


def test_a_bundle_that_cannot_be_gathered_leaves_no_file(
    device: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("edge_agent.app.support.bundle.texts", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_bundle(Wish(device, quick=True), tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()


def test_the_command_says_where_it_is_and_overwrites_nothing(
    device: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "mine.tar.gz"
    arguments = ["support-bundle", "--quick", "--config", str(device), "--output", str(output)]
    assert main(arguments) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == str(output)
    assert "sha256" in said[1]
    before = output.read_bytes()
    assert main(arguments) == 1
    assert output.read_bytes() == before
    monkeypatch.setattr("sys.stdin", io.StringIO('{"uptime_s": 7}'))
    assert main([*arguments[:-1], str(tmp_path / "second.tar.gz"), "--health-on-stdin"]) == 0
    assert json.loads(contents(tmp_path / "second.tar.gz")["health.json"]) == {"uptime_s": 7}


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=6, max_size=40),
    st.text(max_size=60),
)
def test_a_known_secret_never_stays(secret: str, around: str) -> None:
    secret = secret.strip()
    redact = Redactor([secret])
    if len(secret) >= 6 and secret not in REDACTED:
        assert secret not in redact(f"{around} {secret}{around}").replace(REDACTED, "\0")


@pytest.mark.parametrize(
    "text",
    [
        "camera hall: 640x480 at 15.0 frames a second",
        "edge-agent/v1/plant-1/press-hall-1/update/doctor/942b04f0",
        "/var/lib/edge-agent/models/yolov8n-pose-320-st/model.tflite",
        "mqtt.password_file: others can read /etc/edge-agent/password (mode 0644): chmod 600",
        "config 862b363bbdbe, incident 01a1fcd9-b423-7085-a105-c13774a9b1d6",
        "docs/security.md tells more",
        '"token": null',
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor(["planted-word"])(text) == text


def test_dead_letters_have_a_payload_that_is_left_out() -> None:
    """Should somebody add fields to the outbox's section: the class holds the payload beside the reason."""
    assert "payload" in DeadLetter.__dataclass_fields__
