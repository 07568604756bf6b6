"""Where people are placed: on the feet, lying by the torso, hidden with less confidence, in every zone rule alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from people import LYING, STANDING, Camera, Part, film, stays, zone

from edge_agent.data.event import Event
from edge_agent.data.posture import Point, Posture
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.reach_in import ReachInSettings
from edge_agent.rules.zone_dwell import ZoneDwellSettings

SETTINGS = CatalogueSettings(zone_dwell=ZoneDwellSettings(stay_s=3.0), reach_in=ReachInSettings(enabled=True))
PRESS = zone("press", 250, 340, 600, 479)
AISLE = replace(PRESS, name="aisle", kind=ZoneKind.WALKWAY)
PIT = replace(PRESS, name="pit", kind=ZoneKind.SEAT, never_alone=True)
ONE_WAY = replace(AISLE, one_way=((0.9, 0.8), (0.1, 0.8)))
OPENING = zone("opening", 300, 280, 400, 320)
INSIDE = (stays(STANDING.at(400.0), 65.0),)
WALKS = (Part(2.5, STANDING.at(280.0), STANDING.at(580.0)),)

RULES = pytest.mark.parametrize(
    ("rule", "place", "parts"),
    [
        ("zone_entry", PRESS, INSIDE),
        ("zone_dwell", AISLE, INSIDE),
        ("lone_in_zone", PIT, INSIDE),
        ("wrong_way", ONE_WAY, WALKS),
        ("reach_in", OPENING, (stays(STANDING, 3.0),)),
    ],
)


def of(rule: str, place: Zone, shots: Sequence[Posture]) -> list[Event]:
    return [event for event in Camera((place,), SETTINGS).watch(shots) if event.rule == rule]


def with_feet(shots: Sequence[Posture], confidence: float) -> list[Posture]:
    return [replace(shot, foot=shot.foot._replace(confidence=confidence)) for shot in shots]


@RULES
def test_somebody_with_hidden_feet_is_placed_by_the_box_and_with_its_confidence(
    rule: str, place: Zone, parts: tuple[Part, ...]
) -> None:
    seen, hidden = of(rule, place, film(*parts)), of(rule, place, with_feet(film(*parts), 0.3))
    assert (seen[0].phase, hidden[0].phase) == ("raised", "raised")
    assert seen[0].confidence > 0.9
    assert hidden[0].confidence == pytest.approx(0.3)


@RULES
def test_somebody_whose_feet_are_outside_of_the_frame_is_nowhere(
    rule: str, place: Zone, parts: tuple[Part, ...]
) -> None:
    assert of(rule, place, with_feet(film(*parts), 0.0)) == []


@pytest.mark.parametrize(("rule", "place"), [("zone_entry", PRESS), ("zone_dwell", AISLE), ("lone_in_zone", PIT)])
def test_somebody_who_lies_is_placed_by_hips_and_torso_wherever_the_feet_are(rule: str, place: Zone) -> None:
    lies = film(stays(LYING.at(400.0, 420.0), 65.0))
    feet_outside = [replace(shot, foot=Point(100.0, 420.0, 0.95)) for shot in lies]
    assert of(rule, place, feet_outside)[0].phase == "raised"
    unsure = [replace(shot, hips=shot.hips._replace(confidence=0.4)) for shot in feet_outside]
    assert of(rule, place, unsure)[0].confidence == pytest.approx(0.4)
    feet_inside = [
        replace(shot, foot=shot.foot._replace(x_px=400.0)) for shot in film(stays(LYING.at(80.0, 420.0), 65.0))
    ]
    assert of(rule, place, feet_inside) == []
