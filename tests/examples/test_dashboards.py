"""Telegraf's configuration reads what the agent publishes; Grafana asks for what Telegraf writes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from mqtt_payloads import alarm_payload, event_payload, health_payload

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
PAYLOADS = {"health": health_payload(), "alarm": alarm_payload(), "event": event_payload()}


@pytest.fixture(scope="module")
def inputs() -> list[dict[str, Any]]:
    tomllib = pytest.importorskip("tomllib", reason="tomllib is there from Python 3.11 on")
    config = tomllib.loads((EXAMPLES / "telegraf" / "telegraf.conf").read_text())
    assert config["outputs"]["influxdb_v2"][0]["bucket"] == "edge-agent"
    found: list[dict[str, Any]] = config["inputs"]["mqtt_consumer"]
    return found


def columns(inputs: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Fields and tags by measurement."""
    found = {}
    for source in inputs:
        (xpath,) = source["xpath"]
        (topic,) = source["topic_parsing"]
        tags = {name for name in topic["tags"].split("/") if name != "_"} | xpath.get("tags", {}).keys()
        found[source["name_override"]] = xpath["fields"].keys() | tags
    return found


def test_every_path_leads_to_a_value_that_the_agent_publishes(inputs: list[dict[str, Any]]) -> None:
    for source in inputs:
        (topic,) = source["topics"]
        payload: Any = PAYLOADS[topic.split("/")[4]]
        (xpath,) = source["xpath"]
        if selection := xpath.get("metric_selection"):
            assert selection == "/cameras/*"
            payload = next(iter(payload["cameras"].values()))
        paths = [*xpath.get("tags", {}).values(), *xpath["fields"].values(), xpath.get("timestamp", "/")]
        for path in paths:
            value = payload
            for name in re.findall(r"[a-z_0-9]+", re.sub(r"^(number|string|name)\(|'true'", "", path)):
                value = value[name]


def test_topics_have_as_many_levels_as_are_taken_apart(inputs: list[dict[str, Any]]) -> None:
    for source in inputs:
        (topic,) = source["topic_parsing"]
        assert [topic["topic"]] == source["topics"]
        assert topic["topic"].count("/") == topic["tags"].count("/")


def test_what_must_not_be_missed_has_a_session(inputs: list[dict[str, Any]]) -> None:
    for source in inputs:
        if "/health" not in source["topics"][0]:
            assert source["qos"] == 1
            assert source["persistent_session"] is True
    clients = [source["client_id"] for source in inputs if "client_id" in source]
    assert len(set(clients)) == len(clients)


def queries() -> list[str]:
    dashboard = json.loads((EXAMPLES / "grafana" / "dashboard.json").read_text())
    alerts = yaml.safe_load((EXAMPLES / "grafana" / "alerts.yaml").read_text())
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    asked = [target["query"] for panel in dashboard["panels"] for target in panel["targets"]]
    return asked + [data["model"]["query"] for rule in rules for data in rule["data"] if "query" in data["model"]]


@pytest.mark.parametrize("query", queries())
def test_every_query_asks_for_what_telegraf_writes(query: str, inputs: list[dict[str, Any]]) -> None:
    written = columns(inputs)
    (measurement,) = set(re.findall(r'_measurement == "(\w+)"', query))
    assert set(re.findall(r'_field == "(\w+)"', query)) <= written[measurement]
    used = set(re.findall(r"\br\.([a-z]\w*)", query))
    assert used <= written[measurement]
    assert query.count("(") == query.count(")")


def alert_rules() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load((EXAMPLES / "grafana" / "alerts.yaml").read_text())["groups"]
    return {rule["uid"]: rule for group in groups for rule in group["rules"]}


def test_a_camera_that_is_covered_or_dark_alerts_somebody_and_not_only_one_that_is_slow() -> None:
    query = alert_rules()["edge-agent-blind"]["data"][0]["model"]["query"]
    assert '_field == "sight"' in query
    assert 'if r._value == "clear" then 0.0 else 1.0' in query


def test_a_silent_device_does_not_become_good_again_after_a_day() -> None:
    data = alert_rules()["edge-agent-silent"]["data"]
    assert "range(start: -30d)" in data[0]["model"]["query"]
    assert {each["relativeTimeRange"]["from"] for each in data} == {30 * 24 * 3600}


def test_the_dashboard_and_its_alerts_are_whole() -> None:
    dashboard = json.loads((EXAMPLES / "grafana" / "dashboard.json").read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in dashboard["panels"])
    alerts = yaml.safe_load((EXAMPLES / "grafana" / "alerts.yaml").read_text())
    for group in alerts["groups"]:
        for rule in group["rules"]:
            assert rule["condition"] in {data["refId"] for data in rule["data"]}
    rules = {rule["uid"]: rule for rule in alerts["groups"][0]["rules"]}
    assert rules["edge-agent-silent"]["noDataState"] == "Alerting", "a fleet that says nothing is no good news"
