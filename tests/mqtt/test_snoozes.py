"""Quiet on request, and what it never covers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mqtt_device import make_event

from edge_agent.data.event import Event, Phase, Severity
from edge_agent.mqtt.alarm_state import AlarmBoard
from edge_agent.mqtt.payload import encode
from edge_agent.mqtt.snoozes import NEVER_SNOOZED, Snooze, Snoozes


def snooze(place: str = "press", rule: str | None = None, until_s: float = 60.0) -> Snooze:
    return Snooze("i-1", place, rule, 0.0, until_s, 1000.0 + until_s, "desk", "maintenance")


def entry(**changes: Any) -> Event:
    return make_event(**{"rule": "zone_entry", "severity": Severity.WARNING, **changes})


def test_a_snoozed_zone_is_still_in_alarm_and_asks_for_no_lamp() -> None:
    snoozes = Snoozes()
    board = AlarmBoard(snoozes)
    assert board.apply(entry(), 1000.0).annunciate
    snoozes.put(snooze())
    state = json.loads(encode(board.state("press", 1001.0)))
    assert (state["active"], state["count"], state["severity"], state["annunciate"]) == (True, 1, "warning", False)
    assert state["incidents"][0]["snoozed"] is True
    assert state["snoozed_until"] == "1970-01-01T00:17:40.000Z"
    assert snoozes.expired(59.9) == ()
    assert [one.place for one in snoozes.expired(60.0)] == ["press"]
    assert board.state("press", 1060.0).annunciate


@pytest.mark.parametrize("rule", sorted(NEVER_SNOOZED))
def test_a_person_in_need_and_a_blind_camera_are_announced_all_the_same(rule: str) -> None:
    snoozes = Snoozes()
    snoozes.put(snooze())
    assert not snoozes.covers("press", rule, Severity.WARNING)
    assert not snoozes.may(rule)
    assert snoozes.may(None)


def test_what_becomes_critical_breaks_through_and_beside_it_all_is_announced() -> None:
    snoozes = Snoozes()
    snoozes.put(snooze(rule="zone_entry"))
    board = AlarmBoard(snoozes)
    event = entry()
    assert not board.apply(event, 1000.0).annunciate
    worse = entry(incident_id=event.incident_id, phase=Phase.UPDATED, severity=Severity.CRITICAL)
    assert board.apply(worse, 1010.0).annunciate


def test_another_zone_and_another_rule_are_not_covered() -> None:
    snoozes = Snoozes()
    snoozes.put(snooze(rule="zone_entry"))
    assert snoozes.covers("press", "zone_entry", Severity.WARNING)
    assert not snoozes.covers("aisle", "zone_entry", Severity.WARNING)
    assert not snoozes.covers("press", "zone_dwell", Severity.INFO)


def test_where_it_is_allowed_a_critical_rule_is_snoozed_by_its_name_alone() -> None:
    snoozes = Snoozes(allow_critical=True)
    snoozes.put(snooze())
    assert not snoozes.covers("press", "fall", Severity.CRITICAL), "not by a snooze of everything"
    assert snoozes.may("fall")
    snoozes.put(snooze(rule="fall"))
    assert snoozes.covers("press", "fall", Severity.CRITICAL)


def test_an_acknowledged_incident_goes_on_and_asks_again_when_it_becomes_worse() -> None:
    board = AlarmBoard()
    event = entry()
    board.apply(event, 1000.0)
    assert board.acknowledge(event.incident_id) == "press"
    state = board.state("press", 1001.0)
    assert (state.active, state.annunciate, state.acknowledged) == (True, True, True)
    same = entry(incident_id=event.incident_id, phase=Phase.UPDATED)
    assert board.apply(same, 1002.0).acknowledged
    worse = entry(incident_id=event.incident_id, phase=Phase.UPDATED, severity=Severity.CRITICAL)
    assert not board.apply(worse, 1003.0).acknowledged
    assert board.acknowledge("nobody") is None


def test_one_new_incident_makes_the_zone_unacknowledged() -> None:
    board = AlarmBoard()
    event = entry()
    board.apply(event, 1000.0)
    board.acknowledge(event.incident_id)
    assert not board.apply(entry(), 1001.0).acknowledged


def test_a_crowd_that_is_snoozed_and_acknowledged_stays_small_on_the_wire() -> None:
    snoozes = Snoozes()
    snoozes.put(snooze(place="z" * 63, rule=None))
    board = AlarmBoard(snoozes)
    for _ in range(50):
        event = make_event(rule="zone_entry", zone="z" * 63, camera="c" * 20, severity=Severity.WARNING)
        board.apply(event, 1000.0)
        board.acknowledge(event.incident_id)
    assert len(encode(board.state("z" * 63, 1000.0))) <= 2048
