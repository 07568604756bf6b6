"""Topics, the retained table, the choice of protocol, and the search for a poisonous event."""

from __future__ import annotations

import pytest

from edge_agent.errors import BrokerError
from edge_agent.mqtt.poison import PoisonWatch
from edge_agent.mqtt.protocol_choice import ProtocolChoice
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.topics import Topics


def test_topics_lie_under_prefix_site_and_device() -> None:
    topics = Topics("edge-agent/v1/", "hall-3", "cam-1")
    assert topics.status == "edge-agent/v1/hall-3/cam-1/status"
    assert topics.event("fall") == "edge-agent/v1/hall-3/cam-1/event/fall"
    assert topics.alarm("press/left +1") == "edge-agent/v1/hall-3/cam-1/alarm/press_left _1"


@pytest.mark.parametrize(
    "names", [("", "s", "d"), ("p", "s/t", "d"), ("p", "s", "+"), ("p/#", "s", "d"), ("p", "s", "")]
)
def test_a_name_that_no_topic_can_hold_is_refused(names: tuple[str, str, str]) -> None:
    with pytest.raises(BrokerError, match="no MQTT topic can hold"):
        Topics(*names)


def test_the_table_gives_each_change_once_and_everything_from_the_start() -> None:
    table = RetainedTable()
    assert table.set("a", b"1")
    assert table.set("b", b"1")
    assert not table.set("a", b"1")
    seen = table.since(0)[-1].version
    assert table.since(seen) == ()
    assert table.set("a", b"2")
    assert [(state.topic, state.payload) for state in table.since(seen)] == [("a", b"2")]
    assert [(state.topic, state.payload) for state in table.since(0)] == [("b", b"1"), ("a", b"2")]


def test_a_version_guessed_from_silence_is_asked_for_anew() -> None:
    choice = ProtocolChoice("auto")
    choice.unanswered()
    assert choice.current == "5"
    choice.unanswered()
    assert choice.current == "3.1.1"
    choice.accepted()
    choice.ended()
    assert choice.current == "5"


def test_silence_of_a_broker_that_is_down_does_not_settle_on_either_version() -> None:
    choice = ProtocolChoice("auto")
    tried = []
    for _ in range(8):
        tried.append(choice.current)
        choice.unanswered()
    assert tried == ["5", "5", "3.1.1", "3.1.1", "5", "5", "3.1.1", "3.1.1"]


def test_a_version_that_the_broker_refused_in_words_is_not_asked_for_again() -> None:
    choice = ProtocolChoice("auto")
    assert choice.version_refused()
    choice.accepted()
    choice.ended()
    assert choice.current == "3.1.1"
    assert not ProtocolChoice("5").version_refused()


def test_only_an_event_that_ends_five_connections_in_a_row_is_condemned() -> None:
    watch = PoisonWatch()
    assert watch.lost(7) is None
    assert watch.suspect is None
    assert watch.lost(7) is None
    assert watch.suspect == 7
    assert watch.lost(None) is None
    assert watch.lost(8) is None
    assert watch.suspect is None, "the blame moved on: it was the network"
    assert [watch.lost(8) for _ in range(4)] == [None, None, None, 8]
    assert watch.suspect is None
