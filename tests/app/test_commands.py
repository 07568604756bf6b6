"""Commands on a real agent and a real broker. The machine may not know the time: a challenge makes that no matter."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agent_process import AgentProcess
from mosquitto import Mosquitto
from mqtt_subscriber import Subscriber
from operators import COMMANDS, Operator

pytestmark = [pytest.mark.shared, pytest.mark.broker]

SHARED = Path(__file__).resolve().parents[3] / "shared"
ROOT = "edge-agent/v1/plant-1/dev-1"
LINE = [[0.22, 1.00], [0.52, 0.47], [0.07, 0.31], [0.00, 0.70], [0.00, 1.00]]
ZONE = {"name": "line", "polygon": LINE}


def worker(**camera: Any) -> dict[str, Any]:
    path = SHARED / "clips" / "factory" / "worker-zone.gif"
    return {"name": "hall", "source": {"type": "clip", "path": str(path), "loop": True}, **camera}


@pytest.mark.slow
def test_a_zone_is_snoozed_acknowledged_and_replayed_and_nothing_is_hidden(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    port = broker().port
    operator = Operator(subscriber(port), ROOT)
    running = agent(port, [worker(zones=[ZONE])], commands=COMMANDS).start()
    raised = operator.until("event/zone_entry", phase="raised", zone="line")["data"]
    operator.until("alarm/line", active=True, annunciate=True)

    assert operator.order("ack_alarm", incident_id=raised["incident_id"])["status"] == "done"
    operator.until("alarm/line", active=True, annunciate=True, acknowledged=True)
    audit = operator.until("event/audit", zone="dev-1")["data"]["evidence"]
    assert audit == {"by": "desk", "command": "ack_alarm", "subject": raised["incident_id"]}
    assert operator.order("ack_alarm", incident_id=raised["incident_id"][::-1])["reason"] == "unknown_incident"
    answer = operator.order("snooze", zone="line", seconds=600, reason="maintenance")
    assert (answer["status"], "snoozed_until" in answer) == ("done", True)
    record = operator.until("event/snooze", phase="raised", zone="line")["data"]["evidence"]
    assert (record["by"], record["snooze_reason"], record["asked_s"]) == ("desk", "maintenance", 600)
    operator.until("event/zone_entry", phase="raised", zone="line", snoozed=True)
    operator.until("alarm/line", active=True, annunciate=False)
    assert operator.order("snooze", zone="line", seconds=0, reason="done")["status"] == "done"
    operator.until("event/snooze", phase="cleared", zone="line")

    for args, reason in [
        ({"zone": "nowhere", "seconds": 5, "reason": "a"}, "unknown_place"),
        ({"zone": "line", "seconds": 901, "reason": "a"}, "too_long"),
        ({"zone": "line", "seconds": 5, "reason": "a", "rule": "fall"}, "never_snoozed"),
        ({"zone": "line", "seconds": 5, "reason": "a", "rule": "dance"}, "unknown_rule"),
    ]:
        assert operator.order("snooze", **args)["reason"] == reason

    replayed = operator.order("replay", from_seq=1, to_seq=1)
    assert replayed["replay"] == {"sent": 1, "pending": 0, "missing": []}
    again = operator.until("event/zone_entry", seq=1, historical=True)
    assert [e["id"] for e in operator.listener.events() if e["seq"] == 1] == [again["id"]]
    assert running.stop() < 5.0
    assert "Traceback" not in running.text


def test_a_command_is_obeyed_once_also_after_a_restart_and_strangers_never_are(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    port = broker().port
    operator = Operator(subscriber(port), ROOT)
    running = agent(port, [worker()], commands=COMMANDS).start()
    operator.until("alarm/hall", active=False)
    own, foreign = f"{ROOT}/ack/identify/desk-1", "edge-agent/v1/plant-1/dev-2/cmd/snooze"
    cmd_id, payload = operator.signed("identify")
    operator.send("cmd/identify", payload, response=own)
    answer = operator.until("ack/identify/desk-1", status="done")
    assert (answer["cmd_id"], answer["identify"]["device"]) == (cmd_id, "dev-1")
    operator.send("cmd/identify", payload, response=foreign)
    operator.until("ack/identify", status="refused", reason="bad_nonce", cmd_id=cmd_id)
    assert not any(message.topic == foreign for message in operator.listener.messages)
    answers = [message for message in operator.listener.messages if message.topic.startswith(f"{ROOT}/ack/")]
    assert bytes.fromhex(answers[-1].properties["CorrelationData"]) == b"c-1"

    for forged, reason in [
        (payload[:-9] + b"AAAAAAAAA", "bad_signature"),
        (b"x", "malformed"),
        (b"[" * 9000, "too_large"),
    ]:
        operator.send("cmd/identify", forged)
        operator.until("ack/identify", status="refused", reason=reason)
    operator.send("cmd/dance", payload)
    operator.until("ack/unknown", status="refused", reason="wrong_topic")
    operator.send("cmd/identify", payload, retain=True)
    operator.until("ack/identify", status="refused", reason="retained")

    assert running.stop() < 5.0
    running.start()
    # The broker gives the retained one again: refused.
    operator.listener.until(
        lambda seen: sum(m.topic == f"{ROOT}/ack/identify" and m.json.get("reason") == "retained" for m in seen) >= 2
    )
    operator.send("cmd/identify", payload)
    operator.listener.until(lambda _: len(operator.acks("identify", cmd_id)) == 2)
    assert [ack["reason"] for ack in operator.acks("identify", cmd_id)] == ["bad_nonce", "bad_nonce"]
    done = [ack for ack in operator.acks("identify", cmd_id) if ack["status"] == "done"]
    assert done == [], "answered once, on the response topic"
    assert operator.order("identify")["status"] == "done", "and it goes on obeying"
    assert running.stop() < 5.0
    assert "Traceback" not in running.text


def test_a_self_test_and_a_reload_answer_twice_and_are_on_record(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    port = broker().port
    operator = Operator(subscriber(port), ROOT)
    running = agent(port, [worker()], commands=COMMANDS).start()
    operator.until("alarm/hall", active=False)
    tested = operator.order("self_test", publish=True)
    assert tested["status"] == "done"
    checks = {check["check"]: check["ok"] for check in tested["self_test"]["checks"]}
    assert checks["outbox"]
    assert checks["disk"]
    assert set(checks) == {"camera hall", "outbox", "disk", "clock"}
    assert operator.until("event/self_test")["data"]["severity"] == "info"
    assert [ack["status"] for ack in operator.acks("self_test", tested["cmd_id"])] == ["accepted", "done"]

    running.settings["cameras"][0]["zones"] = [ZONE]
    running.write()
    assert operator.order("reload")["status"] == "done"
    operator.until("event/zone_entry", phase="raised", zone="line")
    running.settings["cameras"][0]["zones"] = [{"name": "line", "polygon": [[0.1, 0.1], [0.2, 0.2]]}]
    running.write()
    refused = operator.order("reload")
    assert (refused["status"], refused["reason"]) == ("failed", "bad_config")
    assert "polygon" in refused["detail"]
    records = [
        e["data"]["evidence"]["command"] for e in operator.listener.events() if e["type"] == "edge-agent.audit.v1"
    ]
    assert records == ["self_test", "reload"]
    assert running.stop() < 5.0


@pytest.mark.slow
def test_a_desired_configuration_is_taken_kept_over_a_restart_and_a_bad_one_leaves_it(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    port = broker().port
    operator = Operator(subscriber(port), ROOT)
    running = agent(port, [worker()], commands=COMMANDS).start()
    operator.until("config/reported", state="none", version=0)
    operator.desire(3, {"cameras": {"hall": {"zones": [ZONE]}}})
    applied = operator.until("config/reported", state="applied", version=3)
    entry = operator.until("event/zone_entry", phase="raised", zone="line")["data"]
    assert entry["config_hash"] == applied["config_hash"]
    operator.until("info", zones=["line"])

    operator.desire(4, {"cameras": {"hall": {"zones": [{"name": "L", "polygon": []}]}}, "mqtt": {"host": "x"}})
    bad = operator.until("config/reported", state="refused", refused_version=4)
    assert (bad["version"], bad["reason"]) == (3, "bad_config")
    assert any("polygon" in problem for problem in bad["problems"])
    assert any("mqtt" in problem for problem in bad["problems"])
    operator.desire(2, {})
    assert operator.until("config/reported", refused_version=2)["reason"] == "old_version"
    operator.desire(3, {})
    assert operator.until("config/reported", refused_version=3)["reason"] == "version_taken"

    assert running.stop() < 5.0
    operator.listener.messages.clear()
    running.start()
    operator.until("config/reported", state="applied", version=3)
    operator.until("event/zone_entry", phase="raised", zone="line")
    operator.desire(5, {})
    operator.until("config/reported", state="applied", version=5)
    operator.until("event/zone_entry", phase="cleared", zone="line")
    assert running.stop() < 5.0
    assert "Traceback" not in running.text


@pytest.mark.slow
def test_a_configuration_that_brings_the_agent_down_is_dropped_after_three_times(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], agent: Callable[..., AgentProcess]
) -> None:
    port = broker().port
    operator = Operator(subscriber(port), ROOT)
    running = agent(port, [worker()], commands=COMMANDS).start()
    operator.desire(1, {"cameras": {"hall": {"zones": [ZONE]}}})
    operator.until("config/reported", state="applied", version=1)
    for _ in range(4):
        running.kill()
        operator.listener.messages.clear()
        running.start()
        operator.until("alarm/hall", active=False)
    last = operator.until("config/reported", state="refused")
    assert (last["version"], last["reason"]) == (0, "bad_config")
    assert json.dumps(last["problems"]).count("3 times") == 1
    assert running.stop() < 5.0
