"""Network cameras against real servers on 127.0.0.1: they vanish, come back, ask for a password, or hang."""

from __future__ import annotations

import itertools
import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from mjpeg_server import MjpegCamera
from rtsp_camera import RtspCamera, need_rtsp_server

import edge_agent.demo
from edge_agent.capture.camera_health import CameraChange, CameraChangeKind, CameraState
from edge_agent.capture.device_to_frame import Camera
from edge_agent.capture.source_settings import StreamSettings
from edge_agent.capture.stream import StreamSource
from edge_agent.clock import SystemClock
from edge_agent.data.frame import Frame
from edge_agent.errors import CaptureError
from edge_agent.runtime.backoff import FullJitter
from edge_agent.runtime.mailbox import Mailbox

CLIP = Path(edge_agent.demo.__file__).with_name("clip.mp4")
Found = TypeVar("Found")
UNASKED_S = 30.0  # after which OpenCV gives up where nobody asks for another time
PASSWORD = "p@ss:w/r?d#% ü"  # every character that has a meaning in a URL


def source(url: str, username: str | None = None, password_file: Path | None = None) -> StreamSource:
    return StreamSource(StreamSettings(type="stream", url=url, username=username, password_file=password_file))


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def read_for_ever(camera: StreamSource) -> None:
    while True:
        camera.read()


def read_and_time(camera: StreamSource, took_s: list[float]) -> None:
    while True:
        asked_s = time.monotonic()
        camera.read()
        took_s.append(time.monotonic() - asked_s)


class LeapingClock(SystemClock):
    """The machine's clock, which tests can push forward."""

    def __init__(self) -> None:
        self.leap_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.leap_s


class Running:
    """A camera in its thread."""

    def __init__(self, camera: Camera, mailbox: Mailbox[Frame], clock: LeapingClock) -> None:
        self.camera, self.mailbox, self.clock = camera, mailbox, clock

    def last_frame_at_the_fault_s(self) -> float:
        """When the last frame came, once the source has failed: what was still on its way has arrived then."""
        self._until(lambda: self.camera.health._fault)
        return self.camera.health.last_frame_s or 0.0

    def wait_for_change(self) -> CameraChange:
        """The one change that comes next."""
        (change,) = self._until(lambda: self.camera.health.check(self.clock.monotonic_s()))
        return change

    @staticmethod
    def _until(look: Callable[[], Found]) -> Found:
        deadline_s = time.monotonic() + 30.0
        while not (found := look()):
            assert time.monotonic() < deadline_s, "the camera neither was lost nor came back"
            time.sleep(0.02)
        return found


@contextmanager
def running(make: Callable[[], StreamSource]) -> Iterator[Running]:
    clock, mailbox, stop = LeapingClock(), Mailbox[Frame](), threading.Event()
    camera = Camera("gate", make, mailbox, clock, FullJitter(random.Random(1), base_s=0.1, cap_s=0.3))
    thread = threading.Thread(target=camera.run, args=(stop,))
    thread.start()
    try:
        yield Running(camera, mailbox, clock)
    finally:
        stop.set()
        thread.join(30.0)
        assert not thread.is_alive()


def vanish_and_come_back(url: str, vanish: Callable[[], None], appear: Callable[[], None]) -> None:
    """Frames, a camera that is cut off, exactly one lost, exactly one back, frames again with higher numbers."""
    with running(lambda: source(url)) as gate:
        before = gate.mailbox.take(30.0)
        assert before is not None
        assert gate.camera.health.check(gate.clock.monotonic_s()) == ()

        vanish()
        last_s = gate.last_frame_at_the_fault_s()
        assert gate.camera.health.check(last_s + 1.0) == (), "a second without frames is no outage"
        gate.clock.leap_s += 5.0
        lost = gate.wait_for_change()
        assert lost.kind is CameraChangeKind.LOST
        assert lost.camera == "gate"
        assert "check the camera" in lost.reason
        assert gate.camera.health.state is CameraState.LOST
        gate.mailbox.take(0.0)

        appear()
        back = gate.wait_for_change()
        assert back.kind is CameraChangeKind.BACK
        assert back.reason == lost.reason
        assert 5.0 < back.outage_s < 60.0
        after = gate.mailbox.take(30.0)
        assert after is not None
        assert after.seq > before.seq
        assert after.t_s > before.t_s + 5.0
        assert gate.camera.health.check(gate.clock.monotonic_s()) == ()


