"""Files that cannot be used: each mistake with its line and what to write, and a device that is as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from provisioned_device import FILE, SECRET, Box

from edge_agent.cli.main import main
from edge_agent.provision import provisioner


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def note(box: Box) -> str:
    return (box.boot / "edge-agent.error.txt").read_text()


WRONG = [
    ("site: plant-1", "site: Plant 1", 'edge-agent.yaml:2: site: "Plant 1" cannot be a part of a topic'),
    ("site: plant-1", "site: plant-1\ndevice: Hall", 'edge-agent.yaml:3: device: "Hall" cannot'),
    ("host: broker", "hots: broker", "edge-agent.yaml:12: mqtt.hots"),
    ("  username: press-1\n", "", "mqtt.password_credential: is given without a `username`"),
    ("host_name: press-1", "host_name: Press_1", "edge-agent.yaml:5: provision.host_name"),
    ("host_name: press-1", "hostname: press-1", "did you mean `host_name`?"),
    ("  username", "  password: open sesame\n  username", "write it as `provision: {mqtt_password: ...}`"),
    ("  username", "  password_file: there.txt\n  username", "keep one of the two"),
    ("mqtt_password: open sesame ", 'mqtt_password: "" ', "write the secret there"),
    ("mqtt_password: open sesame ", "mqtt_password: 123456 ", "provision.mqtt_password: expected"),
    ("  username", "  tls: {ca_file: ca.pem}\n  username", 'mqtt.tls.ca_file: "ca.pem" is no file there'),
    (
        "  username",
        "  tls: {ca_file: ../../etc/passwd}\n  username",
        "is no file there that can be read",
    ),
    ("  host_name", "  ca: nonsense\n  host_name", "provision.ca: is of no use without `mqtt.tls` (write `tls: {}`"),
    (
        "  host_name",
        "  camera_passwords: {yard: x}\n  host_name",
        "provision.camera_passwords: has a name",
    ),
    ("site: plant-1", "site: plant-1\nstate_dir: /tmp", "state_dir: must stay where the service may write"),
    ("source: {type: v4l2, device: /dev/video0}", "source: {type: clip, path: c.mp4}", "recordings are not taken over"),
    ("cameras:", "model: {use: ./m.tflite}\ncameras:", "models are not taken over"),
    ("site: plant-1", 'site: "plant-1', "a quote is opened and never closed"),
]


@pytest.mark.parametrize(("right", "wrong", "words"), WRONG)
def test_a_mistake_is_told_where_it_is_read_and_nothing_changes(box: Box, right: str, wrong: str, words: str) -> None:
    assert right in FILE
    text = FILE.replace(right, wrong, 1)
    file = box.put(text)
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (False, True)
    assert words in note(box)
    assert words in box.console()
    assert file.read_text() == text
    assert not box.on_the_device()
    assert SECRET.decode() not in note(box) + box.console()


def test_all_mistakes_are_told_at_once_and_the_note_ends_lines_as_windows_does(box: Box) -> None:
    box.put(FILE.replace("site: plant-1", "site: Plant 1").replace("host: broker.example", "port: x"))
    box.start()
    lines = (box.boot / "edge-agent.error.txt").read_bytes().split(b"\r\n")
    assert sum(line.startswith(b"edge-agent.yaml:") for line in lines) == 3


def test_a_password_without_a_certificate_that_fits_is_refused(box: Box) -> None:
    (box.boot / "ca.pem").write_text("no certificate")
    box.put(FILE + "  tls: {ca_file: ca.pem}\n")
    box.start()
    assert "mqtt.tls.ca_file: broker-ca.pem holds no PEM certificate" in note(box)


def test_a_link_on_a_stick_leads_nowhere(box: Box) -> None:
    (box.boot / "secret").symlink_to("/etc/passwd")
    box.put(
        FILE.replace("  mqtt_password: open sesame", "  #").replace("username", "password_file: secret\n  username")
    )
    box.start()
    assert "mqtt.password_file: a value that is not shown is no file there" in note(box)


TYPED_AS_THE_SECRET = [
    ("  username", "  password_file: Hunter2Secret\n  username"),
    ("  host_name: press-1", "  camera_passwords: {Hunter2Secret: cam-press}"),
    ("  host_name: press-1", "  host_name: Hunter2Secret!"),
    ("  host_name: press-1", "  camera_passwords: Hunter2Secret"),
    ("  username", "  tls: {key_file: Hunter2Secret}\n  username"),
]


@pytest.mark.parametrize(("right", "wrong"), TYPED_AS_THE_SECRET)
def test_a_secret_in_a_wrong_place_is_not_told_on(box: Box, right: str, wrong: str) -> None:
    box.put(FILE.replace("  mqtt_password: open sesame    # from the operator\n", "").replace(right, wrong, 1))
    assert box.start().failed
    assert "Hunter2" not in note(box) + box.console()


def test_a_section_that_is_the_secret_itself_is_not_told_on(box: Box) -> None:
    section = FILE[FILE.index("provision:") : FILE.index("cameras:")]
    box.put(FILE.replace(section, "provision: Hunter2Secret\n"))
    assert box.start().failed
    assert "Hunter2" not in note(box) + box.console()


@pytest.mark.parametrize("named", ["keys/config.txt", "./config.txt", "keys/../config.txt"])
def test_a_file_in_a_directory_is_refused_and_its_namesake_beside_stays(box: Box, named: str) -> None:
    (box.boot / "keys").mkdir()
    (box.boot / "keys/config.txt").write_text("let me in")
    (box.boot / "config.txt").write_text("arm_64bit=1\n")
    box.put(FILE.replace("  mqtt_password", "  #").replace("  username", f"  password_file: {named}\n  username"))
    assert box.start().failed
    assert "put it right beside the provisioning file" in note(box)
    assert (box.boot / "config.txt").read_text() == "arm_64bit=1\n"


def test_two_files_on_one_medium_are_refused_by_their_names_at_each_boot(box: Box) -> None:
    box.put()
    box.put(FILE.replace("plant-1", "plant-0"), "edge-agent.yaml.txt")
    for boot_id in ("first", "second"):
        box.boot_id = boot_id
        outcome = box.start()
        assert (outcome.taken, outcome.failed) == (False, True)
        assert "The device did not take edge-agent.yaml and edge-agent.yaml.txt" in note(box)
    assert not box.on_the_device()
    (box.boot / "edge-agent.yaml.txt").unlink()
    assert box.start().taken


def test_the_configuration_of_before_stays_and_that_is_said(box: Box) -> None:
    box.put()
    box.start()
    before = box.on_the_device()
    box.put(FILE.replace("site: plant-1", "site: Plant 2"))
    assert box.start().failed
    assert box.on_the_device() == before
    assert "the configuration of before stays" in box.console()


def test_corrected_it_is_taken_and_the_note_is_gone(box: Box) -> None:
    box.put(FILE.replace("site: plant-1", "site: Plant 2"))
    box.start()
    box.put()
    assert box.start().taken
    assert not (box.boot / "edge-agent.error.txt").exists()


def test_a_medium_that_cannot_be_read_is_no_fault_of_the_device(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(file: Path, flags: int) -> int:
        raise OSError(5, "Input/output error")

    box.put()
    monkeypatch.setattr(provisioner, "open_plain", broken)
    assert box.start().failed
    assert "it cannot be read: Input/output error" in note(box)


def test_a_laptop_can_tell_before(box: Box, capsys: pytest.CaptureFixture[str]) -> None:
    file = box.put(FILE.replace("site: plant-1", "site: Plant 2\ndevice: hall-1"))
    assert main(["provision", "--check", str(file)]) == 1
    assert f"{file}:2: site:" in capsys.readouterr().out
    assert [each.name for each in box.boot.iterdir()] == [file.name]
