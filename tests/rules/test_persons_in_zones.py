"""How many are where: surely inside counts, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

from people import HEIGHT_PX, LYING, STANDING, WIDTH_PX, Body, posture, zone

from edge_agent.data.posture import Posture, Postures
from edge_agent.data.zone import Zone
from edge_agent.rules.persons_in_zones import persons_in_zones

LEFT = zone("left", 0, 240, 320, 479)
RIGHT = zone("right", 320, 240, 639, 479)


def person(body: Body, number: int = 1, unseen_s: float = 0.0) -> Posture:
    return posture(body, 1.0, track_id=number, unseen_s=unseen_s)


def counted(*people: Posture, zones: tuple[Zone, ...] = (LEFT, RIGHT)) -> dict[str, int]:
    return persons_in_zones(Postures("hall", 1.0, WIDTH_PX, HEIGHT_PX, people), zones)


def test_everybody_counts_in_the_view_and_where_the_feet_are() -> None:
    people = (person(STANDING.at(100.0)), person(STANDING.at(500.0), 2), person(STANDING.at(550.0), 3))
    assert counted(*people) == {"hall": 3, "left": 1, "right": 2}
    assert counted() == {"hall": 0, "left": 0, "right": 0}


def test_zones_that_overlap_both_count() -> None:
    again = replace(LEFT, name="again")
    assert counted(person(STANDING.at(100.0)), zones=(LEFT, again)) == {"hall": 1, "left": 1, "again": 1}


def test_who_lies_is_where_the_torso_is() -> None:
    lying = person(LYING.at(300.0))
    assert lying.foot.x_px < 320.0 < lying.torso.x_px
    assert counted(lying) == {"hall": 1, "left": 0, "right": 1}


def test_who_is_not_detected_any_more_counts_for_half_a_second() -> None:
    assert counted(person(STANDING.at(100.0), unseen_s=0.4)) == {"hall": 1, "left": 1, "right": 0}
    assert counted(person(STANDING.at(100.0), unseen_s=0.6)) == {"hall": 0, "left": 0, "right": 0}


def test_whose_place_on_the_floor_is_unknown_counts_in_the_view_alone() -> None:
    hidden = person(STANDING.at(100.0))
    hidden = replace(hidden, foot=hidden.foot._replace(confidence=0.0))
    assert counted(hidden) == {"hall": 1, "left": 0, "right": 0}
