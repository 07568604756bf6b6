"""Rule `sos_gesture`: arms stretched out, slowly and repeatedly raised and lowered."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import H_PX, LYING, STANDING, Body, Camera, film, raised, stays, told, value

from edge_agent.data.event import Severity
from edge_agent.data.posture import Measure, Point, Posture
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.sos_gesture import SosGestureSettings

ON = CatalogueSettings(sos_gesture=SosGestureSettings(enabled=True))
_ARM_H, _SHOULDERS_H = 0.332, 0.26  # upper arm and forearm; width of the shoulders (Drillis and Contini)


def arms(shot: Posture, left_deg: float, right_deg: float, *, sure: float = 0.9, reach_h: float = _ARM_H) -> Posture:
    """Stretched arms at these elevations."""

    def wrist(side: int, deg: float) -> Point:
        out_h = _SHOULDERS_H / 2.0 + reach_h * math.sin(math.radians(deg))
        down_h = reach_h * math.cos(math.radians(deg))
        return Point(shot.shoulders.x_px + side * out_h * H_PX, shot.shoulders.y_px + down_h * H_PX, sure)

    return replace(
        shot,
        left_upper_arm_deg=Measure(left_deg, sure),
        right_upper_arm_deg=Measure(right_deg, sure),
        left_wrist=wrist(1, left_deg),
        right_wrist=wrist(-1, right_deg),
    )


def waves(
    cycle_s: float = 2.0, *, count: int = 3, high_deg: float = 150.0, body: Body = STANDING, fps: float = 12.0
) -> list[Posture]:
    """Both arms between 15 deg and `high_deg`, `count` times, and still after."""
    shots = []
    for shot in film(stays(body, 2.0 + count * cycle_s + 4.0), fps=fps):
        turn = (shot.t_s - 2.0) / cycle_s
        lift = 0.5 - 0.5 * math.cos(2.0 * math.pi * turn) if 0.0 <= turn <= count else 0.0
        shots.append(arms(shot, *(15.0 + lift * (high_deg - 15.0),) * 2))
    return shots


@pytest.mark.parametrize("fps", [5.0, 12.0, 30.0])
@pytest.mark.parametrize("cycle_s", [1.5, 2.0, 2.6])
@pytest.mark.parametrize("body", [STANDING, LYING])
def test_the_sign_given_twice_is_raised_once(cycle_s: float, fps: float, body: Body) -> None:
    events = Camera(settings=ON).watch(waves(cycle_s, fps=fps, body=body))
    assert told(events, "sos_gesture") == [("sos_gesture", "raised")]
    assert events[0].severity is Severity.CRITICAL
    assert events[0].observed_s == pytest.approx(2.0 + 1.75 * cycle_s, abs=0.3 * cycle_s + 1.0 / fps)
    assert value(events[0], "raise_count") == 2.0


def test_it_lasts_for_a_minute_after_the_last_sign() -> None:
    events = Camera(settings=ON).watch(
        [*waves(), *(arms(s, 15.0, 15.0) for s in film(stays(STANDING, 70.0), from_s=12.0))]
    )
    assert told(events) == [("sos_gesture", "raised"), ("sos_gesture", "cleared")]
    assert value(events[1], "resolved") == "ended"
    assert events[1].observed_s - events[0].observed_s > 60.0


@pytest.mark.parametrize(("raises", "cycle_s"), [(3, 2.0), (4, 1.3), (4, 2.0)])
def test_a_sign_that_takes_longer_than_anybody_is_remembered_is_refused(raises: int, cycle_s: float) -> None:
    with pytest.raises(ValueError, match=r"raises times cycle_s must be at most 5 s.* lower cycle_s to"):
        SosGestureSettings(raises=raises, cycle_s=cycle_s)


@pytest.mark.parametrize(("raises", "cycle_s"), [(2, 2.0), (3, 1.6), (4, 1.25)])
def test_the_longest_signs_that_are_accepted_are_seen_when_given_a_little_slower(raises: int, cycle_s: float) -> None:
    settings = CatalogueSettings(sos_gesture=SosGestureSettings(enabled=True, raises=raises, cycle_s=cycle_s))
    events = Camera(settings=settings).watch(waves(1.1 * cycle_s, count=raises))
    assert told(events, "sos_gesture") == [("sos_gesture", "raised")]


def test_it_is_off_unless_asked_for() -> None:
    assert Camera().watch(waves()) == []


def test_a_single_raise_is_a_stretch() -> None:
    assert told(Camera(settings=ON).watch(waves(count=1))) == []


def test_arms_that_stay_below_level_are_no_sign() -> None:
    assert told(Camera(settings=ON).watch(waves(high_deg=95.0))) == []


def test_jumping_jacks_are_too_fast() -> None:
    assert told(Camera(settings=ON).watch(waves(1.0, count=8))) == []


def test_slow_jumping_jacks_move_the_hips() -> None:
    shots = [
        replace(shot, hip_descent_h_s=Measure(0.8 * math.sin(8.0 * shot.t_s), 0.9)) for shot in waves(1.5, count=6)
    ]
    assert told(Camera(settings=ON).watch(shots)) == []


def test_one_arm_that_waves_is_no_sign() -> None:
    shots = [replace(shot, right_upper_arm_deg=Measure(10.0, 0.9)) for shot in waves()]
    assert told(Camera(settings=ON).watch(shots)) == []


def test_hands_that_stay_close_together_lift_a_thing() -> None:
    """Nobody puts boxes on a shelf with the arms stretched to the sides."""
    shots = []
    for shot in waves():
        middle = shot.shoulders.x_px
        near = {"left_wrist": shot.left_wrist._replace(x_px=middle + 0.15 * H_PX)}
        shots.append(replace(shot, **near, right_wrist=shot.right_wrist._replace(x_px=middle - 0.15 * H_PX)))
    assert told(Camera(settings=ON).watch(shots)) == []


def test_work_overhead_keeps_the_arms_up() -> None:
    shots = [
        arms(shot, 130.0 + 20.0 * math.sin(3.0 * shot.t_s), 130.0 + 20.0 * math.cos(3.0 * shot.t_s))
        for shot in film(stays(STANDING, 30.0))
    ]
    assert told(Camera(settings=ON).watch(shots)) == []


def test_arms_that_nobody_can_be_sure_of_tell_nothing() -> None:
    shots = [arms(s, s.left_upper_arm_deg.value, s.right_upper_arm_deg.value, sure=0.4) for s in waves()]
    assert told(Camera(settings=ON).watch(shots)) == []


@given(
    left=st.lists(st.floats(0.0, 95.0), min_size=60, max_size=60),
    right=st.lists(st.floats(0.0, 180.0), min_size=60, max_size=60),
)
def test_whatever_one_arm_does_while_the_other_stays_below_level_asks_for_nothing(
    left: list[float], right: list[float]
) -> None:
    shots = film(stays(STANDING, 6.0))
    signed = [arms(shot, a, b) for shot, a, b in zip(shots, left, right, strict=True)]
    assert raised(Camera(settings=ON).watch(signed), "sos_gesture") == []
