"""The doctor's checks, each on something that is well and on something that is not."""

from __future__ import annotations

import errno
import struct
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from mosquitto import Mosquitto, make_tls
from mqtt_subscriber import Subscriber
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge_agent.app.doctor.check_broker import check_broker
from edge_agent.app.doctor.check_camera import check_camera, driver_findings
from edge_agent.app.doctor.check_clock import check_clock
from edge_agent.app.doctor.check_disk import check_disk
from edge_agent.app.doctor.check_heat import check_heat
from edge_agent.app.doctor.check_model import check_model
from edge_agent.app.doctor.check_permissions import check_permissions
from edge_agent.app.doctor.finding import Finding
from edge_agent.app.doctor.running_agent import agent_runs
from edge_agent.app.doctor.v4l2_facts import V4l2Facts, read_facts
from edge_agent.app.state_lock import StateLock
from edge_agent.capture.source_settings import ClipSettings, StreamSettings, V4l2Settings
from edge_agent.clock import MediaClock
from edge_agent.errors import CaptureError
from edge_agent.mqtt.broker_settings import BrokerSettings, TlsSettings
from edge_agent.settings.settings import CameraSettings, Settings

PROJECT = Path(__file__).resolve().parents[2]
CLIP = PROJECT / "edge_agent" / "demo" / "clip.mp4"
ACL = (PROJECT / "docs" / "examples" / "mosquitto" / "edge-agent.acl").read_text()
ROOT = "edge-agent/v1/plant-1/dev-1"


def settings(state: Path, port: int = 1883, **mqtt: object) -> Settings:
    broker = BrokerSettings(host="127.0.0.1", port=port, **mqtt)  # type: ignore[arg-type]
    return Settings(site="plant-1", device="dev-1", state_dir=state, cameras=(clip(),), mqtt=broker)


def clip(path: Path = CLIP) -> CameraSettings:
    return CameraSettings(name="hall", source=ClipSettings(type="clip", path=path))


def verdicts(findings: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.verdict.value for finding in findings}


def secret(directory: Path, text: str = "s3cret-word", mode: int = 0o600) -> Path:
    file = directory / "password"
    file.write_text(text + "\n")
    file.chmod(mode)
    return file


class Driver:
    """A V4L2 driver in memory: MJPG in two sizes, autofocus on; `taken` while another program streams."""

    def __init__(self, *, taken: bool = False, metadata: bool = False) -> None:
        self.taken = taken
        self.metadata = metadata
        self.asked_for_buffers: list[int] = []

    def __call__(self, _descriptor: int, request: int, buffer: bytearray) -> int:
        kind = request & 0xFF
        index = struct.unpack_from("<I", buffer)[0]
        if kind == 0:
            buffer[16:28] = b"Test Camera\0"
            struct.pack_into("<II", buffer, 84, 0x84A00001, 0x04A00000 if self.metadata else 0x04200001)
        elif kind == 2 and index == 0:
            buffer[44:48] = b"MJPG"
        elif kind == 74 and index < 2:
            struct.pack_into("<III", buffer, 8, 1, (640, 1280)[index], (480, 720)[index])
        elif kind == 27 and index in (0x9A0901, 0x9A090C):
            struct.pack_into("<i", buffer, 4, 1)
        elif kind == 8 and not self.taken:
            self.asked_for_buffers.append(index)
        else:
            raise OSError(errno.EBUSY if kind == 8 else errno.EINVAL, "no")
        return 0


def test_a_camera_tells_formats_exposure_and_focus_and_its_buffers_are_given_back(tmp_path: Path) -> None:
    (tmp_path / "video0").touch()
    driver = Driver()
    facts = read_facts(str(tmp_path / "video0"), driver)
    assert facts == V4l2Facts(
        "Test Camera", True, ("MJPG 640x480 1280x720",), {"exposure_auto": 1, "focus_auto": 1}, False
    )
    assert driver.asked_for_buffers == [1, 0]
    assert read_facts(str(tmp_path / "video0"), Driver(taken=True)).busy
    assert not read_facts(str(tmp_path / "video0"), Driver(metadata=True)).captures
    with pytest.raises(CaptureError, match="no V4L2 device"):
        read_facts("/dev/null")
    with pytest.raises(CaptureError, match="No such file"):
        read_facts(str(tmp_path / "video9"))


def test_what_a_driver_says_is_judged() -> None:
    source = V4l2Settings(type="v4l2", device="/dev/video0")
    good = V4l2Facts("C", True, ("MJPG 640x480",), {"focus_auto": 0}, False)
    assert {f.verdict.value for f in driver_findings("c", source, good)} == {"pass"}
    hunting = replace(good, controls={"focus_auto": 1, "exposure_may_lower_fps": 1})
    assert [f.verdict.value for f in driver_findings("c", source, hunting)] == ["pass", "pass", "warn", "warn"]
    assert [f.verdict.value for f in driver_findings("c", source, replace(good, captures=False))] == ["fail"]
    raw = replace(good, formats=("YUYV 640x480",), controls={})
    assert [f.verdict.value for f in driver_findings("c", source, raw)] == ["warn"]


