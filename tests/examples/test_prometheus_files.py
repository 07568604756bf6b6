"""The files for Prometheus ask for numbers that exist, and every alert has its entry in the runbook."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, ProcessCollector

from edge_agent.app.cooling import Level
from edge_agent.app.metrics.device_numbers import DeviceNumbers
from edge_agent.app.metrics.meters import Meters
from edge_agent.capture.camera_health import CameraState
from edge_agent.clock import MediaClock
from edge_agent.mqtt.outbox_rows import OutboxStats, Storage

DOCS = Path(__file__).resolve().parents[2] / "docs"
FILES = DOCS / "examples" / "prometheus"
FUNCTIONS = {
    "rate", "increase", "sum", "max", "by", "le", "histogram_quantile", "max_over_time", "changes", "unless", "offset",
    "label_values",
}  # fmt: skip
# What the server that collects adds (prometheus.yml, external_labels and job_name).
FROM_OUTSIDE = {"site", "device", "job"}


@cache
def served() -> dict[str, set[str]]:
    """Every name that a scrape has, with its labels."""
    registry = CollectorRegistry()
    meters = Meters(registry, ("hall",), "m", lambda: 0.4)
    pace = SimpleNamespace(judged=1, sight="clear")
    outbox = SimpleNamespace(storage=Storage("ok", 0.0), stats=lambda: OutboxStats(0, 0, 0, 0))
    sources = SimpleNamespace(
        clock=MediaClock(), detector=lambda: OPENED, cameras=(SimpleNamespace(name="hall", health=HEALTH),),
        vision=SimpleNamespace(pace=lambda _: pace), mailbox=SimpleNamespace(dropped=lambda _: 0),
        sink=SimpleNamespace(outbox=outbox, waiting=0), publisher=SimpleNamespace(connected=True, connects=1),
        cooling=SimpleNamespace(temperature_c=80.0, limit_fps=9.0, level=Level.WARM),
    )  # fmt: skip
    registry.register(DeviceNumbers(sources, meters.in_view))  # type: ignore[arg-type]
    ProcessCollector(registry=registry)
    names: dict[str, set[str]] = {}
    for family in registry.collect():
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
    return names


HEALTH = SimpleNamespace(last_frame_s=0.0, state=CameraState.LIVE)
OPENED = SimpleNamespace(model="m", detect=SimpleNamespace(runtime="r"))


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FILES / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> list[str]:
    dashboard = json.loads((FILES / "dashboard.json").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    variables = [each["query"] for each in dashboard["templating"]["list"]]
    return [*(rule["expr"] for rule in alerts()), *panels, *variables]


@pytest.mark.parametrize("expression", expressions())
def test_every_number_that_is_asked_for_is_served_with_these_labels(expression: str) -> None:
    without_ranges = re.sub(r"\[[^\]]*\]|\"[^\"]*\"|\b\d+[smhdw]\b", "", expression)
    labels = set(re.findall(r"(\w+)\s*(?:=~|!=|=)(?!=)", without_ranges))
    for grouped in re.findall(r"by \(([^)]*)\)", without_ranges):
        labels.update(part.strip() for part in grouped.split(","))
    for query in re.findall(r"label_values\([^,]*,\s*(\w+)\)", expression):
        labels.add(query)
    words = set(re.findall(r"[a-z_][a-z_0-9]*", re.sub(r"\{[^}]*\}|by \([^)]*\)|,\s*\w+\)$", "", without_ranges)))
    names = words - FUNCTIONS
    assert names, expression
    assert names - served().keys() == set()
    known = set().union(*(served()[name] for name in names)) | FROM_OUTSIDE | {"le"}
    assert labels - known == set()
    assert expression.count("(") == expression.count(")")


def test_an_alert_speaks_only_of_labels_that_its_series_have() -> None:
    for rule in alerts():
        spoken = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        names = [name for name in served() if name in rule["expr"]]
        have = set().union(*(served()[name] for name in names)) | FROM_OUTSIDE
        assert spoken <= have, rule["alert"]


def test_a_silent_device_does_not_become_good_again_after_a_day() -> None:
    (silent,) = [rule["expr"] for rule in alerts() if rule["alert"] == "EdgeAgentSilent"]
    assert "edge_agent_build_info[30d:5m]" in silent, "a sample in five minutes, or a fleet is too many for one query"


def test_one_lost_camera_is_one_alert() -> None:
    (blind,) = [rule["expr"] for rule in alerts() if rule["alert"] == "EdgeAgentCameraBlind"]
    (lost,) = [rule["expr"] for rule in alerts() if rule["alert"] == "EdgeAgentCameraLost"]
    assert blind == f"edge_agent_sight_clear == 0 unless {lost}"


def test_every_alert_has_its_place_in_the_runbook() -> None:
    headings = re.findall(r"^#+ (.+)$", (DOCS / "runbook.md").read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for rule in alerts():
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (page, anchor in anchors) == ("docs/runbook.md", True), rule["alert"]
        assert rule["labels"]["severity"] in ("warning", "critical")


def test_the_scrape_asks_loopback_alone() -> None:
    config = yaml.safe_load((FILES / "prometheus.yml").read_text())
    assert config["scrape_configs"][0]["static_configs"] == [{"targets": ["127.0.0.1:9464"]}]
    assert config["scrape_configs"][0]["job_name"] == "edge-agent"
    assert config["global"]["external_labels"].keys() == {"site", "device"}
