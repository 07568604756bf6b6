"""Rules `overhead_reach`, `squat_kneel` and `stoop_lift`: postures that strain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import BENT, LYING, ON_CHAIR, SIZE, SQUATTING, STANDING, Body, Camera, film, posture, stays, told, zone

from edge_agent.data.event import Verdict
from edge_agent.data.posture import Band, Measure, Point, Posture
from edge_agent.data.zone import ZoneKind
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import History
from edge_agent.rules.neck_hold import NeckHoldSettings
from edge_agent.rules.overhead_reach import OverheadReachSettings
from edge_agent.rules.squat_kneel import SquatKneelSettings
from edge_agent.rules.stoop_lift import StoopLift, StoopLiftSettings

OVERHEAD = CatalogueSettings(overhead_reach=OverheadReachSettings(enabled=True))
SQUAT = CatalogueSettings(squat_kneel=SquatKneelSettings(enabled=True))
NECK = CatalogueSettings(neck_hold=NeckHoldSettings(enabled=True))
STOOP = CatalogueSettings(stoop_lift=StoopLiftSettings(enabled=True))


def with_left_arm(shot: Posture, arm_deg: float) -> Posture:
    return replace(
        shot,
        left_upper_arm_deg=Measure(arm_deg, 0.9),
        right_upper_arm_deg=Measure(5.0, 0.9),
        left_arm_band_deg=Band(arm_deg, arm_deg),
        right_arm_band_deg=Band(5.0, 5.0),
    )


def fetching(shot: Posture, knee_deg: float = 175.0, hand_h: float = 0.1) -> Posture:
    """Somebody whose hands are so far above the ankles, with knees stretched or bent."""
    hand = Point(shot.foot.x_px, shot.foot.y_px - hand_h * shot.body_height_px.value, 0.9)
    knee = Measure(knee_deg, 0.9)
    return replace(shot, left_wrist=hand, right_wrist=hand, left_knee_deg=knee, right_knee_deg=knee)


def stoops(shot: Posture) -> Verdict:
    history = History()
    history.add(shot)
    return StoopLift(StoopLiftSettings()).judge(history, None, SIZE, raised=False).verdict


@pytest.mark.parametrize(
    ("arm_deg", "events"), [(85.0, []), (95.0, [("overhead_reach", "raised"), ("overhead_reach", "cleared")])]
)
def test_an_elbow_above_the_shoulder_for_4_s_is_reaching_overhead(
    arm_deg: float, events: list[tuple[str, str]]
) -> None:
    up = [with_left_arm(shot, arm_deg) for shot in film(stays(STANDING, 6.0))]
    down = [with_left_arm(shot, 10.0) for shot in film(stays(STANDING, 4.0), from_s=6.0)]
    assert told(Camera(settings=OVERHEAD).watch([*up, *down])) == events


@pytest.mark.parametrize("body", [STANDING, ON_CHAIR, BENT, LYING])
def test_nobody_who_stands_sits_bends_or_lies_squats(body: Body) -> None:
    assert told(Camera(settings=SQUAT).watch(film(stays(body, 8.0))), "squat_kneel") == []


def test_squatting_for_4_s_is_reported_and_ends_with_standing_up() -> None:
    events = Camera(settings=SQUAT).watch(film(stays(SQUATTING, 6.0), stays(STANDING, 3.0)))
    assert told(events) == [("squat_kneel", "raised"), ("squat_kneel", "cleared")]
    assert events[0].observed_s == pytest.approx(4.0, abs=0.11)


@pytest.mark.parametrize(
    ("neck_deg", "band", "events"),
    [
        (30.0, Band(30.0, 30.0), []),
        (50.0, Band(50.0, 50.0), [("neck_hold", "raised"), ("neck_hold", "cleared")]),
        (50.0, Band(10.0, 50.0), []),
    ],
    ids=["a little", "far", "perhaps"],
)
def test_a_head_bent_down_for_4_s_is_reported(neck_deg: float, band: Band, events: list[tuple[str, str]]) -> None:
    """An upright head shows as 15 deg."""

    def nods(shots: list[Posture], deg: float, band: Band) -> list[Posture]:
        return [replace(shot, neck_flexion_deg=Measure(deg, 0.9), neck_band_deg=band) for shot in shots]

    down = nods(film(stays(STANDING, 6.0)), neck_deg, band)
    up = nods(film(stays(STANDING, 4.0), from_s=6.0), 15.0, Band(15.0, 15.0))
    assert told(Camera(settings=NECK).watch([*down, *up])) == events


def test_low_on_a_seat_is_sitting() -> None:
    bench = zone("bench", 200, 200, 440, 479, ZoneKind.SEAT)
    assert told(Camera((bench,), settings=SQUAT).watch(film(stays(SQUATTING, 6.0))), "squat_kneel") == []


def test_a_bent_back_straight_knees_and_hands_below_them_is_a_stoop() -> None:
    stoop = [fetching(shot) for shot in film(stays(BENT, 1.0), from_s=2.0)]
    events = Camera(settings=STOOP).watch(
        [*film(stays(STANDING, 2.0)), *stoop, *film(stays(STANDING, 3.0), from_s=3.0)]
    )
    assert told(events) == [("stoop_lift", "raised"), ("stoop_lift", "cleared")]


@pytest.mark.parametrize(
    "shot",
    [
        fetching(posture(BENT, 0.0), knee_deg=110.0),
        fetching(posture(BENT, 0.0), hand_h=0.4),
        fetching(posture(STANDING, 0.0)),
    ],
    ids=["knees bent", "hands on a table", "trunk upright"],
)
def test_other_ways_to_fetch_something_are_none(shot: Posture) -> None:
    assert stoops(shot) is Verdict.NO


@pytest.mark.parametrize(
    "shot",
    [
        replace(fetching(posture(BENT, 0.0)), left_knee_deg=Measure(175.0, 0.2), right_knee_deg=Measure(175.0, 0.2)),
        fetching(posture(replace(BENT, feet_seen=False), 0.0)),
        replace(fetching(posture(BENT, 0.0)), trunk_band_deg=Band(40.0, 75.0)),
    ],
    ids=["no knee", "no foot", "two solutions"],
)
def test_what_cannot_be_seen_is_not_told(shot: Posture) -> None:
    assert stoops(shot) is Verdict.INDETERMINATE


@pytest.mark.parametrize("settings", [OVERHEAD, SQUAT, STOOP])
def test_a_camera_that_is_not_calibrated_raises_none_of_them(settings: CatalogueSettings) -> None:
    camera = Camera(settings=settings, calibration=None)
    shots = [fetching(with_left_arm(shot, 120.0)) for body in (STANDING, BENT) for shot in film(stays(body, 6.0))]
    later = [replace(shot, t_s=0.1 * index) for index, shot in enumerate([*shots, *film(stays(SQUATTING, 8.0))])]
    assert camera.watch(later) == []
