"""Rule `man_down`: somebody lies, however that came about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import (
    BENT,
    LYING,
    ON_CHAIR,
    SQUATTING,
    STANDING,
    Body,
    Camera,
    Part,
    carried,
    film,
    raised,
    stays,
    told,
    value,
    zone,
)

from edge_agent.data.event import Severity
from edge_agent.data.posture import Measure, Posture
from edge_agent.data.zone import ZoneKind

RESTLESS = replace(LYING, motion_h_s=0.3)


def test_who_lies_still_raises_a_warning_after_15_s_and_a_critical_one_after_30() -> None:
    events = Camera().watch(film(stays(LYING, 60.0)))
    assert told(events) == [("man_down", "raised"), ("man_down", "updated")]
    assert [event.severity for event in events] == [Severity.WARNING, Severity.CRITICAL]
    assert [event.observed_s for event in events] == pytest.approx([15.0, 30.0], abs=0.2)
    assert [event.rev for event in events] == [0, 1]


def test_who_lies_but_moves_raises_it_after_10_s_and_is_critical_after_60() -> None:
    events = Camera().watch(film(stays(RESTLESS, 70.0)))
    assert told(events) == [("man_down", "raised"), ("man_down", "updated")]
    assert [event.observed_s for event in events] == pytest.approx([10.0, 60.0], abs=0.2)


def test_who_stops_moving_is_critical_as_soon_as_somebody_still_would_be() -> None:
    events = Camera().watch(film(stays(RESTLESS, 20.0), stays(LYING, 30.0)))
    assert [event.observed_s for event in events] == pytest.approx([10.0, 30.0], abs=0.2)


def test_who_lies_again_within_the_cooldown_is_reported_once_it_is_critical() -> None:
    rises = (Part(1.0, LYING, STANDING), stays(STANDING, 5.0), Part(4.0, STANDING, LYING))
    events = Camera().watch(film(stays(LYING, 20.0), *rises, stays(LYING, 40.0)))
    assert told(events, "man_down") == [("man_down", "raised"), ("man_down", "cleared"), ("man_down", "raised")]
    assert [event.severity for event in raised(events, "man_down")] == [Severity.WARNING, Severity.CRITICAL]


def test_who_rises_is_cleared_as_recovered() -> None:
    events = Camera().watch(film(stays(LYING, 20.0), Part(2.0, LYING, STANDING), stays(STANDING, 6.0)))
    assert told(events) == [("man_down", "raised"), ("man_down", "cleared")]
    assert value(events[-1], "resolved") == "recovered"


@pytest.mark.parametrize("body", [STANDING, ON_CHAIR, SQUATTING, BENT])
def test_other_stances_raise_nothing_however_long_and_still(body: Body) -> None:
    assert told(Camera().watch(film(stays(replace(body, motion_h_s=0.0), 90.0))), "man_down") == []


def test_on_a_mat_lying_is_normal() -> None:
    mat = zone("mat", 100, 300, 600, 480, ZoneKind.ALLOWED_DOWN)
    assert Camera((mat,)).watch(film(stays(LYING, 90.0))) == []


def test_a_detector_that_is_unsure_of_the_joints_does_not_break_the_hold() -> None:
    """Every third frame shows a sitting skeleton; lying is what most of the frames say."""
    sure = film(stays(LYING, 20.0))
    shots = [_sitting_skeleton(shot) if index % 3 == 0 else shot for index, shot in enumerate(sure)]
    assert told(Camera().watch(shots)) == [("man_down", "raised")]


def test_a_box_that_is_much_wider_than_high_lies_whatever_its_joints_say() -> None:
    shots = [_sitting_skeleton(shot, sure=0.2) for shot in film(stays(LYING, 20.0))]
    assert told(Camera().watch(shots)) == [("man_down", "raised")]


def test_joints_that_nobody_can_be_sure_of_tell_nothing() -> None:
    shots = [_narrow(_sitting_skeleton(shot, sure=0.2)) for shot in film(stays(LYING, 90.0))]
    assert Camera().watch(shots) == []


def test_who_fell_and_is_not_detected_any_more_is_down() -> None:
    down = film(stays(STANDING, 2.0), Part(0.5, STANDING, LYING), fps=20.0)
    # The detector lost the person half way down: neither the joints nor the box look like lying.
    half_way = _narrow(down[-4])
    assert half_way.lying.value < 0.5
    events = Camera().watch([*down[:-3], *carried(half_way, 50.0)])
    assert told(events) == [("fall", "raised"), ("fall", "updated"), ("man_down", "raised"), ("man_down", "updated")]
    assert events[-1].severity is Severity.CRITICAL


def test_who_fell_and_rose_is_not_down() -> None:
    up = (Part(1.0, LYING, STANDING), stays(STANDING, 60.0))
    events = Camera().watch(film(stays(STANDING, 2.0), Part(0.5, STANDING, LYING), stays(LYING, 5.0), *up))
    assert told(events, "man_down") == []


def test_who_left_at_the_border_of_the_frame_is_not_down_there() -> None:
    """The last that the detector saw was a lying skeleton at the left border; then nobody moves there."""
    last = film(stays(LYING.at(60.0), 0.1))[0]
    shots = [*film(stays(STANDING.at(60.0), 3.0)), *carried(replace(last, t_s=3.0), 60.0)]
    assert shots[-1].box_px[0] <= 0.0
    assert told(Camera().watch(shots), "man_down") == []


def test_once_raised_it_ends_unseen_two_minutes_after_the_person_cannot_be_judged() -> None:
    camera = Camera()
    camera.watch(film(stays(LYING, 16.0)))
    events = camera.empty(16.0, 125.0, fps=5.0)
    assert told(events) == [("man_down", "cleared")]
    assert value(events[-1], "resolved") == "unseen"


def _sitting_skeleton(shot: Posture, sure: float = 0.9) -> Posture:
    return _narrow(
        replace(
            shot,
            trunk_inclination_deg=Measure(10.0, sure),
            lying=Measure(0.0, sure),
            upright=Measure(1.0, sure),
        ),
        only=sure >= 0.5,
    )


def _narrow(shot: Posture, *, only: bool = True) -> Posture:
    x1, y1, x2, _ = shot.box_px
    return replace(shot, box_px=(x1, y1, x2, y1 + 1.1 * (x2 - x1))) if only else shot
