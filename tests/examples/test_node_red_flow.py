"""The Node-RED flow: whole, and its functions do what the text beside them says."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FLOW: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[2] / "docs" / "examples" / "node-red" / "flow.json").read_text()
)
NODES = {node["id"]: node for node in FLOW}
# Which other node a property names.
REFERENCES = ("z", "broker", "group", "page", "ui", "theme")


def event(seq: int, **data: Any) -> dict[str, Any]:
    fields = {"severity": "critical", "rule": "fall", "phase": "raised", "zone": "press", "camera": "hall"} | data
    return {"id": f"id-{seq}", "source": "/edge-agent/a/b", "seq": seq, "historical": False, "data": fields}


def run(node: str, payloads: list[dict[str, Any]]) -> list[Any]:
    """What a function node returns for each payload, in Node.js as Node-RED runs it."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    script = """
        const store = {};
        const context = { get: (key) => store[key], set: (key, value) => { store[key] = value; } };
        const [code, payloads] = JSON.parse(require("fs").readFileSync(0, "utf8"));
        const body = new Function("msg", "context", code);
        console.log(JSON.stringify(payloads.map((payload) => body({ payload }, context))));
    """
    done = subprocess.run(
        ["node", "-e", script],
        input=json.dumps([NODES[node]["func"], payloads]),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    returned: list[Any] = json.loads(done.stdout)
    return returned


def test_every_wire_and_every_reference_ends_at_a_node() -> None:
    assert len(NODES) == len(FLOW), "ids are unique"
    for node in FLOW:
        targets = [target for output in node.get("wires", []) for target in output]
        assert set(targets) <= NODES.keys()
        # The node of the broker itself has the broker's address there.
        named = {node[name] for name in REFERENCES if node.get(name) and node["type"] != "mqtt-broker"}
        assert named <= NODES.keys()


def test_everything_is_reached_from_the_events() -> None:
    reached, todo = set(), ["edge-agent-events"]
    while todo:
        node = todo.pop()
        reached.add(node)
        todo += [target for output in NODES[node]["wires"] for target in output if target not in reached]
    assert {node["id"] for node in FLOW if "wires" in node} == reached


def test_it_asks_for_every_event_with_qos_1_and_a_session_that_outlives_it() -> None:
    events, broker = NODES["edge-agent-events"], NODES["edge-agent-broker"]
    assert (events["topic"], events["qos"], events["datatype"]) == ("edge-agent/v1/+/+/event/+", "1", "json")
    assert broker["cleansession"] is False
    assert broker["clientid"]
    assert int(broker["sessionExpiry"]) > 86_400


def test_the_severities_are_those_of_the_agent() -> None:
    rules = NODES["edge-agent-severity"]["rules"]
    assert [rule.get("v") for rule in rules] == ["critical", "warning", None]
    assert len(rules) == NODES["edge-agent-severity"]["outputs"] == len(NODES["edge-agent-severity"]["wires"])


def test_duplicates_are_dropped_and_gaps_are_told_until_they_fill_up() -> None:
    outputs = run("edge-agent-once", [event(5), event(5), event(8), event(6)])
    assert outputs[0][1]["payload"] == "nothing"
    assert outputs[1][0] is None
    assert outputs[2][1] == {"topic": "/edge-agent/a/b", "payload": "6, 7"}
    assert outputs[3][1]["payload"] == "7"
    assert outputs[2][0]["topic"] == "critical: fall raised in press (hall)"


def test_an_event_without_a_number_gets_it_from_its_duplicate() -> None:
    unstored = {**event(0), "id": "id-6", "unstored": True}
    outputs = run("edge-agent-once", [unstored, event(5), event(7), event(6)])
    assert outputs[0][0] is not None
    assert [gap["payload"] for _, gap in outputs] == ["nothing", "nothing", "6", "nothing"]
    assert outputs[3][0] is None, "the person was told already"


def test_only_what_is_new_and_live_wakes_somebody() -> None:
    late = {**event(3), "historical": True}
    outputs = run("edge-agent-fresh", [event(1), event(2, phase="cleared"), late])
    assert [output is not None for output in outputs] == [True, False, False]
