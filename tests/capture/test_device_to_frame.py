"""The camera's thread body: stamps, numbers, reopens. Time is fake, so nothing here waits."""

from __future__ import annotations

import itertools
import logging
import random
import threading
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from capture_fakes import FakeClock, FakeStop, ScriptedSource, picture

from edge_agent.capture.camera_health import CameraChangeKind, CameraState
from edge_agent.capture.device_to_frame import Camera, reopenings
from edge_agent.capture.source import Reading, Source
from edge_agent.clock import SystemClock
from edge_agent.data.frame import Frame
from edge_agent.errors import CaptureError
from edge_agent.runtime.mailbox import Mailbox

LOST, BACK = CameraChangeKind.LOST, CameraChangeKind.BACK


class KeepAll(Mailbox[Frame]):
    """A mailbox that also remembers everything that was put."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []

    def put(self, key: str, item: Frame) -> None:
        assert key == item.camera
        self.frames.append(item)
        super().put(key, item)


class Rig:
    """A camera on a fake clock whose sources follow a script."""

    def __init__(self, *steps: object) -> None:
        self.clock = FakeClock()
        self.stop = FakeStop(self.clock)
        self.mailbox = KeepAll()
        self.sources: list[ScriptedSource] = []
        self.camera = Camera("press", self._make, self.mailbox, self.clock, reopenings(random.Random(7)))
        self.script = iter(steps)
        self.on_open: Callable[[], None] = lambda: None

    def _make(self) -> Source:
        self.sources.append(ScriptedSource(self.script, on_open=lambda: self.on_open()))
        return self.sources[-1]

    def run(self) -> list[Frame]:
        self.camera.run(self.stop)
        return self.mailbox.frames

    def after(self, wait_s: float, step: object) -> Callable[[], object]:
        """A step that takes some seconds."""

        def late() -> object:
            self.clock.now_s += wait_s
            return step

        return late


def readings(images: Iterable[np.ndarray]) -> list[Reading]:
    return [Reading(image) for image in images]


def test_frames_are_numbered_from_zero_and_carry_the_cameras_name() -> None:
    frames = Rig(*readings(picture(value=v) for v in range(3))).run()
    assert [frame.seq for frame in frames] == [0, 1, 2]
    assert {frame.camera for frame in frames} == {"press"}
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [0, 1, 2]


def test_a_frame_is_stamped_after_its_read() -> None:
    rig = Rig()
    rig.script = iter([rig.after(0.25, Reading(picture()))])
    (frame,) = rig.run()
    assert frame.t_s == 1000.25


@pytest.mark.parametrize(
    ("sensor_s", "t_s"),
    [(999.95, 999.95), (998.0, 998.0), (997.9, 1000.0), (1000.1, 1000.0), (5.0, 1000.0), (1.7e9, 1000.0)],
)
def test_the_sensors_stamp_is_taken_where_it_is_plausible(sensor_s: float, t_s: float) -> None:
    (frame,) = Rig(Reading(picture(), sensor_s=sensor_s)).run()
    assert frame.t_s == t_s


def test_time_always_advances_even_if_the_driver_stamps_do_not() -> None:
    frames = Rig(*[Reading(picture(), sensor_s=999.5)] * 4, Reading(picture(), sensor_s=999.0)).run()
    times = [frame.t_s for frame in frames]
    assert all(a < b for a, b in itertools.pairwise(times))
    assert times[-1] - times[0] < 0.51


@pytest.mark.parametrize(
    ("shape", "width_px", "height_px"),
    [
        ((1, 1, 3), 1, 1),
        ((4320, 7680, 3), 7680, 4320),
        ((480, 640), 640, 480),
        ((480, 640, 1), 640, 480),
        ((480, 640, 4), 640, 480),
    ],
)
def test_pictures_of_every_usable_kind_arrive_as_bgr(shape: tuple[int, ...], width_px: int, height_px: int) -> None:
    (frame,) = Rig(Reading(np.full(shape, 9, np.uint8))).run()
    assert (frame.width_px, frame.height_px) == (width_px, height_px)
    assert frame.image.shape == (height_px, width_px, 3)
    assert frame.image[0, 0].tolist() == [9, 9, 9]


def test_a_camera_that_gives_16_bit_pictures_is_lost_and_says_why() -> None:
    rig = Rig()
    rig.script = itertools.repeat(rig.after(0.1, Reading(np.zeros((4, 4), np.uint16))))
    rig.on_open = lambda: rig.stop.set() if rig.clock.now_s > 1006.0 else None
    assert rig.run() == []
    (lost,) = rig.camera.health.check(rig.clock.now_s)
    assert lost.kind is LOST
    assert "uint16" in lost.reason


def test_after_a_fault_the_source_is_closed_and_a_new_one_opened_and_numbers_go_on() -> None:
    rig = Rig(Reading(picture()), CaptureError("unplugged"), Reading(picture()))
    frames = rig.run()
    assert [frame.seq for frame in frames] == [0, 1]
    assert len(rig.sources) == 2
    assert all(source.opened == source.closed == 1 for source in rig.sources)


def test_a_camera_that_disappears_is_told_lost_once_and_back_once() -> None:
    faults = [CaptureError("/dev/video0 was unplugged")] * 12
    rig = Rig(Reading(picture()), *faults, Reading(picture()))
    frames = rig.run()
    lost, back = rig.camera.health.check(rig.clock.now_s)
    assert (lost.kind, lost.reason, lost.at_s) == (LOST, "/dev/video0 was unplugged", 1005.0)
    assert (back.kind, back.at_s) == (BACK, frames[1].t_s)
    assert back.outage_s == pytest.approx(frames[1].t_s - frames[0].t_s)


def test_waits_between_tries_grow_to_five_seconds_and_begin_anew_after_a_frame() -> None:
    fault = CaptureError("gone")
    rig = Rig(*[fault] * 60, Reading(picture()), fault, Reading(picture()))
    rig.run()
    waits_s = rig.stop.waits_s
    assert len(waits_s) == 61
    assert max(waits_s) <= 5.0
    assert max(waits_s[8:60]) > 4.0
    assert all(wait_s <= 0.5 * 2.0**n for n, wait_s in enumerate(waits_s[:4]))
    assert waits_s[60] <= 0.5


def test_the_same_fault_is_logged_once_in_an_outage(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    fault, other = CaptureError("nothing answers"), CaptureError("wrong password")
    Rig(fault, fault, fault, other, other, Reading(picture()), other).run()
    lines = [record.getMessage() for record in caplog.records if "trying again" in record.getMessage()]
    assert [line.split(";")[0] for line in lines] == [
        "camera press: nothing answers",
        "camera press: wrong password",
        "camera press: wrong password",
    ]


def test_a_source_that_cannot_even_be_made_is_a_fault() -> None:
    rig = Rig()

    def missing() -> Source:
        rig.stop.set()
        raise CaptureError("needs the Python package cv2")

    Camera("press", missing, rig.mailbox, rig.clock, reopenings(random.Random(1))).run(rig.stop)
    assert rig.mailbox.frames == []


def test_a_clip_that_is_over_ends_the_camera_without_a_fault() -> None:
    rig = Rig(Reading(picture(), media_s=0.0), Reading(picture(), media_s=0.1))
    assert len(rig.run()) == 2
    assert rig.camera.health.state is CameraState.ENDED
    assert rig.camera.health.check(rig.clock.now_s + 100.0) == ()
    assert rig.sources[0].closed == 1


def test_a_recording_is_played_at_its_own_speed() -> None:
    times_s = [0.0, 0.5, 0.51, 2.0]
    frames = Rig(*[Reading(picture(), media_s=t) for t in times_s]).run()
    assert [frame.t_s - frames[0].t_s for frame in frames] == pytest.approx(times_s)


def test_a_recording_that_decodes_slowly_keeps_its_media_times() -> None:
    rig = Rig()
    rig.script = iter([rig.after(0.3, Reading(picture(), media_s=n * 0.1)) for n in range(5)])
    frames = rig.run()
    assert [frame.t_s - frames[0].t_s for frame in frames] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])
    assert rig.stop.waits_s == []


def test_an_error_that_is_no_capture_error_kills_the_thread_but_closes_the_source() -> None:
    rig = Rig(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        rig.run()
    assert rig.sources[0].closed == 1


def test_a_read_that_blocks_does_not_hide_the_loss() -> None:
    """The capture thread hangs in a driver; only the one that polls can notice."""
    blocked, release, clock = threading.Event(), threading.Event(), FakeClock()

    def hang() -> Reading:
        blocked.set()
        release.wait(30.0)
        return Reading(picture())

    source = ScriptedSource(iter([hang]))
    camera = Camera("press", lambda: source, Mailbox(), clock, reopenings(random.Random(1)))
    thread = threading.Thread(target=camera.run, args=(threading.Event(),))
    thread.start()
    assert blocked.wait(30.0)
    clock.now_s += 5.0
    (lost,) = camera.health.check(clock.now_s)
    assert lost.kind is LOST
    clock.now_s += 3.0
    release.set()
    thread.join(30.0)
    (back,) = camera.health.check(clock.now_s)
    assert (back.kind, back.outage_s) == (BACK, 8.0)


def test_stop_ends_a_camera_that_reads() -> None:
    stop, mailbox = threading.Event(), Mailbox[Frame]()
    source = ScriptedSource(iter(lambda: Reading(picture()), None))
    camera = Camera("press", lambda: source, mailbox, SystemClock(), reopenings(random.Random(1)))
    thread = threading.Thread(target=camera.run, args=(stop,))
    thread.start()
    assert mailbox.take(30.0) is not None
    stop.set()
    thread.join(30.0)
    assert not thread.is_alive()
    assert source.closed == 1
