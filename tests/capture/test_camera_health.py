"""A camera is lost after five silent seconds and back with the next frame; each is told exactly once."""

from __future__ import annotations

import itertools
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.capture.camera_health import CameraChange, CameraChangeKind, CameraHealth, CameraState

LOST, BACK = CameraChangeKind.LOST, CameraChangeKind.BACK


def test_a_camera_that_gives_frames_is_live() -> None:
    health = CameraHealth("press")
    assert health.state is CameraState.STARTING
    assert health.last_frame_s is None
    health.started(100.0)
    health.frame_arrived(101.0)
    assert health.check(105.9) == ()
    assert health.state is CameraState.LIVE
    assert health.last_frame_s == 101.0


def test_a_stalled_camera_is_lost_once_and_back_once_with_the_length_of_the_outage() -> None:
    health = CameraHealth("press")
    health.started(100.0)
    health.frame_arrived(101.0)
    (lost,) = health.check(106.5)
    assert (lost.kind, lost.at_s, lost.outage_s) == (LOST, 106.0, 5.0)
    assert "no frame for 5 s" in lost.reason
    assert health.check(107.0) == ()
    assert health.state is CameraState.LOST
    health.frame_arrived(161.0)
    health.frame_arrived(161.1)
    assert health.check(161.2) == (CameraChange("press", BACK, 161.0, lost.reason, 60.0),)
    assert health.state is CameraState.LIVE


def test_a_camera_that_never_opened_is_lost_too_with_the_reason_of_its_source() -> None:
    health = CameraHealth("press")
    health.started(100.0)
    health.fault("/dev/video0 does not exist")
    assert health.check(104.9) == ()
    (lost,) = health.check(105.0)
    assert lost == CameraChange("press", LOST, 105.0, "/dev/video0 does not exist", 5.0)


def test_an_outage_that_nobody_looked_at_is_still_told() -> None:
    health = CameraHealth("press")
    health.started(100.0)
    health.frame_arrived(100.0)
    health.fault("unplugged")
    health.frame_arrived(107.0)
    assert [(c.kind, c.at_s, c.reason, c.outage_s) for c in health.check(200.0)[:2]] == [
        (LOST, 105.0, "unplugged", 5.0),
        (BACK, 107.0, "unplugged", 7.0),
    ]


def test_a_hiccup_shorter_than_five_seconds_is_no_outage() -> None:
    health = CameraHealth("press")
    health.started(100.0)
    health.frame_arrived(100.0)
    health.fault("one bad read")
    health.frame_arrived(104.9)
    assert health.check(105.0) == ()
    (lost,) = health.check(110.0)
    assert lost.reason != "one bad read", "an old fault must not explain a new silence"


def test_a_clip_that_ended_is_not_lost() -> None:
    health = CameraHealth("clip")
    health.started(100.0)
    health.frame_arrived(101.0)
    health.ended()
    assert health.check(1e6) == ()
    assert health.state is CameraState.ENDED


def test_a_camera_whose_thread_was_not_started_is_not_lost() -> None:
    assert CameraHealth("press").check(1e6) == ()


def test_the_log_tells_which_camera_and_what_the_agent_does(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    health = CameraHealth("press")
    health.started(0.0)
    health.check(5.0)
    health.check(6.0)
    health.frame_arrived(7.0)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert lines[0].startswith("camera press is lost: ")
    assert "keeps trying" in lines[0]
    assert lines[1] == "camera press gives frames again after 7.0 s"


@given(st.lists(st.tuples(st.floats(0.0, 12.0), st.sampled_from(["frame", "check", "fault"])), max_size=40))
def test_lost_and_back_alternate_and_tell_of_every_long_silence(steps: list[tuple[float, str]]) -> None:
    health = CameraHealth("press")
    now_s = 0.0
    health.started(now_s)
    frames_s, changes = [now_s], []
    for wait_s, step in steps:
        now_s += wait_s
        if step == "frame":
            health.frame_arrived(now_s)
            frames_s.append(now_s)
        elif step == "fault":
            health.fault("broken")
        else:
            changes += health.check(now_s)
    changes += health.check(now_s)
    gaps = [(a, b) for a, b in itertools.pairwise(frames_s) if b >= a + 5.0]
    tail = [(frames_s[-1], None)] if now_s >= frames_s[-1] + 5.0 else []
    expected = []
    for since_s, until_s in [*gaps, *tail]:
        expected.append((LOST, since_s + 5.0))
        if until_s is not None:
            expected.append((BACK, until_s))
    assert [(change.kind, change.at_s) for change in changes] == expected
