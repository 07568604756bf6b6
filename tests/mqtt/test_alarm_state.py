"""The retained state of a zone."""

from __future__ import annotations

from mqtt_device import make_event

from edge_agent.data.event import Phase, Severity
from edge_agent.mqtt.alarm_state import AlarmBoard
from edge_agent.mqtt.payload import encode


def test_a_zone_is_in_alarm_while_any_incident_goes_on_and_shows_the_most_severe() -> None:
    board = AlarmBoard()
    fall = make_event(duration_s=2.0)
    bend = make_event(rule="bend_hold", severity=Severity.WARNING, duration_s=0.0)
    first = board.apply(bend, 1000.0)
    assert (first.active, first.severity, first.count, first.since) == (True, "warning", 1, "1970-01-01T00:16:40.000Z")
    both = board.apply(fall, 1010.0)
    assert (both.severity, both.count) == ("critical", 2)
    assert [incident.rule for incident in both.incidents] == ["fall", "bend_hold"]
    assert both.since == "1970-01-01T00:16:40.000Z", "of the oldest"
    left = board.apply(make_event(incident_id=fall.incident_id, phase=Phase.CLEARED), 1020.0)
    assert (left.severity, left.count) == ("warning", 1)
    none = board.apply(make_event(incident_id=bend.incident_id, phase=Phase.CLEARED), 1030.0)
    assert (none.active, none.severity, none.count, none.since) == (False, "none", 0, None)


def test_an_update_keeps_the_start_and_takes_the_new_severity() -> None:
    board = AlarmBoard()
    event = make_event(severity=Severity.WARNING, duration_s=0.0)
    began = board.apply(event, 1000.0).since
    after = board.apply(make_event(incident_id=event.incident_id, phase=Phase.UPDATED, duration_s=60.0), 1061.0)
    assert (after.since, after.severity, after.count) == (began, "critical", 1)


def test_zones_do_not_mix_and_a_quiet_zone_has_a_state() -> None:
    board = AlarmBoard()
    board.apply(make_event(zone="press"), 1000.0)
    assert encode(board.state("walkway", 1000.0)) == (
        b'{"zone":"walkway","active":false,"severity":"none","count":0,"incidents":[],"annunciate":false,'
        b'"acknowledged":false,"at":"1970-01-01T00:16:40.000Z"}'
    )


def test_a_crowd_stays_small_on_the_wire_and_is_still_counted() -> None:
    board = AlarmBoard()
    for _ in range(50):
        state = board.apply(make_event(), 1000.0)
    assert state.count == 50
    assert len(encode(state)) <= 2048
