"""Rule `fall`: down fast, and stays down."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import (
    BENT,
    JUMPING,
    LYING,
    ON_CHAIR,
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
    told,
    value,
    zone,
)

from edge_agent.data.event import Phase, Severity, Verdict
from edge_agent.data.zone import ZoneKind

FALLS = (stays(STANDING, 2.0), Part(0.5, STANDING, LYING))
RATES = pytest.mark.parametrize("fps", [5.0, 10.0, 18.0, 30.0])


@RATES
def test_somebody_who_goes_down_fast_and_stays_down_raises_one_event_with_its_reasons(fps: float) -> None:
    events = Camera().watch(film(*FALLS, stays(LYING, 4.0), fps=fps))
    assert told(events, "fall") == [("fall", "raised"), ("fall", "updated")]
    event = raised(events, "fall")[0]
    assert (event.severity, event.verdict, event.rev) == (Severity.CRITICAL, Verdict.YES, 0)
    assert event.observed_s == pytest.approx(2.5 + 1.0, abs=0.35)
    assert names(event.evidence) >= {"drop_h", "trunk_inclination_deg"}
    assert names(event.evidence) & {"hip_descent_h_s", "trunk_rate_deg_s", "box_collapse"}
    assert float(value(event, "drop_h") or 0) > 0.33


@RATES
@pytest.mark.parametrize(
    ("what", "parts"),
    [
        ("sits down", (stays(STANDING, 2.0), Part(1.5, STANDING, ON_CHAIR), stays(ON_CHAIR, 6.0))),
        ("drops onto a chair", (stays(STANDING, 2.0), Part(0.5, STANDING, ON_CHAIR), stays(ON_CHAIR, 6.0))),
        (
            "bends and picks up",
            (stays(STANDING, 2.0), Part(0.6, STANDING, BENT), stays(BENT, 1.5), Part(0.6, BENT, STANDING)),
        ),
        (
            "squats and comes up",
            (
                stays(STANDING, 2.0),
                Part(0.8, STANDING, SQUATTING),
                stays(SQUATTING, 0.5),
                Part(0.8, SQUATTING, STANDING),
                stays(STANDING, 3.0),
            ),
        ),
        (
            "jumps",
            (stays(STANDING, 2.0), *(Part(0.3, a, b) for a, b in [(STANDING, JUMPING), (JUMPING, STANDING)] * 4)),
        ),
        ("walks", (Part(6.0, STANDING.at(100.0), STANDING.at(500.0)),)),
        ("lies down slowly", (stays(STANDING, 2.0), Part(6.0, STANDING, LYING), stays(LYING, 5.0))),
        ("lies already", (stays(LYING, 10.0),)),
    ],
)
def test_what_is_not_a_fall_raises_nothing(what: str, parts: tuple[Part, ...], fps: float) -> None:
    assert told(Camera().watch(film(*parts, fps=fps)), "fall") == [], what


def test_somebody_whom_the_detector_loses_on_the_way_down_is_still_raised() -> None:
    down = film(*FALLS)
    assert told(Camera().watch([*down, *carried(down[-1], 3.0)]), "fall") == [("fall", "raised"), ("fall", "updated")]


def test_somebody_who_gets_up_is_cleared_as_recovered() -> None:
    events = Camera().watch(film(*FALLS, stays(LYING, 4.0), Part(1.0, LYING, STANDING), stays(STANDING, 4.0)))
    assert told(events, "fall") == [("fall", "raised"), ("fall", "updated"), ("fall", "cleared")]
    cleared = events[-1]
    assert (cleared.phase, cleared.verdict, cleared.rev) == (Phase.CLEARED, Verdict.NO, 2)
    assert value(cleared, "resolved") == "recovered"
    assert cleared.incident_id == events[0].incident_id


def test_a_fall_is_suspected_a_second_after_the_impact_and_confirmed_a_second_later() -> None:
    told_s = [
        (value(event, "stage"), event.phase, event.severity, event.observed_s)
        for event in Camera().watch(film(*FALLS, stays(LYING, 6.0)))
    ]
    assert [(stage, phase, severity) for stage, phase, severity, _ in told_s] == [
        ("suspected", Phase.RAISED, Severity.CRITICAL),
        ("confirmed", Phase.UPDATED, Severity.CRITICAL),
    ]
    assert [at_s for *_, at_s in told_s] == pytest.approx([3.4, 4.4], abs=0.3)


def test_who_gets_up_at_once_was_only_ever_suspected_of_a_fall() -> None:
    events = Camera().watch(film(*FALLS, stays(LYING, 1.2), Part(0.6, LYING, STANDING), stays(STANDING, 4.0)))
    assert told(events, "fall") == [("fall", "raised"), ("fall", "cleared")]
    assert value(events[-1], "resolved") == "recovered"


def test_sitting_up_on_the_ground_is_not_recovered() -> None:
    on_floor = Body(0.03, 10.0, 0.6)
    events = Camera().watch(film(*FALLS, stays(LYING, 3.0), Part(1.0, LYING, on_floor), stays(on_floor, 6.0)))
    assert told(events, "fall") == [("fall", "raised"), ("fall", "updated")]


def test_somebody_who_is_not_seen_any_more_ends_unseen() -> None:
    camera = Camera()
    camera.watch(film(*FALLS, stays(LYING, 3.0)))
    events = camera.empty(6.0, 70.0)
    assert told(events, "fall") == [("fall", "cleared")]
    assert events[0].verdict is Verdict.INDETERMINATE
    assert value(events[0], "resolved") == "unseen"
    assert float(value(events[0], "unobserved_s") or 0) == pytest.approx(60.0, abs=1.0)


def test_where_lying_down_is_allowed_nothing_is_raised() -> None:
    mat = zone("mat", 200, 300, 500, 480, ZoneKind.ALLOWED_DOWN)
    camera = Camera((mat,))
    assert camera.watch(film(*FALLS, stays(LYING, 40.0))) == []
    elsewhere = [replace(mat, polygon=((0.0, 0.0), (0.1, 0.0), (0.1, 0.1)))]
    assert told(Camera(tuple(elsewhere)).watch(film(*FALLS, stays(LYING, 4.0))), "fall")


def test_one_wild_guess_of_the_detector_puts_nobody_on_the_feet() -> None:
    """A person who lies, seen standing for a few frames by an unsure detector, and lying again."""
    events = Camera().watch(film(stays(LYING, 3.0), stays(STANDING, 0.2), stays(LYING, 4.0)))
    assert told(events, "fall") == []
