"""Rule `zone_dwell`: staying where people should only pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import STANDING, Camera, carried, film, stays, told, value, zone

from edge_agent.data.event import Severity
from edge_agent.data.zone import ZoneKind
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.zone_dwell import ZoneDwellSettings

AISLE = replace(zone("aisle", 300, 380, 500, 470), kind=ZoneKind.WALKWAY)
INSIDE, OUTSIDE = STANDING.at(400.0), STANDING.at(100.0)
SHORT = CatalogueSettings(zone_dwell=ZoneDwellSettings(stay_s=20.0, left_s=5.0))


@pytest.mark.parametrize("fps", [2.0, 10.0, 30.0])
def test_staying_is_raised_after_its_time_and_leaving_clears_it(fps: float) -> None:
    events = Camera((AISLE,), SHORT).watch(film(stays(INSIDE, 25.0), stays(OUTSIDE, 8.0), fps=fps))
    assert told(events) == [("zone_dwell", "raised"), ("zone_dwell", "cleared")]
    assert (events[0].severity, events[0].zone) == (Severity.INFO, "aisle")
    assert events[0].observed_s == pytest.approx(20.0, abs=1.01 / fps)
    assert value(events[1], "resolved") == "ended"


def test_passing_is_what_a_walkway_is_for() -> None:
    assert Camera((AISLE,), SHORT).watch(film(stays(INSIDE, 19.0), stays(OUTSIDE, 8.0))) == []


def test_stepping_aside_for_a_moment_does_not_start_the_time_anew() -> None:
    events = Camera((AISLE,), SHORT).watch(film(stays(INSIDE, 12.0), stays(OUTSIDE, 3.0), stays(INSIDE, 8.0)))
    assert told(events) == [("zone_dwell", "raised")]
    assert events[0].duration_s == pytest.approx(20.0, abs=0.2)


def test_coming_back_after_a_walk_does() -> None:
    assert Camera((AISLE,), SHORT).watch(film(stays(INSIDE, 12.0), stays(OUTSIDE, 6.0), stays(INSIDE, 15.0))) == []


def test_somebody_hidden_for_a_moment_has_not_left() -> None:
    first = film(stays(INSIDE, 12.0))
    hidden = carried(first[-1], 3.0)
    later = film(stays(INSIDE, 8.0), from_s=15.1)
    assert told(Camera((AISLE,), SHORT).watch([*first, *hidden, *later])) == [("zone_dwell", "raised")]


@pytest.mark.parametrize("kind", [ZoneKind.RESTRICTED, ZoneKind.ALLOWED_DOWN])
def test_only_walkways_are_for_passing(kind: ZoneKind) -> None:
    events = Camera((replace(AISLE, kind=kind),), SHORT).watch(film(stays(INSIDE, 25.0)))
    assert told(events, "zone_dwell") == []
