"""The signs of going down, one at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from people import H_PX, LYING, STANDING, Body, Part, film, posture, stays

from edge_agent.data.event import Evidence
from edge_agent.data.posture import Measure, Posture
from edge_agent.rules.going_down import before_going_down, collapse, fast_descent, fast_rotation
from edge_agent.rules.history import History

SITTING_ON_FLOOR = Body(0.03, 10.0, 0.6)


def history_of(shots: Iterable[Posture]) -> History:
    history = History()
    for shot in shots:
        history.add(shot)
    return history


def tipping(*rates_deg_s: float) -> History:
    """A trunk that tips at these rates, a frame of a tenth of a second each; hips and box stay."""
    shots, trunk_deg = [posture(STANDING, 0.0)], 5.0
    for index, rate in enumerate(rates_deg_s, start=1):
        trunk_deg = min(trunk_deg + 0.1 * rate, 120.0)
        shots.append(
            replace(
                posture(STANDING, 0.1 * index),
                trunk_inclination_deg=Measure(trunk_deg, 0.9),
                trunk_rate_deg_s=Measure(rate, 0.9),
            )
        )
    return history_of(shots)


def test_a_trunk_that_tips_fast_and_far_is_a_sign() -> None:
    sign = fast_rotation(tipping(50.0, 200.0, 250.0), 0.0, 178.0, 34.0)
    assert sign is not None
    assert sign.at_s == pytest.approx(0.3)
    assert sign.evidence == Evidence("trunk_rate_deg_s", 250.0)


def test_one_that_tips_fast_but_not_far_is_not() -> None:
    assert fast_rotation(tipping(0.0, 200.0, 0.0), 0.0, 178.0, 34.0) is None


def test_one_that_turned_faster_than_a_body_can_just_before_is_not() -> None:
    """The filter settles after a wrong detection: what looks plausible then is its echo."""
    assert fast_rotation(tipping(50.0, 1000.0, 400.0, 200.0), 0.0, 178.0, 34.0) is None


def test_hips_that_go_down_fast_for_long_enough_are_a_sign() -> None:
    shots = film(stays(STANDING, 1.0), Part(0.5, STANDING, LYING), fps=20.0)
    sign = fast_descent(history_of(shots), 0.0, 0.76, 0.2)
    assert sign is not None
    assert sign.evidence.value == pytest.approx((0.49 - 0.05) / 0.5)
    assert fast_descent(history_of(shots), 0.0, 0.76, 0.6) is None
    assert fast_descent(history_of(shots), 0.0, 1.0, 0.2) is None


def test_a_box_that_shrinks_within_a_second_is_a_sign() -> None:
    quick = film(stays(STANDING, 1.0), Part(0.5, STANDING, LYING), stays(LYING, 0.5))
    assert collapse(history_of(quick), 0.0, 0.45) is not None
    slow = film(stays(STANDING, 0.5), Part(4.0, STANDING, LYING))
    assert collapse(history_of(slow), 0.0, 0.45) is None


def test_somebody_up_before_is_measured_at_the_highest() -> None:
    before = before_going_down(history_of(film(stays(STANDING, 2.0), Part(0.5, STANDING, LYING))), 2.0)
    assert before is not None
    assert before.hip_y_px == pytest.approx(400.0 - 0.49 * H_PX)
    assert before.height_px == H_PX


@pytest.mark.parametrize("body", [LYING, SITTING_ON_FLOOR])
def test_nobody_goes_down_who_was_on_the_ground(body: Body) -> None:
    assert before_going_down(history_of(film(stays(body, 2.0))), 1.9) is None


def test_up_in_a_few_frames_only_is_not_up() -> None:
    shots = film(stays(LYING, 1.5), stays(STANDING, 0.3))
    assert before_going_down(history_of(shots), 1.8) is None


def test_an_unsure_detection_stood_nowhere() -> None:
    shots = [replace(shot, score=0.3) for shot in film(stays(STANDING, 2.0))]
    assert before_going_down(history_of(shots), 1.9) is None


@pytest.mark.parametrize("fps", [4.0, 5.0, 9.0, 18.0, 60.0])
def test_how_long_hips_went_down_does_not_depend_on_the_frames_a_second(fps: float) -> None:
    quick = film(stays(STANDING, 1.0), Part(0.5, STANDING, LYING), stays(LYING, 0.5), fps=fps)
    assert fast_descent(history_of(quick), 0.0, 0.76, 0.2) is not None


@pytest.mark.parametrize("fps", [2.0, 5.0, 18.0, 60.0])
def test_one_frame_of_going_down_proves_nothing(fps: float) -> None:
    shots = film(stays(STANDING, 4.0), fps=fps)
    once = len(shots) // 2
    shots[once] = replace(shots[once], hip_descent_h_s=Measure(2.0, 0.9))
    assert fast_descent(history_of(shots), 0.0, 0.76, 0.2) is None


def test_what_began_before_the_window_counts_from_its_edge() -> None:
    """A run of 0.13 s stays one, wherever the window begins."""
    shots = film(
        stays(STANDING, 1.0), Part(0.13, STANDING, Body(0.3, 10.0, 0.4)), stays(Body(0.3, 10.0, 0.4), 1.0), fps=30.0
    )
    for from_s in (0.0, 0.9, 1.0, 1.03, 1.06, 1.1):
        assert fast_descent(history_of(shots), from_s, 0.76, 0.2) is None, from_s
