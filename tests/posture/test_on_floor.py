"""Metres: where people are, how fast they walk, and how tall they look."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rooms import HEIGHT_PX, WIDTH_PX, RoomCamera

from edge_agent.data.calibration import Calibration
from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.data.keypoints import Keypoint as K
from edge_agent.data.posture import Posture
from edge_agent.data.track import Track, Tracks, TrackState
from edge_agent.posture.track_to_posture import TrackToPosture

CAMERA = RoomCamera(tilt_deg=20.0, fov_deg=62.0, height_m=3.2)
# Half across, and how high, as parts of H (Drillis and Contini); left first.
BODY_H = {
    (K.LEFT_ANKLE, K.RIGHT_ANKLE): (0.05, 0.039),
    (K.LEFT_KNEE, K.RIGHT_KNEE): (0.05, 0.285),
    (K.LEFT_HIP, K.RIGHT_HIP): (0.05, 0.53),
    (K.LEFT_SHOULDER, K.RIGHT_SHOULDER): (0.13, 0.818),
    (K.LEFT_EAR, K.RIGHT_EAR): (0.04, 0.936),
}


def stage_of(camera: RoomCamera, *, height_m: float | None = None) -> TrackToPosture:
    height_m = camera.height_m if height_m is None else height_m
    return TrackToPosture(Calibration(tilt_deg=camera.tilt_deg, fov_deg=camera.fov_deg, height_m=height_m))


def person(
    camera: RoomCamera, at_m: tuple[float, float], t_s: float, *, tall_m: float = 1.7, up_m: float = 0.0
) -> Track:
    """Somebody who stands upright, maybe on something that is `up_m` high."""
    points, sure = np.zeros((KEYPOINT_COUNT, 2)), np.zeros(KEYPOINT_COUNT)
    for pair, (across_h, high_h) in BODY_H.items():
        for joint, side in zip(pair, (-1.0, 1.0), strict=True):
            seen = camera.seen((at_m[0] + side * across_h * tall_m, at_m[1], up_m + high_h * tall_m))
            points[joint], sure[joint] = (seen.x_px, seen.y_px), 0.9
    low, high = points[sure > 0.0].min(axis=0), points[sure > 0.0].max(axis=0)
    return Track(
        id=1, state=TrackState.CONFIRMED, first_seen_s=0.0, last_seen_s=t_s, score=0.9,
        box_px=np.concatenate([low, high]), keypoints_px=points, velocities_px_s=np.zeros((KEYPOINT_COUNT, 2)),
        confidences=sure, motion_px_s=0.0,
    )  # fmt: skip


def seen(stage: TrackToPosture, shot: Track, t_s: float, camera_px_s: float = 0.0) -> Posture:
    (posture,) = stage(Tracks("c", t_s, WIDTH_PX, HEIGHT_PX, (shot,), camera_px_s)).people
    return posture


@given(st.floats(1.4, 2.1), st.floats(-2.0, 2.0), st.floats(5.0, 9.0))
def test_somebody_who_stands_is_where_the_feet_are_and_as_tall_as_the_shoulders_tell(
    tall_m: float, x_m: float, y_m: float
) -> None:
    assume(CAMERA.shows((x_m, y_m, 0.0)) and CAMERA.shows((x_m, y_m, tall_m)))
    posture = seen(stage_of(CAMERA), person(CAMERA, (x_m, y_m), 1.0, tall_m=tall_m), 1.0)
    assert posture.floor_m is not None
    assert posture.stature_m is not None
    assert posture.floor_m[:2] == pytest.approx((x_m, y_m), abs=0.1)
    assert posture.floor_m.confidence == pytest.approx(0.9)
    assert posture.stature_m == pytest.approx((tall_m, 0.9), rel=0.02)


@given(st.floats(0.2, 1.5), st.floats(5.0, 7.0))
def test_feet_off_the_floor_make_a_person_look_taller_by_similar_triangles(up_m: float, y_m: float) -> None:
    posture = seen(stage_of(CAMERA), person(CAMERA, (0.0, y_m), 1.0, up_m=up_m), 1.0)
    if posture.stature_m is None:
        return  # looks too far away
    assert posture.stature_m.value == pytest.approx(1.7 * CAMERA.height_m / (CAMERA.height_m - up_m), rel=0.03)


@pytest.mark.parametrize("fps", [5.0, 15.0, 30.0])
@pytest.mark.parametrize("heading_deg", [0.0, 90.0, 225.0])
@pytest.mark.parametrize("speed_m_s", [0.0, 1.3, 3.0])
def test_a_walk_is_as_fast_as_it_is_in_every_direction(fps: float, heading_deg: float, speed_m_s: float) -> None:
    stage, heading = stage_of(CAMERA), math.radians(heading_deg)
    for index in range(int(fps)):
        t_s = index / fps
        way_m = speed_m_s * (t_s - 0.5)
        place_m = (way_m * math.sin(heading), 6.0 + way_m * math.cos(heading))
        posture = seen(stage, person(CAMERA, place_m, t_s), t_s)
        assert posture.floor_speed_m_s is not None
        if t_s < 0.35:
            assert posture.floor_speed_m_s.confidence == 0.0, "too short to tell"
    assert posture.floor_speed_m_s == pytest.approx((speed_m_s, 0.9), rel=0.03, abs=0.01)


def test_while_the_camera_is_pushed_and_after_it_speeds_begin_anew() -> None:
    stage = stage_of(CAMERA)
    known = []
    for index in range(40):
        t_s = index / 10.0
        posture = seen(stage, person(CAMERA, (0.0, 6.0), t_s), t_s, camera_px_s=300.0 if index == 10 else 0.0)
        assert posture.floor_speed_m_s is not None
        known.append(posture.floor_speed_m_s.confidence > 0.0)
    # For the half second of the shake, and until enough frames after it are in.
    assert [index for index in range(40) if not known[index]] == [*range(4), *range(10, 21)]


def test_without_a_height_or_with_one_that_cannot_be_there_are_no_metres() -> None:
    shot = person(CAMERA, (0.0, 6.0), 1.0)
    unknown = TrackToPosture(Calibration(tilt_deg=CAMERA.tilt_deg, fov_deg=CAMERA.fov_deg))
    low = stage_of(CAMERA, height_m=0.6)  # under the hips, and the feet are beyond the horizon's limit or not
    posture = seen(unknown, shot, 1.0)
    assert (posture.floor_m, posture.floor_speed_m_s, posture.stature_m, posture.camera_height_m) == (None,) * 4
    assert seen(low, shot, 1.0).floor_speed_m_s is None


def test_who_sits_bends_or_hides_the_feet_has_no_stature() -> None:
    standing = person(CAMERA, (0.0, 6.0), 1.0)
    hidden = replace(standing, confidences=standing.confidences.copy())
    hidden.confidences[[K.LEFT_ANKLE, K.RIGHT_ANKLE]] = 0.1
    posture = seen(stage_of(CAMERA), hidden, 1.0)
    assert posture.floor_m is not None
    assert posture.floor_m.confidence == 0.3, "the box tells where, and no more"
    assert posture.stature_m is None
    guessed = replace(standing, keypoints_px=standing.keypoints_px.copy())
    hips_y, ankles_y = (standing.keypoints_px[pair, 1].mean() for pair in ([11, 12], [15, 16]))
    guessed.keypoints_px[[K.LEFT_ANKLE, K.RIGHT_ANKLE], 1] = hips_y + 0.6 * (ankles_y - hips_y)
    found = seen(stage_of(CAMERA), guessed, 1.0).stature_m
    assert found is not None
    assert found.confidence == 0.0


def test_each_size_of_the_frames_has_its_own_view() -> None:
    stage = stage_of(CAMERA)
    small = person(CAMERA, (0.5, 6.0), 1.0)
    double = replace(small, keypoints_px=2.0 * small.keypoints_px, box_px=2.0 * small.box_px)
    first = seen(stage, small, 1.0)
    (second,) = stage(Tracks("c", 1.1, 2 * WIDTH_PX, 2 * HEIGHT_PX, (replace(double, last_seen_s=1.1),))).people
    assert first.floor_m is not None
    assert second.floor_m is not None
    assert second.floor_m == pytest.approx(first.floor_m)


# The neck, which needs no metres


@pytest.mark.parametrize(("head_deg", "low_deg", "high_deg"), [(0.0, -5.0, 5.0), (40.0, 35.0, 45.0)])
def test_a_head_that_nods_shows_as_its_inclination_less_that_of_the_trunk(
    head_deg: float, low_deg: float, high_deg: float
) -> None:
    level = RoomCamera(tilt_deg=0.0, fov_deg=20.0, height_m=1.2)
    shot = person(level, (0.0, 12.0), 1.0)
    shoulders = shot.keypoints_px[[K.LEFT_SHOULDER, K.RIGHT_SHOULDER]].mean(axis=0)
    up_px = shoulders[1] - shot.keypoints_px[K.LEFT_EAR, 1]
    nod = math.radians(head_deg)
    shot.keypoints_px[[K.LEFT_EAR, K.RIGHT_EAR]] = shoulders + up_px * np.array([math.sin(nod), -math.cos(nod)])
    band = seen(stage_of(level), shot, 1.0).neck_band_deg
    assert band is not None
    # Both solutions of each: a segment that is a few per cent short may lean by 15 deg.
    assert band.low_deg - 15.0 <= low_deg
    assert high_deg <= band.high_deg + 15.0
    assert band.low_deg - 1.0 <= head_deg <= band.high_deg + 1.0


def test_a_neck_has_no_band_without_a_calibration() -> None:
    assert seen(TrackToPosture(), person(CAMERA, (0.0, 6.0), 1.0), 1.0).neck_band_deg is None
