"""Rule `climbing`: feet that are off the floor make a person look taller."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import LEVEL, STANDING, Camera, film, stays, told

from edge_agent.data.calibration import Calibration
from edge_agent.data.event import Severity, Verdict
from edge_agent.data.posture import Measure, Posture
from edge_agent.mqtt.privacy_profile import bucketed
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.climbing import Climbing, ClimbingSettings
from edge_agent.rules.history import FrameSize, History, Scene

METRIC = replace(LEVEL, height_m=3.0)
ON = CatalogueSettings(climbing=ClimbingSettings(enabled=True))


def shown(
    seconds: float,
    *,
    from_s: float = 0.0,
    own_m: float = 1.75,
    up_m: float = 0.0,
    walks_m_s: float = 0.0,
    camera_m: float = 3.0,
    fps: float = 10.0,
    track_id: int = 1,
) -> list[Posture]:
    """Somebody whose feet are `up_m` above the floor."""
    looks_m = own_m * camera_m / (camera_m - up_m)
    return [
        replace(
            shot,
            stature_m=Measure(looks_m, 0.9),
            floor_speed_m_s=Measure(walks_m_s, 0.9),
            camera_height_m=camera_m,
        )
        for shot in film(stays(STANDING, seconds), fps=fps, from_s=from_s, track_id=track_id)
    ]


def walks(seconds: float = 6.0, **how: float) -> list[Posture]:
    return shown(seconds, walks_m_s=1.2, **how)  # type: ignore[arg-type]


def watched(*films: list[Posture]) -> list[tuple[str, str]]:
    return told(Camera(settings=ON, calibration=METRIC).watch([shot for shots in films for shot in shots]))


@pytest.mark.parametrize("fps", [5.0, 15.0])
def test_who_walked_and_then_stands_a_ladder_high_is_raised_once_and_cleared_below(fps: float) -> None:
    camera = Camera(settings=ON, calibration=METRIC)
    ladder = shown(10.0, from_s=6.0, up_m=0.8, fps=fps)
    events = camera.watch([*walks(fps=fps), *ladder, *shown(5.0, from_s=16.0, fps=fps)])
    assert told(events) == [("climbing", "raised"), ("climbing", "cleared")]
    assert events[0].severity is Severity.WARNING
    # 1 s, and the half second in which the stature is smoothed.
    assert 7.0 <= events[0].observed_s <= 8.2


def test_nothing_that_tells_how_tall_somebody_is_leaves() -> None:
    (event,) = Camera(settings=ON, calibration=METRIC).watch([*walks(), *shown(4.0, from_s=6.0, up_m=1.0)])
    assert event.evidence == ()
    assert bucketed(event.evidence) == {}


def test_a_step_a_jump_and_a_stand_on_the_floor_are_no_climb() -> None:
    assert watched(walks(), shown(10.0, from_s=6.0, up_m=0.35)) == []
    assert watched(walks(), shown(0.6, from_s=6.0, up_m=0.8), shown(5.0, from_s=6.6)) == []
    assert watched(walks(), shown(30.0, from_s=6.0)) == []


def test_until_somebody_was_seen_to_walk_nothing_can_be_told() -> None:
    assert watched(shown(20.0, up_m=0.8)) == []
    assert watched(walks(2.0), shown(20.0, from_s=2.0, up_m=0.8)) == []


def test_who_sits_for_long_is_not_shorter_for_it_and_does_not_climb_by_standing_up() -> None:
    # From the front somebody on a chair looks like somebody three quarters as tall.
    assert watched(shown(20.0, own_m=1.45), walks(own_m=1.9, from_s=20.0), shown(5.0, own_m=1.9, from_s=26.0)) == []
    assert watched(walks(own_m=1.9), shown(20.0, own_m=1.45, from_s=6.0), shown(9.0, own_m=1.9, from_s=26.0)) == []


def test_who_comes_down_from_where_nobody_saw_them_climb_is_not_accused_for_ever() -> None:
    """First seen walking on a platform, then on the floor, then on the platform again."""
    high = walks(8.0, own_m=1.6, up_m=0.6)
    floor = walks(8.0, own_m=1.6, from_s=8.0)
    again = shown(4.0, own_m=1.6, up_m=0.6, from_s=16.0)
    assert watched(high, floor, again) == [("climbing", "raised")]


@given(st.floats(1.45, 2.0), st.floats(2.2, 8.0), st.floats(0.0, 1.2))
def test_the_height_of_the_feet_decides_whatever_the_person_and_the_camera(
    own_m: float, camera_m: float, up_m: float
) -> None:
    history, rule, verdict = History(), Climbing(ClimbingSettings()), None
    for shot in [*walks(own_m=own_m, camera_m=camera_m), *shown(3.0, own_m=own_m, camera_m=camera_m, up_m=up_m)]:
        history.add(replace(shot, t_s=shot.t_s if shot.floor_speed_m_s == (1.2, 0.9) else shot.t_s + 6.0))
        verdict = rule.judge(history, None, FrameSize(640, 480), raised=False).verdict
    limit_m = max(0.5, 0.1 * camera_m)
    if abs(up_m - limit_m) < 0.02:
        return
    assert verdict is (Verdict.YES if up_m > limit_m else Verdict.NO)


def test_once_raised_it_lasts_until_the_feet_are_nearly_down() -> None:
    history, rule = History(), Climbing(ClimbingSettings())
    for shot in [*walks(), *shown(3.0, from_s=6.0, up_m=0.4)]:
        history.add(shot)
        rule.judge(history, None, FrameSize(640, 480), raised=False)
    verdicts = [rule.judge(history, None, FrameSize(640, 480), raised=raised).verdict for raised in (False, True)]
    assert verdicts == [Verdict.NO, Verdict.YES]


def test_who_was_learnt_is_known_under_another_track_id() -> None:
    assert watched(walks(), shown(5.0, from_s=6.1, up_m=0.8, track_id=2)) == [("climbing", "raised")]


def test_a_giant_is_somebody_high_up_and_is_not_believed() -> None:
    history = learnt(walks(own_m=1.75, up_m=0.8))
    assert history.stature.reference_m is None


def learnt(*films: list[Posture]) -> History:
    """The history of somebody whose stature a rule asks for in every frame."""
    history = History()
    for shot in (shot for shots in films for shot in shots):
        history.add(shot)
        assert history.stature.lately_m >= 0.0
    return history


def test_a_taller_person_who_was_taken_for_a_shorter_one_is_learnt_after_half_a_minute_of_walking() -> None:
    """Found again at the same place after two seconds, with the reference of whoever was there before."""
    other = walks(60.0, own_m=1.95, from_s=8.0)
    assert watched(walks(own_m=1.55), other) == [("climbing", "raised"), ("climbing", "cleared")]
    assert learnt(walks(own_m=1.55), other).stature.reference_m == pytest.approx(1.95, rel=0.01)


def test_who_walks_about_on_a_platform_for_a_while_is_not_learnt_as_taller() -> None:
    visits = [
        shot
        for start_s in (6.0, 26.0, 46.0, 66.0)
        for shot in [*walks(10.0, own_m=1.6, up_m=0.5, from_s=start_s), *walks(10.0, own_m=1.6, from_s=start_s + 10.0)]
    ]
    assert learnt(walks(own_m=1.6), visits).stature.reference_m == pytest.approx(1.6, rel=0.03)


def test_another_calibration_forgets_what_was_learnt_with_the_one_before() -> None:
    history = learnt(walks(own_m=1.6))
    assert history.stature.reference_m == pytest.approx(1.6)
    history.recalibrated()
    assert history.stature.reference_m is None


def test_two_frames_of_one_instant_teach_nothing_and_harm_nothing() -> None:
    shot = walks(own_m=1.6)[0]
    assert learnt([shot, shot, shot]).stature.reference_m is None


def test_a_stature_that_no_rule_asks_for_is_not_followed() -> None:
    history = History()
    for shot in walks(own_m=1.6):
        history.add(shot)
    assert history.stature.reference_m is None, "learning begins with the first question"


@pytest.mark.parametrize("calibration", [None, LEVEL])
def test_a_camera_that_does_not_know_its_height_has_no_say(calibration: Calibration | None) -> None:
    assert Climbing(ClimbingSettings()).places(Scene("hall", (), calibration)) == ()


def test_it_is_off_unless_asked_for() -> None:
    assert Camera(calibration=METRIC).watch([*walks(), *shown(5.0, from_s=6.0, up_m=1.0)]) == []
