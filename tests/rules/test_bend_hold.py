"""Rule `bend_hold`: bent over without a pause."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import (
    BENT,
    LYING,
    SIZE,
    SQUATTING,
    STANDING,
    Body,
    Camera,
    carried,
    film,
    posture,
    raised,
    stays,
    told,
    value,
)

from edge_agent.data.event import Phase, Severity, Verdict
from edge_agent.data.posture import Band
from edge_agent.rules.bend_hold import BendHold, BendHoldSettings
from edge_agent.rules.catalogue import build_rules
from edge_agent.rules.history import History, Scene


def judged(body: Body, *, raised: bool = False) -> Verdict:
    history = History()
    history.add(posture(body, 0.0))
    return BendHold(BendHoldSettings()).judge(history, None, SIZE, raised=raised).verdict


@pytest.mark.parametrize("fps", [2.0, 10.0, 30.0])
def test_a_bend_held_for_4_s_is_raised_once(fps: float) -> None:
    events = Camera().watch(film(stays(STANDING, 1.0), stays(BENT, 10.0), fps=fps))
    assert told(events) == [("bend_hold", "raised")]
    assert events[0].severity is Severity.INFO
    assert events[0].observed_s == pytest.approx(1.0 + 4.0, abs=1.0 / fps)


def test_a_shorter_one_is_not() -> None:
    parts = (stays(BENT, 3.8), stays(STANDING, 1.0), stays(BENT, 3.8))
    assert Camera().watch(film(*parts)) == []


@pytest.mark.parametrize(
    ("trunk_deg", "before", "while_raised"),
    [(49.0, Verdict.NO, Verdict.NO), (55.0, Verdict.NO, Verdict.YES), (61.0, Verdict.YES, Verdict.YES)],
)
def test_it_begins_at_60_deg_and_ends_below_50(trunk_deg: float, before: Verdict, while_raised: Verdict) -> None:
    body = replace(BENT, trunk_deg=trunk_deg)
    assert judged(body) is before
    assert judged(body, raised=True) is while_raised


def test_coming_half_way_up_does_not_clear_it() -> None:
    half_way = replace(BENT, trunk_deg=55.0)
    events = Camera().watch(film(stays(BENT, 5.0), stays(half_way, 10.0), stays(STANDING, 3.0)))
    assert told(events) == [("bend_hold", "raised"), ("bend_hold", "cleared")]
    assert events[1].observed_s == pytest.approx(15.0 + 1.0, abs=0.2)


def test_limits_closer_than_10_deg_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 10 deg"):
        BendHoldSettings(enter_deg=60.0, exit_deg=55.0)


def test_feet_that_are_not_seen_make_a_bend_unknown_but_not_an_upright_trunk() -> None:
    assert judged(replace(BENT, feet_seen=False)) is Verdict.INDETERMINATE
    assert judged(replace(STANDING, feet_seen=False)) is Verdict.NO


@pytest.mark.parametrize("body", [replace(SQUATTING, trunk_deg=70.0), LYING])
def test_a_squat_and_lying_are_no_bend(body: Body) -> None:
    assert judged(body) is Verdict.NO
    assert raised(Camera().watch(film(stays(body, 10.0))), "bend_hold") == []


def test_nobody_is_judged_unseen() -> None:
    shots = film(stays(BENT, 3.0))
    assert Camera().watch([*shots, *carried(shots[-1], 5.0)]) == []


# What one camera can tell


@pytest.mark.parametrize(
    ("low_deg", "high_deg", "verdict"),
    [
        (65.0, 80.0, Verdict.YES),
        (20.0, 55.0, Verdict.NO),
        (30.0, 75.0, Verdict.INDETERMINATE),
    ],
)
def test_both_solutions_must_agree(low_deg: float, high_deg: float, verdict: Verdict) -> None:
    history = History()
    history.add(replace(posture(BENT, 0.0), trunk_band_deg=Band(low_deg, high_deg)))
    assert BendHold(BendHoldSettings()).judge(history, None, SIZE, raised=False).verdict is verdict


def test_a_camera_that_is_not_calibrated_counts_and_raises_nothing() -> None:
    camera = Camera(calibration=None)
    shots = [replace(shot, trunk_band_deg=None) for shot in film(stays(STANDING, 5.0), stays(BENT, 20.0))]
    assert camera.watch([*shots, *carried(shots[-1], 3.0)]) == []
    seconds = camera.rules.exposures["bend_hold"]
    assert (seconds.no_s, seconds.yes_s, seconds.indeterminate_s) == pytest.approx((4.9, 20.0, 0.0), abs=0.11)


def test_a_calibrated_camera_raises_and_counts_alike() -> None:
    camera = Camera()
    assert told(camera.watch(film(stays(STANDING, 5.0), stays(BENT, 20.0)))) == [("bend_hold", "raised")]
    assert camera.rules.exposures["bend_hold"].yes_s == pytest.approx(20.0, abs=0.11)


def test_two_persons_count_twice_and_a_gap_in_the_frames_counts_a_second() -> None:
    camera = Camera(calibration=None)
    left = film(stays(BENT.at(150.0), 5.0), track_id=1)
    right = film(stays(BENT.at(500.0), 5.0), track_id=2)
    camera.watch(left, right)
    assert camera.rules.exposures["bend_hold"].yes_s == pytest.approx(9.8, abs=0.21)
    camera.watch(film(stays(BENT.at(150.0), 0.1), from_s=60.0, track_id=1))
    assert camera.rules.exposures["bend_hold"].yes_s == pytest.approx(10.8, abs=0.21)


def test_a_calibration_that_is_taken_away_ends_what_it_raised() -> None:
    camera = Camera()
    camera.watch(film(stays(BENT, 5.0)))
    rules = build_rules(camera.settings, Scene("hall", ()))
    events = camera.rules.reconfigure(Scene("hall", ()), rules)
    assert [(event.phase, value(event, "resolved")) for event in events] == [(Phase.CLEARED, "config_changed")]
    assert camera.watch(film(stays(BENT, 20.0), from_s=5.0)) == []


def test_a_calibration_that_does_not_fit_the_picture_raises_no_more_than_none() -> None:
    unfit = [replace(shot, trunk_band_deg=None) for shot in film(stays(BENT, 10.0))]
    camera = Camera()
    assert camera.watch(unfit) == []
    assert camera.rules.exposures["bend_hold"].yes_s > 9.0, "counted all the same"
