"""From a file on the boot partition to a device that can start: what is there afterwards, and what is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from provisioned_device import FILE, SECRET, SERIAL, Box, certificates, mode

from edge_agent.app.provisioned import read_provisioned
from edge_agent.cli.main import main

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_nothing_there_is_nothing_done(box: Box) -> None:
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (False, False)
    assert not (box.home / "config.yaml").exists()


def test_the_configuration_is_there_with_its_comments_and_without_the_secret(box: Box) -> None:
    box.put()
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (True, False)
    text = box.text("etc/edge-agent/config.yaml")
    assert text.startswith("# Hall 1, beside the press.\ndevice: edge-10000000abcdef01\nsite: plant-1\ncameras:\n")
    assert "# on the left column" in text
    assert "mqtt:\n  password_credential: mqtt-password\n  host: broker.example\n" in text
    assert "sesame" not in text
    assert "older" not in text
    settings = box.settings()
    assert settings.device == f"edge-{SERIAL}"
    assert settings.mqtt.password_credential == "mqtt-password"


def test_secrets_are_root_s_alone_and_the_configuration_is_the_agent_s_to_read(box: Box) -> None:
    box.put()
    box.start()
    assert (box.home / "credentials/mqtt-password").read_bytes() == SECRET
    assert mode(box.home / "credentials/mqtt-password") == "0o600"
    assert mode(box.home / "credentials") == "0o700"
    assert mode(box.home / "provisioning") == "0o700"
    assert mode(box.home / "config.yaml") == "0o640"
    assert mode(box.home) == "0o750"


def test_the_computer_has_its_name_and_knows_itself_by_it(box: Box) -> None:
    (box.root / "etc/hosts").write_text("127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n::1\tlocalhost\n")
    box.put()
    box.start()
    assert box.text("etc/hostname") == "press-1\n"
    assert box.text("etc/hosts") == "127.0.0.1\tlocalhost\n127.0.1.1\tpress-1\n::1\tlocalhost\n"
    assert mode(box.root / "etc/hosts") == "0o644"


def test_without_a_host_name_it_has_the_device_s(box: Box) -> None:
    box.put(FILE.replace("  host_name: press-1\n", "").replace("site: plant-1", "site: plant-1\ndevice: hall-1"))
    box.start()
    assert box.text("etc/hostname") == "hall-1\n"
    record = read_provisioned(box.home / "config.yaml")
    assert record is not None
    assert record.device_from == "file"


def test_the_source_is_wiped_and_a_note_without_a_secret_stays(box: Box) -> None:
    box.put()
    (box.boot / "edge-agent.error.txt").write_text("from the last time")
    (box.boot / "cmdline.txt").write_text("not ours")
    box.start()
    assert sorted(file.name for file in box.boot.iterdir()) == ["cmdline.txt", "edge-agent.done.txt"]
    note = (box.boot / "edge-agent.done.txt").read_bytes()
    assert b"Device: edge-10000000abcdef01 (from its serial number)\r\n" in note
    assert b"by a clock that was not set" in note
    assert SECRET not in note
    assert "sesame" not in box.console()


def test_the_blocks_are_overwritten_before_the_file_is_deleted(box: Box) -> None:
    with box.put().open("rb") as same_blocks:
        box.start()
        assert same_blocks.read() == bytes(len(FILE))


def test_the_agent_can_say_how_it_came_about(box: Box) -> None:
    box.put()
    box.start()
    record = read_provisioned(box.home / "config.yaml")
    assert record is not None
    assert record.model_dump() == {
        "at": "2026-05-28T20:26:40.000Z",
        "clock_synced": False,
        "source": "boot",
        "device_from": "serial",
        "wiped": True,
    }


def test_a_record_that_cannot_be_read_keeps_nobody_from_watching(box: Box) -> None:
    assert read_provisioned(box.home / "config.yaml") is None
    box.put()
    box.start()
    (box.home / "provisioned.json").write_text("{")
    assert read_provisioned(box.home / "config.yaml") is None


def test_a_second_start_changes_nothing(box: Box) -> None:
    box.put()
    box.start()
    before = box.on_the_device()
    box.boot_id = "second"
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (False, False)
    assert box.on_the_device() == before


def test_certificates_may_lie_beside_the_file(box: Box, tmp_path: Path) -> None:
    ca, cert, key = certificates(tmp_path / "bench", "hall-1")
    for name, file in (("ca.pem", ca), ("device.pem", cert), ("device.key", key)):
        (box.boot / name).write_bytes(file.read_bytes())
    tls = "  tls:\n    ca_file: ca.pem  # ours\n    cert_file: device.pem\n    key_file: device.key\n"
    box.put(FILE.replace("site: plant-1", "site: plant-1\ndevice: hall-1") + tls)
    outcome = box.start()
    assert not outcome.failed, box.console()
    found = box.settings().mqtt.tls
    assert found is not None
    assert found.ca_file == box.home / "certificates/broker-ca.pem"
    assert found.cert_file == box.home / "certificates/device.pem"
    assert (found.key_file, found.key_credential) == (None, "device-key")
    assert (box.home / "credentials/device-key").read_bytes() == key.read_bytes()
    assert mode(box.home / "credentials/device-key") == "0o600"
    assert mode(box.home / "certificates/device.pem") == "0o640"
    assert [file.name for file in box.boot.iterdir()] == ["edge-agent.done.txt"]


def indented(file: Path) -> str:
    return "".join(f"    {line}\n" for line in file.read_text().splitlines())


def test_certificates_may_stand_in_the_file(box: Box, tmp_path: Path) -> None:
    ca, cert, key = certificates(tmp_path / "bench", "hall-1")
    section = "".join(
        f"  {name}: |\n{indented(file)}" for name, file in (("ca", ca), ("certificate", cert), ("private_key", key))
    )
    text = FILE.replace("site: plant-1", "site: plant-1\ndevice: hall-1").replace(
        "provision:\n", f"provision:\n{section}"
    )
    box.put(text + "  tls: {}\n")
    outcome = box.start()
    assert not outcome.failed, box.console()
    assert "PRIVATE KEY" not in box.text("etc/edge-agent/config.yaml")
    assert (box.home / "credentials/device-key").read_bytes() == key.read_bytes()
    tls = box.settings().mqtt.tls
    assert tls is not None
    assert tls.cert_file == box.home / "certificates/device.pem"


def test_an_invitation_to_claim_a_certificate_is_put_where_the_claim_finds_it(box: Box, tmp_path: Path) -> None:
    ca, _, _ = certificates(tmp_path / "bench", "hall-1")
    (box.boot / "token").write_text("one-time word\n")
    where = "cert_file: /var/lib/edge-agent/claim/device.pem, key_file: /var/lib/edge-agent/claim/device.key"
    claim = "claim: {url: 'https://est.example:8443', token_file: token}"
    text = FILE.replace("provision:\n", f"provision:\n  claim_ca: |\n{indented(ca)}")
    box.put(f"{text}  tls: {{{where}, {claim}}}\n")
    outcome = box.start()
    assert not outcome.failed, box.console()
    tls = box.settings().mqtt.tls
    assert tls is not None
    assert tls.claim is not None
    assert (tls.claim.token_file, tls.claim.token_credential) == (None, "claim-token")
    assert tls.claim.ca_file == box.home / "certificates/claim-ca.pem"
    assert (box.home / "credentials/claim-token").read_text() == "one-time word\n"
    assert mode(box.home / "credentials/claim-token") == "0o600"
    assert [file.name for file in box.boot.iterdir()] == ["edge-agent.done.txt"]


def test_another_device_s_certificate_is_refused(box: Box, tmp_path: Path) -> None:
    ca, cert, key = certificates(tmp_path / "bench", "hall-2")
    for name, file in (("ca.pem", ca), ("device.pem", cert), ("device.key", key)):
        (box.boot / name).write_bytes(file.read_bytes())
    tls = "  tls: {ca_file: ca.pem, cert_file: device.pem, key_file: device.key}\n"
    box.put(FILE.replace("site: plant-1", "site: plant-1\ndevice: hall-1") + tls)
    assert box.start().failed
    assert "device.pem is the certificate of" in box.console()
    assert "hall-1" in box.console()


def test_a_camera_s_password_is_the_agent_s_own(box: Box) -> None:
    camera = "  - name: yard\n    source: {type: stream, url: 'rtsp://cam.example/1', username: viewer}\n"
    text = FILE.replace("mqtt:\n  host", f"{camera}mqtt:\n  host")
    box.put(text.replace("  host_name", "  camera_passwords: {yard: let me in}\n  host_name"))
    outcome = box.start()
    assert not outcome.failed, box.console()
    file = box.home / "cameras/yard.password"
    assert file.read_text() == "let me in"
    assert mode(file) == "0o600"
    assert box.settings().cameras[1].source.password_file == file  # type: ignore[union-attr]


def test_what_an_earlier_configuration_had_beside_it_is_taken_away(box: Box) -> None:
    box.put()
    box.start()
    assert (box.home / "credentials/mqtt-password").exists()
    box.put("site: plant-2\n" + FILE[FILE.index("cameras:") :].replace("  username: press-1\n", ""))
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (True, False), box.console()
    assert not (box.home / "credentials/mqtt-password").exists()


def test_a_secret_that_is_on_the_device_may_be_named(box: Box) -> None:
    box.put()
    box.start()
    box.put(
        FILE[FILE.index("cameras:") :].replace(
            "mqtt:\n", "site: plant-2\nmqtt:\n  password_credential: mqtt-password\n"
        )
    )
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (True, False), box.console()
    assert (box.home / "credentials/mqtt-password").read_bytes() == SECRET


def test_a_file_in_one_line_is_taken_too(box: Box) -> None:
    document = yaml.safe_load(FILE)
    box.put(json.dumps(document))
    outcome = box.start()
    assert not outcome.failed, box.console()
    assert box.settings().device == f"edge-{SERIAL}"
    assert "sesame" not in box.text("etc/edge-agent/config.yaml")


def test_windows_writes_it_otherwise_and_it_is_taken_all_the_same(box: Box) -> None:
    (box.boot / "edge-agent.yaml.txt").write_bytes(b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode())
    outcome = box.start()
    assert not outcome.failed, box.console()
    assert (box.home / "credentials/mqtt-password").read_bytes() == SECRET


def test_the_example_is_good(box: Box, capsys: pytest.CaptureFixture[str]) -> None:
    example = PROJECT / "config" / "provisioning.example.yaml"
    assert main(["provision", "--check", str(example)]) == 0
    assert "good, for a device that is named by its serial number at site plant-1" in capsys.readouterr().out
    box.put(example.read_text())
    assert not box.start().failed, box.console()
    assert box.text("etc/edge-agent/config.yaml").count("#") > 3


def test_the_least_file_of_the_documentation_is_good(box: Box) -> None:
    text = (PROJECT / "docs" / "provisioning.md").read_text()
    block = text.partition("least is\n\n")[2].partition("\n\n2. ")[0]
    box.put("".join(f"{line[7:]}\n" for line in block.splitlines()))
    assert not box.start().failed, box.console()
