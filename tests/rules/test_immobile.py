"""Rule `immobile`: upright, and no motion at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import LYING, ON_CHAIR, STANDING, Body, Camera, carried, film, stays, told, value

from edge_agent.data.event import Phase, Severity
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.immobile import ImmobileSettings

ON = CatalogueSettings(immobile=ImmobileSettings(enabled=True))
BUSY = replace(STANDING, motion_h_s=0.4)


def test_somebody_who_stands_like_a_post_is_raised_becomes_critical_and_is_cleared_by_a_move() -> None:
    events = Camera(settings=ON).watch(film(stays(BUSY, 5.0), stays(STANDING, 75.0), stays(BUSY, 8.0)))
    assert [(event.phase, event.severity) for event in events] == [
        (Phase.RAISED, Severity.WARNING),
        (Phase.UPDATED, Severity.CRITICAL),
        (Phase.CLEARED, Severity.CRITICAL),
    ]
    # The motion of the last five seconds counts.
    assert events[0].observed_s == pytest.approx(50.0, abs=5.1)
    assert events[1].observed_s - events[0].observed_s == pytest.approx(15.0, abs=0.2)
    assert value(events[2], "resolved") == "recovered"


@pytest.mark.parametrize("body", [BUSY, ON_CHAIR, LYING], ids=["busy", "on a chair", "lying"])
def test_others_are_not_its_business(body: Body) -> None:
    assert told(Camera(settings=ON).watch(film(stays(body, 60.0))), "immobile") == []


def test_a_short_move_now_and_then_is_life() -> None:
    parts = [part for _ in range(4) for part in (stays(STANDING, 30.0), stays(BUSY, 2.0))]
    assert Camera(settings=ON).watch(film(*parts)) == []


def test_somebody_whom_nobody_sees_is_not_still() -> None:
    shots = film(stays(STANDING, 10.0))
    assert Camera(settings=ON).watch([*shots, *carried(shots[-1], 60.0)]) == []


def test_it_is_off_until_somebody_turns_it_on() -> None:
    assert Camera().watch(film(stays(STANDING, 90.0))) == []
