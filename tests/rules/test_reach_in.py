"""Rule `reach_in`: a hand in a restricted zone, feet outside."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import STANDING, Camera, film, stays, told, zone

from edge_agent.data.event import Severity
from edge_agent.data.posture import Point, Posture
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.reach_in import ReachInSettings

MOUTH = zone("press-mouth", 360, 250, 460, 320)
ON = CatalogueSettings(reach_in=ReachInSettings(enabled=True))
IN, OUT = (400.0, 280.0), (330.0, 300.0)


def reaching(
    seconds: float, hand_px: tuple[float, float], confidence: float = 0.9, *, fps: float = 10.0, from_s: float = 0.0
) -> list[Posture]:
    """Somebody beside the zone whose right hand is here."""
    shots = film(stays(STANDING, seconds), fps=fps, from_s=from_s)
    return [replace(shot, right_wrist=Point(*hand_px, confidence)) for shot in shots]


@pytest.mark.parametrize("fps", [5.0, 10.0, 30.0])
def test_a_hand_that_stays_inside_is_raised_and_cleared_when_it_is_out(fps: float) -> None:
    shots = [*reaching(2.0, IN, fps=fps), *reaching(3.0, OUT, fps=fps, from_s=2.0)]
    events = Camera((MOUTH,), ON).watch(shots)
    assert told(events) == [("reach_in", "raised"), ("reach_in", "cleared")]
    assert (events[0].severity, events[0].zone) == (Severity.WARNING, "press-mouth")
    assert events[0].observed_s == pytest.approx(0.5, abs=1.01 / fps)


def test_a_hand_that_swings_past_is_nothing() -> None:
    shots = [*reaching(1.0, OUT), *reaching(0.3, IN, from_s=1.0), *reaching(2.0, OUT, from_s=1.3)]
    assert Camera((MOUTH,), ON).watch(shots) == []


def test_a_hand_that_is_guessed_accuses_nobody() -> None:
    assert Camera((MOUTH,), ON).watch(reaching(5.0, IN, confidence=0.5)) == []


def test_whoever_stands_inside_is_an_entry_and_no_reach() -> None:
    floor = zone("press", 250, 250, 460, 430)
    assert told(Camera((floor,), ON).watch(reaching(3.0, IN))) == [("zone_entry", "raised")]


def test_feet_that_are_not_seen_leave_it_open() -> None:
    shots = [replace(shot, foot=Point(320.0, 480.0, 0.0)) for shot in reaching(5.0, IN)]
    assert Camera((MOUTH,), ON).watch(shots) == []


def test_it_is_off_until_somebody_who_knows_the_view_turns_it_on() -> None:
    assert Camera((MOUTH,)).watch(reaching(5.0, IN)) == []
