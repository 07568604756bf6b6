"""Topics, the retained table, the choice of protocol, and the search for a poisonous event."""

from __future__ import annotations

import random

import pytest

from edge_agent.errors import BrokerError
from edge_agent.mqtt.poison import PoisonWatch
from edge_agent.mqtt.protocol_choice import ProtocolChoice
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.topic_pause import TopicPauses
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


def test_after_two_silent_tries_3_1_1_is_guessed_for_one_connect() -> None:
    choice = ProtocolChoice("auto")
    tried = []
    for _ in range(7):
        tried.append(choice.next())
        choice.unanswered()
    assert tried == ["5", "5", "3.1.1", "5", "5", "3.1.1", "5"]


def test_a_guess_that_was_accepted_is_not_kept_for_the_next_connect() -> None:
    choice = ProtocolChoice("auto")
    choice.unanswered()
    choice.unanswered()
    assert choice.next() == "3.1.1"
    choice.accepted("3.1.1")
    assert choice.next() == "5"


def test_a_guess_is_spent_also_by_a_connect_that_came_to_nothing() -> None:
    choice = ProtocolChoice("auto")
    choice.unanswered()
    choice.unanswered()
    assert [choice.next(), choice.next()] == ["3.1.1", "5"]


def test_a_broker_that_spoke_5_once_is_never_thought_not_to_know_it() -> None:
    choice = ProtocolChoice("auto")
    choice.accepted("5")
    for _ in range(9):
        assert choice.next() == "5"
        choice.unanswered()
    assert choice.version_refused(), "unless it says so itself: another broker may stand there now"
    assert choice.next() == "3.1.1"


def test_a_version_that_the_broker_refused_in_words_is_not_asked_for_again() -> None:
    choice = ProtocolChoice("auto")
    assert choice.version_refused()
    choice.accepted("3.1.1")
    assert choice.next() == "3.1.1"
    assert not ProtocolChoice("5").version_refused()


def test_lost_connections_alone_never_condemn_an_event() -> None:
    watch = PoisonWatch(10.0, 60.0)
    assert [watch.lost(7, 0.0) for _ in range(100)] == [None] * 100
    assert watch.suspects == {7}


def test_an_event_is_condemned_when_others_got_through_between_five_of_its_failures() -> None:
    watch = PoisonWatch(10.0, 60.0)
    for _ in range(2):
        watch.lost(7, 0.0)
    given_up = []
    for seq in range(100, 105):
        watch.answered(seq, taken=True)
        given_up.append(watch.lost(7, 0.0))
    assert given_up == [None, None, None, None, 7]
    assert watch.suspects == set()


def test_an_answer_clears_an_event_and_a_refusal_of_others_proves_nothing() -> None:
    watch = PoisonWatch(10.0, 60.0)
    for _ in range(2):
        watch.lost(7, 0.0)
    for seq in range(100, 120):
        watch.answered(seq, taken=False)
        assert watch.lost(7, 0.0) is None
    watch.answered(7, taken=False)
    assert watch.suspects == set()


def test_blame_that_moves_on_makes_no_suspect_and_two_suspects_stand_side_by_side() -> None:
    watch = PoisonWatch(10.0, 60.0)
    for seq in (7, 8, 7, 8):
        watch.lost(seq, 0.0)
    watch.lost(None, 0.0)
    assert watch.suspects == set()
    for seq in (8, 9, 9):
        watch.lost(seq, 0.0)
    assert watch.suspects == {8, 9}


def test_a_suspect_is_tried_at_once_and_then_ever_more_rarely() -> None:
    watch = PoisonWatch(10.0, 60.0)
    for _ in range(2):
        watch.lost(7, 0.0)
    assert watch.held(0.0) == set()
    waits_s = []
    for _ in range(5):
        watch.lost(7, 0.0)
        waits_s.append(next(s for s in range(1000) if not watch.held(s)))
    assert waits_s == [10, 20, 40, 60, 60]


def test_a_refused_topic_pauses_alone_with_a_growing_range_and_tells_each_reason_once() -> None:
    pauses = TopicPauses(Longest())
    assert pauses.refused("a", 0x87, 0.0)
    assert not pauses.refused("a", 0x87, 0.1), "the same volley"
    assert (pauses.paused(0.4), pauses.paused(0.5)) == ({"a"}, set())
    assert not pauses.refused("a", 0x87, 1.0)
    assert (pauses.paused(1.9), pauses.paused(2.0)) == ({"a"}, set())
    assert pauses.refused("a", 0x97, 2.0), "another reason"
    pauses.reconnected()
    assert pauses.paused(2.0) == set()
    assert not pauses.refused("a", 0x87, 2.0), "told already, whatever the connection"
    assert pauses.taken("a")
    assert not pauses.taken("a")
    assert pauses.refused("a", 0x87, 9.0)


class Longest(random.Random):
    """Jitter that always draws the longest wait."""

    def uniform(self, a: float, b: float) -> float:
        return b
