"""Rule `lost_while_falling`: the detector loses somebody on the way down, before anything shows a person who lies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import (
    BENT,
    LYING,
    SQUATTING,
    STANDING,
    Body,
    Camera,
    Part,
    carried,
    film,
    names,
    raised,
    stays,
    together,
    told,
    value,
    zone,
)

from edge_agent.data.event import Phase, Severity, Verdict
from edge_agent.data.posture import Posture
from edge_agent.data.zone import ZoneKind

RULE = "lost_while_falling"
RATES = pytest.mark.parametrize("fps", [5.0, 10.0, 18.0, 30.0])
HALFWAY = Body(0.17, 10.0, 0.45)


def lost_halfway(seconds: float, fps: float = 10.0, where: Body = STANDING) -> list[Posture]:
    """Two seconds on the feet, 0.4 s of a fall that would take longer, and then nobody for so long."""
    low = HALFWAY.at(where.x_px, where.floor_y_px)
    down = film(stays(where, 2.0), Part(0.4, where, low), stays(low, 1.0 / fps), fps=fps)
    return [*down, *carried(down[-1], seconds, fps)]


@RATES
def test_somebody_who_is_lost_on_the_way_down_is_reported_after_three_seconds_and_critical_when_nothing_moves(
    fps: float,
) -> None:
    events = Camera().watch(lost_halfway(25.0, fps))
    assert told(events) == [(RULE, "raised"), (RULE, "updated")], "and nobody was seen lying: no man_down"
    first, second = events
    assert (first.severity, first.verdict) == (Severity.WARNING, Verdict.YES)
    assert first.observed_s == pytest.approx(2.4 + 3.0, abs=2.0 / fps)
    assert names(first.evidence) >= {"hip_descent_h_s", "motion_h_s"}
    assert second.severity is Severity.CRITICAL
    assert second.observed_s - first.observed_s == pytest.approx(15.0, abs=1.5 / fps)


def test_who_is_found_again_within_three_seconds_was_not_lost() -> None:
    lost = lost_halfway(2.0)
    again = film(stays(BENT, 1.0), Part(0.6, BENT, STANDING), stays(STANDING, 5.0), from_s=lost[-1].t_s + 0.1)
    assert told(Camera().watch([*lost, *again])) == []


def test_who_gets_up_later_is_cleared_as_recovered() -> None:
    lost = lost_halfway(6.0)
    again = film(Part(1.0, LYING, STANDING), stays(STANDING, 4.0), from_s=lost[-1].t_s + 0.1)
    events = Camera().watch([*lost, *again])
    assert told(events) == [(RULE, "raised"), (RULE, "cleared")]
    assert value(events[-1], "resolved") == "recovered"


def test_who_is_found_lying_is_not_reported_a_second_time_by_this_rule() -> None:
    lost = lost_halfway(6.0)
    events = Camera().watch([*lost, *film(stays(LYING, 40.0), from_s=lost[-1].t_s + 0.1)])
    assert told(events, RULE) == [(RULE, "raised"), (RULE, "updated")]


@RATES
@pytest.mark.parametrize(
    ("what", "last"),
    [
        ("stands", stays(STANDING, 1.0)),
        ("walks", Part(1.0, STANDING.at(250.0), STANDING.at(330.0))),
        ("bends slowly", Part(1.5, STANDING, BENT)),
        ("sits down slowly", Part(1.5, STANDING, Body(0.27, 10.0, 0.45))),
    ],
)
def test_who_was_not_falling_may_vanish(what: str, last: Part, fps: float) -> None:
    shots = film(stays(STANDING, 2.0), last, fps=fps)
    assert told(Camera().watch([*shots, *carried(shots[-1], 10.0, fps)])) == [], what


def test_who_was_lost_at_the_border_may_have_left() -> None:
    assert told(Camera().watch(lost_halfway(10.0, where=STANDING.at(40.0)))) == []
    assert told(Camera().watch(lost_halfway(10.0, where=STANDING.at(320.0, 470.0)))) == []


@pytest.mark.parametrize("kind", [ZoneKind.EXIT, ZoneKind.OCCLUDER, ZoneKind.ALLOWED_DOWN])
@pytest.mark.parametrize("top_px", [300, 395])
def test_who_was_lost_where_people_leave_hide_or_lie_down_is_none_of_it(kind: ZoneKind, top_px: int) -> None:
    here, elsewhere = zone("door", 250, top_px, 400, 460, kind), zone("gate", 0, 0, 50, 50, kind)
    assert told(Camera((here,)).watch(lost_halfway(10.0))) == []
    assert told(Camera((elsewhere,)).watch(lost_halfway(10.0))) == [(RULE, "raised")]


def test_where_something_moves_nothing_is_told() -> None:
    """Somebody helps, or the person crawls on where the detector sees nobody; one still frame is no stillness."""
    lost = lost_halfway(4.5)
    moving = [
        replace(shot, motion_h_s=0.0 if 3.5 < shot.unseen_s < 3.65 else 0.3) if shot.unseen_s else shot for shot in lost
    ]
    assert told(Camera().watch(moving)) == []


def test_who_is_found_at_work_ends_it() -> None:
    """A worker who dropped into a squat before a machine was missed there for a while, and is not down."""
    lost = lost_halfway(4.0)
    busy = [replace(shot, motion_h_s=0.4) for shot in film(stays(SQUATTING, 60.0), from_s=lost[-1].t_s + 0.1)]
    events = Camera().watch([*lost, *busy])
    assert told(events) == [(RULE, "raised"), (RULE, "cleared")]


def test_who_is_found_sitting_still_on_the_floor_is_no_end_of_it() -> None:
    lost = lost_halfway(4.0)
    events = Camera().watch([*lost, *film(stays(Body(0.03, 10.0, 0.6), 30.0), from_s=lost[-1].t_s + 0.1)])
    assert told(events, RULE) == [(RULE, "raised"), (RULE, "updated")]


def test_a_fall_that_was_raised_already_is_not_told_twice() -> None:
    down = film(stays(STANDING, 2.0), Part(0.5, STANDING, LYING))
    events = Camera().watch([*down, *carried(down[-1], 12.0)])
    assert len(raised(events, "fall")) == 1
    assert told(events, RULE) == []


def test_it_ends_unseen_when_nobody_is_ever_found() -> None:
    camera = Camera()
    camera.see(together(lost_halfway(6.0)))
    events = camera.empty(9.0, 70.0)
    assert [(event.phase, event.verdict) for event in events] == [(Phase.CLEARED, Verdict.INDETERMINATE)]
