"""Every message of a whole run, as a subscriber gets it from a real broker, keeps the published contract."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from free_ports import free_ports
from full_run import ROOT, command_all, demo_agent, desire_all, found
from leaks import leaks
from mosquitto import Mosquitto, require_mosquitto
from mqtt_subscriber import Received, Subscriber
from operators import Operator

from edge_agent.contract.rules_to_rows import rules_to_rows
from edge_agent.mqtt.channels import CHANNELS, STATUS, Channel

PROJECT = Path(__file__).resolve().parents[2]
PUBLISHED = PROJECT / "docs" / "mqtt" / "schema"
FROZEN = PROJECT / "tests" / "mqtt" / "samples" / "v1" / "schema"

INBOUND = (f"{ROOT}/cmd/", f"{ROOT}/config/desired")

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Received]]:
    """All that an agent says from its start to a fall and its stop, and after a second start that was killed."""
    require_mosquitto()
    directory = tmp_path_factory.mktemp("run")
    with ExitStack() as closing:
        broker = Mosquitto(free_ports(1)[0], directory / "broker").start()
        closing.callback(broker.kill)
        seen = Subscriber(broker.port, retain_as_published=True)
        closing.callback(seen.close)
        agent = demo_agent(directory, broker.port)
        closing.callback(agent.kill)
        agent.start()
        seen.until(_all_of("event/fall", {"phase": "raised"}, {"phase": "updated"}), 60.0)
        seen.until(_all_of("event/zone_entry", {"phase": "cleared"}))
        seen.until(_all_of("health", {}))
        operator = Operator(seen, ROOT)
        fall = found(seen.messages, "event/fall", phase="raised")
        assert fall is not None
        command_all(operator, fall.json["data"]["incident_id"])
        agent.stop()
        seen.until(_all_of("status", {"reason": "stopped"}))
        agent.start()
        seen.until(_all_of("event/fall", {"phase": "cleared"}))
        desire_all(operator)
        agent.kill()
        lost = seen.until(_all_of("status", {"reason": "lost"}))
        yield [message for message in lost if not message.topic.startswith(INBOUND)]


def _all_of(topic: str, *wanted: dict[str, Any]) -> Callable[[list[Received]], bool]:
    return lambda messages: all(found(messages, topic, **fields) for fields in wanted)


def channel_of(message: Received) -> Channel:
    suffix = message.topic.removeprefix(f"{ROOT}/")
    kind = suffix.partition("/")[0]
    (channel,) = (each for each in CHANNELS if each.address.partition("/")[0] == kind)
    assert suffix.count("/") == channel.address.count("/"), suffix
    return channel


def test_every_message_satisfies_the_published_schema_and_that_of_version_1(messages: list[Received]) -> None:
    for directory in (PUBLISHED, FROZEN):
        validators = {
            path.stem: jsonschema.Draft202012Validator(json.loads(path.read_text()))
            for path in directory.glob("*.json")
        }
        for message in messages:
            validators[channel_of(message).name].validate(message.json)


def test_every_message_is_published_as_the_table_says(messages: list[Received]) -> None:
    for message in messages:
        channel = channel_of(message)
        assert (message.qos, message.retain) == (channel.qos, channel.retain), message.topic
        assert message.properties["ContentType"] == channel.content_type
        assert message.properties["PayloadFormatIndicator"] == 1
        offline = channel is STATUS and message.json["status"] == "offline"
        assert message.properties.get("MessageExpiryInterval") == (None if offline else channel.expiry_s)


def test_nothing_outside_of_the_privacy_profile_is_said_also_not_in_answers_to_commands(
    messages: list[Received],
) -> None:
    assert [problem for each in messages for problem in leaks(each.topic.removeprefix(f"{ROOT}/"), each.payload)] == []


def test_every_kind_of_message_was_seen(messages: list[Received]) -> None:
    ours = {each.name for each in CHANNELS if each.sends and not each.name.startswith("update_")}
    assert {channel_of(message).name for message in messages} == ours, "the updater's are seen in tests/updater"


def test_events_give_no_evidence_that_the_contract_does_not_list_for_their_rule(messages: list[Received]) -> None:
    rows = {row.name: row for row in rules_to_rows()}
    events = [message.json["data"] for message in messages if channel_of(message).name == "event"]
    assert len(events) > 5
    for event in events:
        row = rows[event["rule"]]
        assert event["evidence"].keys() <= {*row.evidence, "resolved", "unobserved_s"}
        assert event["severity"] in {row.severity, "critical" if row.critical else row.severity}


def test_a_subscriber_finds_no_duplicate_and_no_gap_and_revisions_count_from_0(messages: list[Received]) -> None:
    events = [message.json for message in messages if channel_of(message).name == "event"]
    replayed = [event for event in events if event["historical"]]
    events = [event for event in events if not event["historical"]]
    assert [event["seq"] for event in replayed] == [1, 2]
    assert max(Counter((event["source"], event["id"]) for event in events).values()) == 1
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    revisions: dict[str, list[int]] = {}
    for event in events:
        revisions.setdefault(event["data"]["incident_id"], []).append(event["data"]["rev"])
    assert all(revs == list(range(len(revs))) for revs in revisions.values())


def test_numbers_of_the_zone_and_of_the_view_are_told_when_the_agent_stops(messages: list[Received]) -> None:
    stopped = next(
        i
        for i, each in enumerate(messages)
        if each.topic.endswith("/status") and "at" in each.json and each.json["reason"] == "stopped"
    )
    told = [each.json for each in messages[:stopped] if channel_of(each).name == "agg"]
    # The last of each hour: the run may go over a full one.
    line, hall = (
        [*{each["since"]: each for each in told if each["zone"] == zone}.values()] for zone in ("line-2", "hall")
    )
    assert [hour["incidents"] for hour in line if hour["incidents"]] == [{"zone_entry": {"warning": 1}}]
    assert [hour["incidents"]["fall"] for hour in hall if "fall" in hour["incidents"]] == [{"critical": 1}]
    assert [max(hour["persons_most"] for hour in zone) for zone in (line, hall)] == [1, 2]
    assert sum(hour["observed_s"] for hour in hall) >= 10


def test_a_zone_that_was_renamed_while_the_agent_was_stopped_leaves_no_alarm_at_the_broker(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], tmp_path: Path
) -> None:
    port = broker().port
    agent = demo_agent(tmp_path, port)
    try:
        listener = subscriber(port, topics=f"{ROOT}/alarm/#")
        agent.start()
        listener.until(_all_of("alarm/line-2", {"active": False}))
        agent.kill()
        agent.settings["cameras"][0]["zones"][0]["name"] = "line-3"
        agent.settings["mqtt"]["zone_numbers"] = False
        agent.start()
        listener.until(_all_of("alarm/line-3", {"active": False}))
        taken_back = listener.until(lambda seen: any(not message.payload for message in seen))
        assert {message.topic for message in taken_back if not message.payload} == {f"{ROOT}/alarm/line-2"}
        agent.stop()
        kept = subscriber(port).hear_out()
        assert found(kept, "status", reason="stopped")
        assert {message.topic for message in kept if "/alarm/" in message.topic} == {
            f"{ROOT}/alarm/hall",
            f"{ROOT}/alarm/line-3",
        }
    finally:
        agent.kill()