# ---- HTTP ----


def test_an_http_camera_is_read() -> None:
    with MjpegCamera() as server:
        camera = source(f"http://127.0.0.1:{server.port}/video")
        camera.open()
        reading = camera.read()
        camera.close()
        camera.close()
    assert reading.image.shape == (48, 64, 3)
    assert reading.sensor_s is None
    assert reading.media_s is None


def test_an_http_camera_that_vanishes_in_mid_stream_is_lost_and_comes_back() -> None:
    with MjpegCamera() as server:
        vanish_and_come_back(f"http://127.0.0.1:{server.port}/video", server.vanish, server.appear)


def test_a_camera_that_falls_silent_is_given_up_after_five_seconds() -> None:
    with MjpegCamera() as server:
        camera = source(f"http://127.0.0.1:{server.port}/video")
        camera.open()
        server.silent.set()
        start_s = time.monotonic()
        with pytest.raises(CaptureError, match="stopped sending"):
            read_for_ever(camera)
        assert time.monotonic() - start_s < UNASKED_S / 2
        camera.close()


def test_a_password_of_any_characters_is_sent_and_never_shown(
    password_file: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with MjpegCamera("ad min", PASSWORD) as server:
        url = f"http://127.0.0.1:{server.port}/video?token=s3cret"
        camera = source(url, "ad min", password_file)
        camera.open()
        assert camera.read().image.shape == (48, 64, 3)
        camera.close()

        password_file.write_text("wr0ng", encoding="utf-8")
        with pytest.raises(CaptureError, match="check the path, the user and the password") as refused:
            camera.open()
    said = f"{refused.value}{refused.value.__cause__}{caplog.text}{capfd.readouterr()}"
    for secret in (PASSWORD, "wr0ng", "s3cret", "ad min", "ad%20min"):
        assert secret not in said
    assert f"http://127.0.0.1:{server.port}/video answers but gives no video" in said


def test_the_password_is_read_anew_at_every_try(password_file: Path) -> None:
    with MjpegCamera("admin", PASSWORD) as server:
        camera = source(f"http://admin@127.0.0.1:{server.port}/video", password_file=password_file)
        password_file.write_text("old")
        with pytest.raises(CaptureError):
            camera.open()
        password_file.write_text(PASSWORD, encoding="utf-8")
        camera.open()
        camera.close()


def test_a_wrong_path_is_told_apart_from_a_camera_that_is_off(free_port: int) -> None:
    with MjpegCamera() as server, pytest.raises(CaptureError, match="answers but gives no video"):
        source(f"http://127.0.0.1:{server.port}/nothing").open()
    with pytest.raises(CaptureError, match=f"nothing answers at 127.0.0.1:{free_port}.*check the camera's power"):
        source(f"http://127.0.0.1:{free_port}/video").open()


def test_a_name_that_does_not_resolve_is_told() -> None:
    with pytest.raises(CaptureError, match=r"nothing answers at camera\.invalid:554"):
        source("rtsp://camera.invalid/1").open()


def test_something_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        start_s = time.monotonic()
        with pytest.raises(CaptureError, match="answers but gives no video"):
            source(f"rtsp://127.0.0.1:{mute.getsockname()[1]}/cam").open()
        assert time.monotonic() - start_s < UNASKED_S / 2


# ---- RTSP ----


def test_an_rtsp_camera_is_read_over_tcp(free_port: int) -> None:
    need_rtsp_server()
    with RtspCamera(free_port):  # which offers nothing but TCP
        camera = source(f"rtsp://127.0.0.1:{free_port}/cam")
        camera.open()
        shapes = {camera.read().image.shape for _ in range(20)}
        camera.close()
    assert shapes == {(48, 64, 3)}


def test_an_rtsp_camera_whose_power_is_cut_is_lost_and_comes_back(free_port: int) -> None:
    need_rtsp_server()
    with RtspCamera(free_port) as server:
        vanish_and_come_back(f"rtsp://127.0.0.1:{free_port}/cam", server.kill, server.appear)


def test_what_the_decoder_still_held_is_no_new_frame_of_a_camera_that_hangs(free_port: int) -> None:
    need_rtsp_server()
    with RtspCamera(free_port, recording=CLIP) as server:
        camera = source(f"rtsp://127.0.0.1:{free_port}/cam")
        camera.open()
        for _ in range(10):
            camera.read()
        server.hang()
        took_s: list[float] = []
        with pytest.raises(CaptureError, match="stopped sending"):
            read_and_time(camera, took_s)
        camera.close()
    assert max(took_s) < 4.0  # each that came was there before the silence was noticed


def test_an_rtsp_camera_asks_for_its_password(
    free_port: int, password_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    need_rtsp_server()
    with RtspCamera(free_port, "admin", PASSWORD):
        camera = source(f"rtsp://127.0.0.1:{free_port}/cam", "admin", password_file)
        camera.open()
        assert camera.read().image.shape == (48, 64, 3)
        camera.close()
        with pytest.raises(CaptureError, match="check the path, the user and the password"):
            source(f"rtsp://127.0.0.1:{free_port}/cam", "admin").open()
    assert capfd.readouterr() == ("", "")


# ---- addresses and password files ----


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "must begin with one of rtsp"),
        ("concat:a|b", "must begin with one of rtsp"),
        ("rtsp:///cam", "name a host"),
        ("camera.local/video", "must begin with one of rtsp"),
        ("rtsp://h:99999/", "cannot be read"),
        ("rtsp://[::1/", "cannot be read"),
        ("rtsp://admin:hunter2@camera/1", "holds a password"),
        ("rtsp://admin:@camera/1", "holds a password"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_being_quoted(url: str, words: str) -> None:
    with pytest.raises(CaptureError, match=words) as refused:
        source(url).open()
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_password_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    missing, binary = tmp_path / "missing", tmp_path / "binary"
    opened = tmp_path / "opened"
    for file, content, mode in ((binary, b"\xff\xfe", 0o600), (opened, b"secret", 0o644)):
        file.write_bytes(content)
        file.chmod(mode)
    wrong = ((missing, "No such file"), (tmp_path, "Is a directory"), (binary, "not UTF-8"), (opened, "chmod 600"))
    for file, words in wrong:
        with pytest.raises(CaptureError, match=words) as refused:
            source("rtsp://camera/1", "admin", file).open()
        assert str(file) in str(refused.value)


def test_a_password_needs_a_user(password_file: Path) -> None:
    with pytest.raises(CaptureError, match="needs a username"):
        source("rtsp://camera/1", None, password_file).open()


def test_the_address_is_put_together_for_ipv6_and_users_alike(
    password_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def refuse(address: str, *_: object) -> None:
        seen.append(address)

    monkeypatch.setattr("edge_agent.capture.stream.open_capture", refuse)
    monkeypatch.setattr("edge_agent.capture.stream._why_closed", lambda _: "no")
    password_file.write_text("a@b\r\n")
    for url, user, file in itertools.product(
        ["rtsp://[fe80::1]:8554/1?x=1", "rtsp://a@h/1"], [None, "u:"], [None, password_file]
    ):
        if file and not user and "a@" not in url:
            continue
        with pytest.raises(CaptureError):
            source(url, user, file).open()
    assert seen == [
        "rtsp://[fe80::1]:8554/1?x=1",
        "rtsp://u%3A@[fe80::1]:8554/1?x=1",
        "rtsp://u%3A:a%40b@[fe80::1]:8554/1?x=1",
        "rtsp://a@h/1",
        "rtsp://a:a%40b@h/1",
        "rtsp://u%3A@h/1",
        "rtsp://u%3A:a%40b@h/1",
    ]


def test_reading_before_opening_is_an_error() -> None:
    with pytest.raises(CaptureError, match="not open"):
        source("rtsp://camera/1").read()
