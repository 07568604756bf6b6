"""Somebody whom the detector loses: optical flow tells where the person goes, and whether the person stays."""

from __future__ import annotations

import numpy as np
import pytest
from textures import Image, frame, texture, with_patch

from edge_agent.data.pose import Poses
from edge_agent.data.track import Track, TrackState
from edge_agent.flow.frame_to_flow import FrameToFlow
from edge_agent.track.pose_to_track import PoseToTrack

FPS = 18
WIDTH_PX, HEIGHT_PX = 90, 220
BACKGROUND = texture(480, 640, seed=1)
PERSON = texture(HEIGHT_PX, WIDTH_PX, seed=2)
X_PX = 300


class View:
    """A textured figure before a textured wall, at 18 frames a second."""

    def __init__(self) -> None:
        self._flow = FrameToFlow()
        self._track = PoseToTrack()
        self._number = 0

    def show(self, y_px: int, *, detected: bool, image: Image | None = None) -> Track | None:
        """The figure's track in the next frame, with the figure's head at this height."""
        image = with_patch(BACKGROUND, PERSON, X_PX, y_px) if image is None else image
        flow = self._flow(frame(image, self._number / FPS))
        self._number += 1
        tracks = self._track(_found(y_px) if detected else Poses.empty(), flow, "c", (640, 480))
        return tracks.people[0] if tracks.people else None


def _found(y_px: int) -> Poses:
    """Joints spread evenly over the inner part of the figure."""
    rows = y_px + np.linspace(0.15, 0.85, 17) * HEIGHT_PX
    columns = X_PX + (0.3 + 0.4 * (np.arange(17) % 2)) * WIDTH_PX
    return Poses(
        np.array([[X_PX, y_px, X_PX + WIDTH_PX, y_px + HEIGHT_PX]], np.float32),
        np.array([0.9], np.float32),
        np.stack([columns, rows], axis=-1)[None].astype(np.float32),
        np.full((1, 17), 0.9, np.float32),
    )


@pytest.mark.parametrize("step_px", [4, 8, 12])
def test_it_goes_down_with_the_person_and_stays_there(step_px: int) -> None:
    view = View()
    y_px = 20
    for _ in range(10):
        track = view.show(y_px, detected=True)
    assert track is not None
    start_px = track.keypoints_px.mean(axis=0)
    for _ in range(15):
        y_px += step_px
        track = view.show(y_px, detected=False)
    assert track is not None
    assert track.state is TrackState.LOST
    assert track.keypoints_px.mean(axis=0) - start_px == pytest.approx([0.0, 15.0 * step_px], abs=3.0 * step_px)
    box_px = [X_PX, y_px, X_PX + WIDTH_PX, y_px + HEIGHT_PX]
    assert track.box_px == pytest.approx(box_px, abs=3.0 * step_px)
    assert track.velocities_px_s[:, 1].mean() == pytest.approx(step_px * FPS, rel=0.25)
    assert track.motion_px_s == pytest.approx(step_px * FPS, rel=0.25)
    for _ in range(FPS):
        track = view.show(y_px, detected=False)
    assert track is not None
    assert track.box_px == pytest.approx(box_px, abs=3.0 * step_px)
    assert np.abs(track.velocities_px_s).max() < 5.0
    assert track.motion_px_s < 1.0


def test_who_lies_still_is_kept_for_two_minutes_and_who_leaves_for_five_seconds() -> None:
    view = View()
    for _ in range(10):
        view.show(200, detected=True)
    for _ in range(8 * FPS):
        assert view.show(200, detected=False) is not None
    step = (0, 8, 0, -8)
    assert view.show(208, detected=False) is None, "motion after five seconds unseen"
    gone = [view.show(200 + step[number % 4], detected=False) for number in range(4)]
    assert gone == [None] * 4


def test_a_track_outlives_a_gap_in_the_stream_where_it_was() -> None:
    stage, tracker = FrameToFlow(), PoseToTrack()
    for number in range(12):
        t_s, y_px = number / FPS, 100 + 4 * number
        tracks = tracker(_found(y_px), stage(frame(with_patch(BACKGROUND, PERSON, X_PX, y_px), t_s)), "c", (640, 480))
    before = tracks.people[0]
    image = with_patch(BACKGROUND, PERSON, X_PX, y_px)
    after = tracker(Poses.empty(), stage(frame(image, t_s + 30.0)), "c", (640, 480)).people[0]
    assert after.state is TrackState.LOST
    speed_px_s = 4 * FPS
    moved_px = (after.keypoints_px - before.keypoints_px)[:, 1]
    assert (moved_px <= 1.1 * speed_px_s).all(), "thirty seconds of that speed would be far outside the picture"