def test_a_camera_that_the_agent_has_is_explained_and_one_that_another_has_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = V4l2Facts("C", True, ("MJPG 640x480",), {}, True)
    monkeypatch.setattr("edge_agent.app.doctor.check_camera.read_facts", lambda _: busy)
    camera = CameraSettings(name="usb", source=V4l2Settings(type="v4l2", device="/dev/video0"))
    beside = list(check_camera(camera, beside_agent=True))
    assert {f.verdict.value for f in beside} == {"pass"}
    assert "an agent runs" in beside[-1].detail
    alone = list(check_camera(camera, beside_agent=False))[-1]
    assert (alone.verdict.value, "fuser" in alone.next_step) == ("fail", True)


def test_a_clip_gives_its_rate_and_a_missing_one_says_so(tmp_path: Path) -> None:
    rate, look = check_camera(clip(), beside_agent=False)
    assert "640x480 at 15.0 frames a second" in rate.detail
    assert (rate.verdict.value, look.verdict.value) == ("pass", "pass")
    (gone,) = check_camera(clip(tmp_path / "none.mp4"), beside_agent=False)
    assert (gone.verdict.value, "does not exist" in gone.detail) == ("fail", True)


def test_a_stream_whose_password_only_the_service_has_is_not_opened() -> None:
    source = StreamSettings(type="stream", url="rtsp://127.0.0.1:9/x", username="u", password_credential="cam")
    (found,) = check_camera(CameraSettings(name="net", source=source), beside_agent=False)
    assert (found.verdict.value, "credential" in found.detail) == ("warn", True)


def test_the_model_is_opened_and_its_speed_told(tmp_path: Path) -> None:
    model, speed = check_model(settings(tmp_path), beside_agent=True)
    assert model.verdict.value == "pass"
    assert "edge-pose-n" in model.detail
    assert "frames a second" in speed.detail
    assert speed.verdict.value != "fail", "beside an agent slow is no fault"
    chosen = replace(settings(tmp_path), model=replace(settings(tmp_path).model, use="no-such-model"))
    (absent,) = check_model(chosen, beside_agent=False)
    assert (absent.verdict.value, "no-such-model" in absent.detail) == ("fail", True)


def test_a_running_agent_is_seen_by_its_lock_and_not_disturbed(tmp_path: Path) -> None:
    assert agent_runs(tmp_path / "none") is False
    lock = StateLock(tmp_path)
    lock.acquire()
    assert agent_runs(tmp_path) is True
    lock.release()
    assert agent_runs(tmp_path) is False


