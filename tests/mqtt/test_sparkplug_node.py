"""What a Sparkplug host is told, message by message (Eclipse Sparkplug 3.0, chapters 5 and 6)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt_device import make_event
from sparkplug_reader import SparkplugPayload, read_sparkplug, rebirth_request

from edge_agent.data.event import Phase
from edge_agent.mqtt.alarm_state import AlarmBoard
from edge_agent.mqtt.birth_count import BirthCount
from edge_agent.mqtt.outgoing import Outgoing
from edge_agent.mqtt.payload import CameraHealth, HealthPayload, OutboxHealth
from edge_agent.mqtt.sparkplug_node import SparkplugNode, SparkplugTopics, death
from edge_agent.mqtt.sparkplug_payload import asks_for_rebirth
from edge_agent.mqtt.sparkplug_snapshot import Places, Snapshot, snapshot

TOPICS = SparkplugTopics("plant-1", "dev-1")
PLACES = Places({"cam-1": ("press",), "cam-2": ()}, "1.2.3")
NOW_MS = 1_700_000_000_000


def health(*, fps: float = 15.0, pending: int = 0) -> HealthPayload:
    cameras = {name: CameraHealth(fps=fps, frames_dropped=0, sight="clear") for name in ("cam-1", "cam-2")}
    outbox = OutboxHealth(pending=pending, quarantined=0, dropped=0)
    return HealthPayload(at="2025-03-01T12:00:00.000Z", uptime_s=5.0, cameras=cameras, outbox=outbox)


def state(board: AlarmBoard | None = None, numbers: HealthPayload | None = None) -> Snapshot:
    alarms = {place: (board or AlarmBoard()).state(place, 1.7e9) for place in ("cam-1", "press", "cam-2")}
    return snapshot(PLACES, alarms, numbers)


def alarmed(**changes: object) -> AlarmBoard:
    board = AlarmBoard()
    board.apply(make_event(**changes), 1.7e9)
    return board


def told(messages: tuple[Outgoing, ...]) -> list[tuple[str, SparkplugPayload]]:
    assert all(message.qos == 0 and not message.retain for message in messages)
    return [(message.topic.removeprefix("spBv1.0/plant-1/"), read_sparkplug(message.payload)) for message in messages]


def test_the_node_is_born_first_with_everything_that_will_ever_be_said_of_it() -> None:
    births = told(SparkplugNode(TOPICS, 7).publish(state(), NOW_MS))
    assert [topic for topic, _ in births] == ["NBIRTH/dev-1", "DBIRTH/dev-1/cam-1", "DBIRTH/dev-1/cam-2"]
    assert [payload.seq for _, payload in births] == [0, 1, 2]
    assert {payload.timestamp for _, payload in births} == {NOW_MS}
    node, camera = births[0][1], births[1][1]
    assert node.metrics["bdSeq"] == 7
    assert node.metrics["Node Control/Rebirth"] is False
    assert node.metrics["info/version"] == "1.2.3"
    assert node.metrics["cameras/cam-1/lost"] is False
    assert node.metrics["health/temperature_c"] is None, "not known yet, and announced all the same"
    assert camera.metrics["alarm/press/active"] is False
    assert camera.metrics["alarm/press/severity"] == "none"
    assert camera.metrics["alarm/press/count"] == 0
    assert camera.types["alarm/press/active"] == 11


def test_an_alarm_is_told_by_what_changed_and_by_its_camera_alone() -> None:
    node = SparkplugNode(TOPICS, 0)
    node.publish(state(), NOW_MS)
    ((topic, payload),) = told(node.publish(state(alarmed(zone="press")), NOW_MS))
    assert topic == "DDATA/dev-1/cam-1"
    assert payload.seq == 3
    assert payload.metrics == {
        "alarm/press/active": True,
        "alarm/press/severity": "critical",
        "alarm/press/count": 1,
    }


def test_nothing_is_said_where_nothing_changed() -> None:
    node = SparkplugNode(TOPICS, 0)
    node.publish(state(numbers=health()), NOW_MS)
    assert node.publish(state(numbers=health()), NOW_MS + 1) == ()


def test_numbers_of_the_device_are_data_of_the_node() -> None:
    node = SparkplugNode(TOPICS, 0)
    node.publish(state(), NOW_MS)
    messages = dict(told(node.publish(state(numbers=health(pending=4)), NOW_MS)))
    assert messages["NDATA/dev-1"].metrics["outbox/pending"] == 4
    assert messages["DDATA/dev-1/cam-2"].metrics["health/fps"] == 15.0
    assert "NBIRTH/dev-1" not in messages, "the first numbers need no new birth"


def test_a_camera_that_is_lost_dies_and_is_born_again_when_it_is_back() -> None:
    node = SparkplugNode(TOPICS, 0)
    node.publish(state(), NOW_MS)
    board = alarmed(rule="camera_lost", zone="cam-1", incident_id="outage")
    (death_topic, dead), (data_topic, data) = told(node.publish(state(board), NOW_MS))
    assert (death_topic, dead.metrics) == ("DDEATH/dev-1/cam-1", {})
    assert (data_topic, data.metrics) == ("NDATA/dev-1", {"cameras/cam-1/lost": True})
    board.apply(make_event(rule="camera_back", zone="cam-1", incident_id="outage", phase=Phase.CLEARED), 1.7e9)
    messages = told(node.publish(state(board), NOW_MS))
    assert [topic for topic, _ in messages] == ["DBIRTH/dev-1/cam-1", "NDATA/dev-1"]
    assert [payload.seq for _, payload in messages] == [5, 6]


def test_another_zone_gives_its_camera_a_new_birth_and_another_camera_everything() -> None:
    node = SparkplugNode(TOPICS, 0)
    node.publish(state(), NOW_MS)
    more = Places({"cam-1": ("press", "aisle"), "cam-2": ()}, "1.2.3")
    ((topic, birth), *rest) = told(node.publish(snapshot(more, {}, None), NOW_MS))
    assert topic == "DBIRTH/dev-1/cam-1"
    assert birth.metrics["alarm/aisle/active"] is None
    assert [other for other, _ in rest] == ["DDATA/dev-1/cam-2"]
    fewer = Places({"cam-1": ()}, "1.2.3")
    topics = [topic for topic, _ in told(node.publish(snapshot(fewer, {}, None), NOW_MS))]
    assert topics == ["NBIRTH/dev-1", "DBIRTH/dev-1/cam-1"]


def test_a_rebirth_begins_at_zero_with_the_same_birth_number() -> None:
    node = SparkplugNode(TOPICS, 9)
    node.publish(state(), NOW_MS)
    node.publish(state(alarmed()), NOW_MS)
    node.forget()
    births = told(node.publish(state(alarmed()), NOW_MS))
    assert [payload.seq for _, payload in births] == [0, 1, 2]
    assert births[0][1].metrics["bdSeq"] == 9


@given(st.integers(1, 700))
def test_every_message_counts_on_by_one_and_255_is_followed_by_0(changes: int) -> None:
    node = SparkplugNode(TOPICS, 0)
    seqs = [payload.seq for _, payload in told(node.publish(state(), NOW_MS))]
    for number in range(changes):
        seqs += [payload.seq for _, payload in told(node.publish(state(numbers=health(pending=number)), NOW_MS))]
    assert seqs == [number % 256 for number in range(len(seqs))]


def test_a_death_has_the_number_of_its_birth_and_no_sequence_number() -> None:
    message = death(TOPICS, 200, NOW_MS)
    payload = read_sparkplug(message.payload)
    assert (message.topic, message.qos, message.retain) == ("spBv1.0/plant-1/NDEATH/dev-1", 1, False)
    assert (payload.seq, payload.metrics) == (None, {"bdSeq": 200})


@pytest.mark.parametrize(
    ("command", "obeyed"),
    [
        (rebirth_request(), True),
        (rebirth_request(value=False), False),
        (rebirth_request("Node Control/Reboot"), False),
        (b"", False),
        (b"\xff\xff\xff", False),
        (b'{"rebirth": true}', False),
    ],
)
def test_only_a_request_for_births_is_obeyed(command: bytes, obeyed: bool) -> None:
    assert asks_for_rebirth(command) is obeyed


@given(st.binary(max_size=200))
def test_no_command_breaks_the_node(command: bytes) -> None:
    assert asks_for_rebirth(command) in (True, False)


def test_births_are_numbered_across_restarts_and_255_is_followed_by_0(tmp_path: Path) -> None:
    file = tmp_path / "births"
    count = BirthCount(file)
    assert count.next == 0
    assert count.next == 0, "a try that the broker did not accept uses no number"
    for _ in range(256):
        count.use()
    assert BirthCount(file).next == 0
    BirthCount(file).use()
    assert BirthCount(file).next == 1
    file.write_text("rubbish")
    assert BirthCount(file).next == 0


def test_a_disk_that_takes_nothing_does_not_stop_the_births(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    count = BirthCount(tmp_path / "absent" / "births")
    count.use()
    assert count.next == 1
    assert "numbered from 0" in caplog.text
