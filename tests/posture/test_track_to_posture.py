"""The posture stage: joints in, angles, heights and speeds out."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stick_figures import (
    BENT,
    FEET_PX,
    H_PX,
    HEIGHT_PX,
    LYING,
    OVERHEAD,
    SHANK_H,
    SITTING,
    SQUATTING,
    STANDING,
    SWAPPED,
    THIGH_H,
    TRUNK_H,
    WIDTH_PX,
    Figure,
    Floats,
    posture_of,
    seen_at,
    track,
)

from edge_agent.data.calibration import Calibration
from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.data.keypoints import Keypoint as K
from edge_agent.data.posture import Measure, Posture
from edge_agent.data.track import Tracks, TrackState
from edge_agent.posture.track_to_posture import TrackToPosture

ANGLES = st.floats(-150.0, 150.0)
FIGURES = st.builds(Figure, trunk=ANGLES, thigh=ANGLES, shank=ANGLES, head=ANGLES, arm=ANGLES, forearm=ANGLES)
MEASURES = [
    "trunk_inclination_deg", "trunk_rate_deg_s", "neck_flexion_deg", "left_knee_deg", "right_knee_deg",
    "left_elbow_deg", "right_elbow_deg", "left_upper_arm_deg", "right_upper_arm_deg", "hip_height_h",
    "hip_descent_h_s", "extent_h", "lying", "upright", "crouching",
]  # fmt: skip
OTHER_SIDE = {
    f"{a}_{m}_deg": f"{b}_{m}_deg"
    for a, b in (("left", "right"), ("right", "left"))
    for m in ("knee", "elbow", "upper_arm")
}


def unsigned(degrees: float) -> float:
    """An angle as it is seen without knowing left from right, 0..180."""
    return abs((degrees + 180.0) % 360.0 - 180.0)


def measures(posture: Posture) -> dict[str, Measure]:
    return {name: getattr(posture, name) for name in MEASURES}


def mirrored(keypoints_px: Floats) -> Floats:
    """As in a mirror: left and right change places."""
    return (keypoints_px * [-1.0, 1.0] + [WIDTH_PX, 0.0])[SWAPPED]


@pytest.mark.parametrize(
    ("figure", "trunk", "neck", "knee", "elbow", "arm", "hips"),
    [
        (STANDING, 0, 0, 180, 180, 0, 0.491),
        (BENT, 90, 0, 180, 180, 90, 0.491),
        (LYING, 90, 0, 180, 180, 0, 0.0),
        (SQUATTING, 30, 30, 55, 180, 30, 0.2015),
        (SITTING, 0, 0, 90, 180, 0, 0.246),
        (OVERHEAD, 0, 0, 180, 180, 180, 0.491),
        (replace(STANDING, head=40, forearm=90), 0, 40, 180, 90, 0, 0.491),
    ],
    ids=["standing", "bent", "lying", "squatting", "sitting", "arms overhead", "looking down, forearms forward"],
)
def test_known_postures_have_known_angles(
    figure: Figure, trunk: float, neck: float, knee: float, elbow: float, arm: float, hips: float
) -> None:
    posture = posture_of(track(figure.keypoints_px))
    assert posture.trunk_inclination_deg.value == pytest.approx(trunk, abs=0.1)
    assert posture.neck_flexion_deg.value == pytest.approx(neck, abs=0.1)
    for side in ("left", "right"):
        assert getattr(posture, f"{side}_knee_deg").value == pytest.approx(knee, abs=0.1)
        assert getattr(posture, f"{side}_elbow_deg").value == pytest.approx(elbow, abs=0.1)
        assert getattr(posture, f"{side}_upper_arm_deg").value == pytest.approx(arm, abs=0.1)
    assert posture.hip_height_h.value == pytest.approx(hips, abs=0.005)
    assert all(measure.confidence == pytest.approx(0.9) for measure in measures(posture).values())


@pytest.mark.parametrize(
    ("figure", "kind"),
    [(STANDING, "upright"), (OVERHEAD, "upright"), (LYING, "lying"), (SQUATTING, "crouching"), (BENT, None)],
    ids=["standing", "arms overhead", "lying", "squatting", "bent"],
)
def test_a_posture_is_evidently_of_its_own_kind_only(figure: Figure, kind: str | None) -> None:
    posture = posture_of(track(figure.keypoints_px))
    for name in ("upright", "lying", "crouching"):
        assert (getattr(posture, name).value >= 0.5) is (name == kind), name


@given(FIGURES)
def test_angles_are_those_that_the_figure_was_drawn_with(figure: Figure) -> None:
    posture = posture_of(track(figure.keypoints_px))
    assert posture.trunk_inclination_deg.value == pytest.approx(unsigned(figure.trunk), abs=1e-6)
    assert posture.neck_flexion_deg.value == pytest.approx(unsigned(figure.head - figure.trunk), abs=1e-6)
    assert posture.left_knee_deg.value == pytest.approx(180.0 - unsigned(figure.thigh - figure.shank), abs=1e-6)
    assert posture.left_elbow_deg.value == pytest.approx(180.0 - unsigned(figure.forearm - figure.arm), abs=1e-6)
    assert posture.left_upper_arm_deg.value == pytest.approx(180.0 - unsigned(figure.arm - figure.trunk), abs=1e-6)


@given(FIGURES, st.integers(0, 2**31))
def test_a_mirror_swaps_left_and_right_and_changes_nothing_else(figure: Figure, seed: int) -> None:
    random = np.random.default_rng(seed)
    points = figure.keypoints_px + random.normal(0.0, 15.0, (KEYPOINT_COUNT, 2))
    person = track(points)
    person = replace(
        person,
        velocities_px_s=random.normal(0.0, 80.0, (KEYPOINT_COUNT, 2)),
        confidences=random.uniform(0.05, 1.0, KEYPOINT_COUNT),
    )
    image = replace(
        track(mirrored(points)),
        velocities_px_s=(person.velocities_px_s * [-1.0, 1.0])[SWAPPED],
        confidences=person.confidences[SWAPPED],
    )
    straight, other = measures(posture_of(person)), measures(posture_of(image))
    for name, measure in straight.items():
        assert tuple(other[OTHER_SIDE.get(name, name)]) == pytest.approx(tuple(measure), abs=1e-6), name


@given(FIGURES, st.floats(0.3, 3.0), st.floats(-2000.0, 2000.0), st.floats(-2000.0, 0.0))
def test_angles_and_heights_are_the_same_near_and_far_and_at_every_place(
    figure: Figure, scale: float, dx_px: float, dy_px: float
) -> None:
    points = figure.keypoints_px
    moved = (points - FEET_PX) * scale + FEET_PX + [dx_px, dy_px]
    velocities = np.random.default_rng(1).normal(0.0, 50.0, points.shape)
    if max(points[:, 1].max(), moved[:, 1].max()) > HEIGHT_PX - 0.05 * H_PX * max(scale, 1.0):
        return  # near the lower border the feet may be outside
    here = measures(posture_of(replace(track(points), velocities_px_s=velocities)))
    there = measures(posture_of(replace(track(moved), velocities_px_s=velocities * scale)))
    for name, measure in here.items():
        assert tuple(there[name]) == pytest.approx(tuple(measure), rel=1e-6, abs=1e-6), name


@given(FIGURES, st.integers(0, 2**31))
def test_rates_are_those_of_finite_differences(figure: Figure, seed: int) -> None:
    points = figure.keypoints_px
    velocities = np.random.default_rng(seed).normal(0.0, 60.0, points.shape)
    step_s = 1e-4
    before = posture_of(track(points - velocities * step_s))
    now = posture_of(replace(track(points), velocities_px_s=velocities))
    after = posture_of(track(points + velocities * step_s))
    if not 1.0 < now.trunk_inclination_deg.value < 179.0:
        return  # an unsigned angle has a kink there
    rate_deg_s = (after.trunk_inclination_deg.value - before.trunk_inclination_deg.value) / (2.0 * step_s)
    assert now.trunk_rate_deg_s.value == pytest.approx(rate_deg_s, rel=1e-3, abs=0.1)
    descent_px_s = (after.hips.y_px - before.hips.y_px) / (2.0 * step_s)
    assert now.hip_descent_h_s.value == pytest.approx(descent_px_s / now.body_height_px.value, rel=1e-6, abs=1e-6)


def test_tipping_over_is_positive_to_either_side_and_going_down_too() -> None:
    for lean in (20.0, -20.0):
        person = track(Figure(trunk=lean).keypoints_px)
        velocities = np.zeros((KEYPOINT_COUNT, 2))
        velocities[[K.LEFT_SHOULDER, K.RIGHT_SHOULDER]] = [math.copysign(100.0, lean), 40.0]
        velocities[[K.LEFT_HIP, K.RIGHT_HIP]] = [0.0, 40.0]
        posture = posture_of(replace(person, velocities_px_s=velocities))
        assert posture.trunk_rate_deg_s.value > 0.0
        assert posture.hip_descent_h_s.value == pytest.approx(40.0 / posture.body_height_px.value)


@pytest.mark.parametrize(
    ("missing", "unknown"),
    [
        ([K.LEFT_ANKLE], ["left_knee_deg"]),
        ([K.LEFT_KNEE], ["left_knee_deg"]),
        ([K.LEFT_ANKLE, K.RIGHT_ANKLE], ["left_knee_deg", "right_knee_deg", "hip_height_h", "crouching"]),
        ([K.RIGHT_WRIST], ["right_elbow_deg"]),
        ([K.LEFT_ELBOW], ["left_elbow_deg", "left_upper_arm_deg"]),
        ([K.LEFT_EAR, K.RIGHT_EAR], ["neck_flexion_deg"]),
        ([K.LEFT_HIP, K.RIGHT_HIP], [n for n in MEASURES if "elbow" not in n and n != "extent_h"]),
        (list(K), [n for n in MEASURES if n != "extent_h"]),
    ],
)
@pytest.mark.parametrize("figure", [STANDING, LYING, SQUATTING])
def test_what_hangs_on_a_missing_joint_is_unknown_and_nothing_else(
    figure: Figure, missing: list[K], unknown: list[str]
) -> None:
    points = figure.keypoints_px
    points[missing] = 0.0  # wherever the network left them
    posture = posture_of(
        replace(
            track(points, {joint: 0.9 for joint in K if joint not in missing}),
            box_px=np.concatenate([figure.keypoints_px.min(axis=0), figure.keypoints_px.max(axis=0)]),
        )
    )
    for name, measure in measures(posture).items():
        assert (measure.confidence == 0.0) is (name in unknown), name
        assert math.isfinite(measure.value)


def test_of_a_pair_the_surer_joint_stands_for_both() -> None:
    points = STANDING.keypoints_px
    points[K.RIGHT_HIP] = points[K.RIGHT_SHOULDER] = points[K.RIGHT_ANKLE] = 0.0
    hidden = (K.RIGHT_HIP, K.RIGHT_SHOULDER, K.RIGHT_ANKLE)
    posture = posture_of(track(points, {joint: 0.1 if joint in hidden else 0.9 for joint in K}))
    assert posture.trunk_inclination_deg == pytest.approx((0.0, 0.9))
    assert (posture.foot.x_px, posture.foot.y_px) == FEET_PX
    assert posture.right_knee_deg.confidence == pytest.approx(0.1)


def test_limbs_that_point_at_the_camera_have_no_angle() -> None:
    points = STANDING.keypoints_px
    points[[K.LEFT_WRIST, K.RIGHT_WRIST]] = points[[K.LEFT_ELBOW, K.RIGHT_ELBOW]]
    points[[K.LEFT_SHOULDER, K.RIGHT_SHOULDER]] = points[[K.LEFT_HIP, K.RIGHT_HIP]]
    posture = posture_of(track(points))
    assert posture.left_elbow_deg.confidence == 0.0
    assert posture.trunk_inclination_deg.confidence == 0.0
    assert posture.lying.confidence == posture.upright.confidence == 0.0
    assert posture.left_knee_deg.confidence == pytest.approx(0.9)


def test_the_hips_have_no_height_over_feet_below_the_picture() -> None:
    points = STANDING.keypoints_px + np.array([0.0, HEIGHT_PX - FEET_PX[1] - 1.0])
    posture = posture_of(track(points))
    assert posture.hip_height_h == (0.0, 0.0)
    assert posture.foot.y_px == pytest.approx(HEIGHT_PX - 1.0)


def test_where_no_ankle_is_sure_the_box_tells_where_the_person_stands() -> None:
    sure = dict.fromkeys(K, 0.9) | {K.LEFT_ANKLE: 0.4, K.RIGHT_ANKLE: 0.4}
    person = replace(track(STANDING.keypoints_px, sure), box_px=np.array([850.0, 500.0, 950.0, 910.0]))
    assert posture_of(person).foot == (900.0, 910.0, 0.3)
    cut_off = replace(person, box_px=np.array([850.0, 500.0, 950.0, HEIGHT_PX - 1.0]))
    assert posture_of(cut_off).foot.confidence == 0.0


def test_a_posture_says_whose_and_how_old_it_is() -> None:
    person = replace(track(STANDING.keypoints_px), id=7, state=TrackState.LOST, score=0.4, motion_px_s=40.0)
    tracks = Tracks("gate", 12.5, WIDTH_PX, HEIGHT_PX, (person, replace(person, id=9)))
    postures = TrackToPosture()(tracks)
    assert (postures.camera, postures.t_s) == ("gate", 12.5)
    assert (postures.width_px, postures.height_px) == (WIDTH_PX, HEIGHT_PX)
    assert [p.track_id for p in postures.people] == [7, 9]
    first = postures.people[0]
    assert (first.state, first.score, first.t_s, first.unseen_s) == (TrackState.LOST, 0.4, 12.5, 2.5)
    assert first.motion_h_s == pytest.approx(40.0 / first.body_height_px.value)
    assert first.box_px == tuple(person.box_px.tolist())
    assert set(MEASURES) < {field.name for field in fields(Posture)}


def test_body_height_is_learnt_from_a_person_and_kept_while_the_person_lies() -> None:
    stage = TrackToPosture()
    standing = posture_of(track(STANDING.keypoints_px), stage)
    drawn_px = (TRUNK_H + THIGH_H + SHANK_H) / 0.779 * H_PX
    assert standing.body_height_px == pytest.approx((drawn_px, 1.0))
    foreshortened = (LYING.keypoints_px - FEET_PX) * 0.4 + FEET_PX
    for number in range(1, 11):
        t_s = 10.0 + number / 10
        lying = posture_of(seen_at(track(foreshortened), t_s), stage, t_s)
    assert lying.body_height_px.value > 0.9 * drawn_px, "the longest view is the right one"


def test_only_what_the_detector_sees_measures_the_body() -> None:
    stage = TrackToPosture()
    before = posture_of(track(STANDING.keypoints_px), stage).body_height_px
    carried = track((STANDING.keypoints_px - FEET_PX) * 3.0 + FEET_PX)
    assert posture_of(carried, stage, t_s=11.0).body_height_px == before
    assert posture_of(seen_at(carried, 12.0), stage, t_s=12.0).body_height_px.value > before.value


def test_the_body_height_of_who_left_is_forgotten() -> None:
    stage = TrackToPosture()
    posture_of(track(STANDING.keypoints_px), stage)
    stage(Tracks("c", 11.0, WIDTH_PX, HEIGHT_PX, ()))
    half = (STANDING.keypoints_px - FEET_PX) * 0.5 + FEET_PX
    assert posture_of(seen_at(track(half), 12.0), stage, 12.0).body_height_px.value == pytest.approx(
        0.5 * H_PX, rel=0.01
    )


def test_without_a_trunk_the_box_gives_a_height_that_is_hardly_trusted() -> None:
    person = track(STANDING.keypoints_px, {K.NOSE: 0.9})
    posture = posture_of(person)
    assert posture.body_height_px == pytest.approx((person.box_px[3] - person.box_px[1], 0.2))
    assert posture.extent_h == pytest.approx((1.0, 0.2))


def test_each_wrist_keeps_its_side_and_its_confidence() -> None:
    person = track(OVERHEAD.keypoints_px, {K.LEFT_WRIST: 0.7, K.RIGHT_WRIST: 0.3})
    found = posture_of(person)
    assert tuple(found.left_wrist[:2]) == pytest.approx(tuple(OVERHEAD.keypoints_px[K.LEFT_WRIST]))
    assert (found.left_wrist.confidence, found.right_wrist.confidence) == (0.7, 0.3)


# With a calibrated camera


@pytest.mark.parametrize(("trunk", "arm", "trunk_deg", "arm_deg"), [(0.0, 180.0, 0.0, 0.0), (70.0, 90.0, 70.0, 90.0)])
def test_in_a_level_picture_the_room_shows_the_angles_of_the_picture(
    trunk: float, arm: float, trunk_deg: float, arm_deg: float
) -> None:
    figure = Figure(trunk=trunk, arm=arm)
    posture = posture_of(track(figure.keypoints_px), TrackToPosture(Calibration(tilt_deg=0.0, fov_deg=20.0)))
    assert posture.trunk_band_deg == pytest.approx((trunk_deg, trunk_deg), abs=8.0)
    assert posture.left_arm_band_deg == pytest.approx((arm_deg, arm_deg), abs=8.0)
    assert posture.left_arm_band_deg == posture.right_arm_band_deg


def test_a_camera_that_looks_down_tells_less_and_an_unknown_one_nothing() -> None:
    stage = TrackToPosture(Calibration(tilt_deg=30.0, fov_deg=20.0))
    down = posture_of(track(STANDING.keypoints_px), stage).trunk_band_deg
    assert down is not None
    assert (down.low_deg, down.high_deg) == pytest.approx((0.0, 60.0), abs=15.0)
    stage.recalibrate(None)
    unknown = posture_of(track(STANDING.keypoints_px), stage, t_s=10.1)
    assert (unknown.trunk_band_deg, unknown.left_arm_band_deg, unknown.right_arm_band_deg) == (None, None, None)


# With a camera that is pushed


def test_while_the_whole_picture_moves_and_shortly_after_no_speed_is_told() -> None:
    stage = TrackToPosture()

    def speeds_at(t_s: float, camera_px_s: float) -> tuple[float, float]:
        person = seen_at(track(STANDING.keypoints_px), t_s)
        (posture,) = stage(Tracks("c", t_s, WIDTH_PX, HEIGHT_PX, (person,), camera_px_s)).people
        assert posture.trunk_inclination_deg.confidence > 0.8, "where people are is told all the same"
        return posture.hip_descent_h_s.confidence, posture.trunk_rate_deg_s.confidence

    assert min(speeds_at(10.0, 0.1 * H_PX)) > 0.8
    assert speeds_at(10.1, 0.3 * H_PX) == (0.0, 0.0)
    assert speeds_at(10.5, 0.0) == (0.0, 0.0)
    assert min(speeds_at(10.7, 0.0)) > 0.8
