"""Zones of kind `seat`: people drop into chairs there, and may still faint on them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import LYING, ON_CHAIR, SIZE, STANDING, Body, Camera, Part, carried, film, posture, stays, told, zone

from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.placing import sits_here

SEAT = zone("sofa", 220, 250, 520, 420, ZoneKind.SEAT)
LOW_SEAT = Body(0.15, 20.0, 0.5)
SLUMPED = Body(0.24, 45.0, 0.5)
RATES = pytest.mark.parametrize("fps", [5.0, 10.0, 18.0, 30.0])
DROPS = (stays(STANDING, 2.0), Part(0.4, STANDING, LOW_SEAT), stays(LOW_SEAT, 30.0))


def told_in(zones: tuple[Zone, ...], *parts: Part, fps: float = 10.0) -> set[str]:
    return {rule for rule, phase in told(Camera(zones).watch(film(*parts, fps=fps))) if phase == "raised"}


@RATES
def test_dropping_into_a_low_seat_is_no_fall_there_and_one_elsewhere(fps: float) -> None:
    assert told_in((SEAT,), *DROPS, fps=fps) == set()
    assert "fall" in told_in((), *DROPS, fps=fps)


@RATES
def test_falling_down_to_lie_on_a_seat_is_a_fall(fps: float) -> None:
    falls = (stays(STANDING, 2.0), Part(0.5, STANDING, LYING), stays(LYING, 3.0))
    assert told_in((SEAT,), *falls, fps=fps) == {"fall"}


@RATES
def test_fainting_on_a_chair_and_sliding_down_to_lie_is_a_fall(fps: float) -> None:
    faints = (stays(ON_CHAIR, 5.0), Part(0.5, ON_CHAIR, LYING), stays(LYING, 25.0))
    assert told_in((SEAT,), *faints, fps=fps) == {"fall", "man_down"}


def test_sliding_down_slowly_is_found_by_man_down() -> None:
    slides = (stays(ON_CHAIR, 5.0), Part(4.0, ON_CHAIR, SLUMPED), Part(4.0, SLUMPED, LYING), stays(LYING, 25.0))
    assert told_in((SEAT,), *slides) == {"man_down"}


def test_lying_down_from_a_low_seat_is_found_by_man_down() -> None:
    assert "man_down" in told_in((SEAT,), *DROPS, Part(2.0, LOW_SEAT, LYING), stays(LYING, 25.0))


def test_somebody_who_is_down_on_a_seat_and_sits_up_is_not_cleared() -> None:
    falls = (stays(STANDING, 2.0), Part(0.5, STANDING, LYING), stays(LYING, 3.0))
    events = Camera((SEAT,)).watch(film(*falls, Part(1.0, LYING, LOW_SEAT), stays(LOW_SEAT, 5.0)))
    assert told(events, "fall") == [("fall", "raised"), ("fall", "updated")]


def test_somebody_who_drops_into_a_chair_and_is_lost_behind_the_desk_is_no_alarm() -> None:
    down = film(stays(STANDING, 2.0), Part(0.4, STANDING, LOW_SEAT))
    lost = [*down, *carried(down[-1], 10.0)]
    assert told(Camera((SEAT,)).watch(lost), "lost_while_falling") == []
    beside = replace(SEAT, polygon=((0.9, 0.9), (1.0, 0.9), (1.0, 1.0)))
    assert told(Camera((beside,)).watch(lost), "lost_while_falling") == [("lost_while_falling", "raised")]


def test_who_sits_is_told_by_the_hips() -> None:
    assert sits_here(posture(ON_CHAIR, 0.0), (SEAT,), SIZE)
    assert not sits_here(posture(ON_CHAIR.at(600.0), 0.0), (SEAT,), SIZE)
    assert not sits_here(posture(ON_CHAIR, 0.0), (), SIZE)