def test_the_disk_is_written_and_left_as_it_was(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert verdicts(list(check_disk(state, 64.0))) == {"disk": "warn"}, "the agent makes it"
    state.mkdir(mode=0o700)
    assert {f.verdict.value for f in check_disk(state, 64.0)} == {"pass"}
    assert list(state.iterdir()) == []
    assert "warn" in {f.verdict.value for f in check_disk(state, 1e12)}
    state.chmod(0o755)
    assert any("others may look" in f.detail for f in check_disk(state, 64.0))
    (tmp_path / "file").touch()
    assert verdicts(list(check_disk(tmp_path / "file", 64.0))) == {"disk": "fail"}


def test_a_full_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("edge_agent.app.doctor.check_disk.os.fsync", full)
    last = list(check_disk(tmp_path, 64.0))[-1]
    assert (last.verdict.value, "No space left" in last.detail) == ("fail", True)


def test_a_clock_that_follows_nobody_warns_and_says_whether_it_survives_a_power_cut(tmp_path: Path) -> None:
    (without,) = check_clock(MediaClock(1.7e9), tmp_path)
    assert (without.verdict.value, "no real-time clock" in without.detail) == ("warn", True)
    (tmp_path / "rtc0").mkdir()
    (with_one,) = check_clock(MediaClock(1.7e9), tmp_path)
    assert "it has a real-time clock" in with_one.detail


@pytest.mark.parametrize(("milli", "verdict"), [("55000", "pass"), ("72000", "warn"), ("84000", "warn")])
def test_heat_is_judged_against_the_limit(tmp_path: Path, milli: str, verdict: str) -> None:
    zone = tmp_path / "class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text(milli)
    assert verdicts(list(check_heat(tmp_path))) == {"temperature": verdict, "throttling": "pass"}


def test_a_weak_supply_is_told_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "devices/platform/soc/soc:firmware/get_throttled"
    file.parent.mkdir(parents=True)
    file.write_text("10000")
    found = list(check_heat(tmp_path))[-1]
    assert (found.verdict.value, "supply" in found.next_step) == ("warn", True)


def test_secrets_that_others_can_read_fail(tmp_path: Path) -> None:
    good = settings(tmp_path, username="dev-1", password_file=secret(tmp_path))
    assert verdicts(list(check_permissions(good))) == {"secret mqtt.password": "pass"}
    secret(tmp_path, mode=0o644)
    assert verdicts(list(check_permissions(good))) == {"secret mqtt.password": "fail"}
    service = settings(tmp_path, username="dev-1", password_credential="mqtt-password")
    assert verdicts(list(check_permissions(service))) == {"secret mqtt.password": "pass"}


@pytest.mark.broker
def test_a_message_goes_there_and_back_as_the_published_access_list_allows_and_nothing_stays(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], tmp_path: Path
) -> None:
    port = broker(users={"dev-1": "s3cret-word", "dashboard": "x"}, acl=ACL).port
    mine = settings(tmp_path, port, username="dev-1", password_file=secret(tmp_path))
    # The agent is connected meanwhile, under its own client id.
    agent = Client(CallbackAPIVersion.VERSION2, "edge-agent-plant-1-dev-1", protocol=MQTTProtocolVersion.MQTTv5)
    agent.username_pw_set("dev-1", "s3cret-word")
    accepted = threading.Event()
    agent.on_connect = lambda *_: accepted.set()
    agent.connect("127.0.0.1", port)
    agent.loop_start()
    try:
        assert accepted.wait(30.0)
        found = verdicts(list(check_broker(mine, beside_agent=True)))
        assert found == {
            "broker dns": "pass",
            "broker tcp": "pass",
            "broker tls": "warn",
            "broker auth": "pass",
            "broker publish": "pass",
        }
        assert agent.is_connected(), "the doctor takes nobody's place"
    finally:
        agent.disconnect()
        agent.loop_stop()
    later = subscriber(port, username="dashboard", password="x", topics=f"{ROOT}/#")
    assert later.hear_out() == [], "nothing is retained"


@pytest.mark.broker
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_each_step_that_fails_names_its_cause(
    broker: Callable[..., Mosquitto], tmp_path: Path, free_port: int, protocol: str
) -> None:
    mine = settings(tmp_path, free_port, username="dev-1", password_file=secret(tmp_path), protocol=protocol)
    assert verdicts(list(check_broker(mine, beside_agent=False)))["broker tcp"] == "fail"
    nowhere = replace(mine, mqtt=replace(mine.mqtt, host="no-such-host.invalid"))
    assert verdicts(list(check_broker(nowhere, beside_agent=False))) == {"broker dns": "fail"}
    mosquitto = broker(users={"dev-1": "another-word", "stranger": "s3cret-word"}, acl=ACL)
    refused = list(check_broker(mine, beside_agent=False))[-1]
    assert (refused.check, refused.verdict.value) == ("broker auth", "fail")
    stranger = replace(mine, mqtt=replace(mine.mqtt, username="stranger"))
    last = list(check_broker(stranger, beside_agent=False))[-1]
    assert last.check == "broker publish"
    assert last.verdict.value == ("fail" if protocol == "5" else "warn"), "3.1.1 cannot tell"
    assert "edge-agent.acl" in last.next_step
    mosquitto.stop()


@pytest.mark.broker
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_is_a_step_of_its_own(broker: Callable[..., Mosquitto], tmp_path: Path) -> None:
    tls = make_tls(tmp_path / "pki")
    port = broker(tls=tls).port
    trusting = settings(tmp_path, port, tls=TlsSettings(ca_file=tls.ca))
    found = list(check_broker(trusting, beside_agent=False))
    assert {f.check: f.verdict.value for f in found}["broker tls"] == "warn", "it expires in two days"
    assert found[-1].verdict.value == "pass"
    wary = settings(tmp_path, port, tls=TlsSettings(ca_file=tls.other_ca))
    last = list(check_broker(wary, beside_agent=False))[-1]
    assert (last.check, last.verdict.value) == ("broker tls", "fail")
    assert "ca_file" in last.next_step


def test_a_password_that_only_the_service_has_leaves_dns_and_tcp(tmp_path: Path, free_port: int) -> None:
    import socket

    with socket.create_server(("127.0.0.1", free_port)):
        mine = settings(tmp_path, free_port, username="u", password_credential="mqtt")
        found = verdicts(list(check_broker(mine, beside_agent=False)))
    assert found == {"broker dns": "pass", "broker tcp": "pass", "broker auth": "warn"}
