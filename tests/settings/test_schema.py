"""What is committed under config/ for installers and their editors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pydantic
import pytest
import yaml

from edge_agent.settings.file_to_settings import load_settings
from edge_agent.settings.schema import configuration_schema

PROJECT = Path(__file__).resolve().parents[2]
CONFIG = PROJECT / "config"
EXAMPLE = CONFIG / "edge-agent.example.yaml"

DEFAULTS_SHOWN = (
    "state_dir: /var/lib/edge-agent",
    "runtime: auto",
    "score: 0.4",
    "width_px: 640",
    "height_px: 480",
    "fps: 15",
    "port: 8883",
    "protocol: auto",
    "topic_prefix: edge-agent/v1",
    "keepalive_s: 30",
)

# Older releases of pydantic validate alike, but leave class docstrings and `additionalProperties` out of the schema.
complete = pytest.mark.skipif(
    tuple(int(part) for part in pydantic.VERSION.split(".")[:2]) < (2, 14),
    reason="this pydantic writes an incomplete schema",
)


@complete
def test_the_committed_schema_is_what_the_settings_say_today() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "edge_agent.settings.schema"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    committed = (CONFIG / "edge-agent.schema.json").read_text()
    assert printed == committed, "run: python -m edge_agent.settings.schema > config/edge-agent.schema.json"


def test_the_committed_schema_is_a_schema_that_the_example_satisfies() -> None:
    schema = json.loads((CONFIG / "edge-agent.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(EXAMPLE.read_text()))


def test_the_example_loads_and_names_its_schema() -> None:
    settings = load_settings(EXAMPLE)
    assert {zone.kind.value for zone in settings.cameras[0].zones} == {"restricted", "walkway", "allowed_down"}
    first = EXAMPLE.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=./edge-agent.schema.json"


def test_the_defaults_that_the_example_shows_in_comments_are_the_defaults(tmp_path: Path) -> None:
    shown = EXAMPLE.read_text()
    for line in DEFAULTS_SHOWN:
        assert f"# {line}" in shown
        shown = shown.replace(f"# {line}", line)
    for block in (
        "# outbox:\n#   max_mb: 64\n#   keep_acknowledged_h: 24\n",
        "# log:\n#   level: info ",
        "# strain:\n#   enabled: true\n",
    ):
        assert block in shown
        shown = shown.replace(block, block.replace("# ", "", 1).replace("\n#", "\n"))
    (tmp_path / "plain.yaml").write_text(EXAMPLE.read_text())
    (tmp_path / "spelled.yaml").write_text(shown.replace("port: 8883", "port: null"))
    assert load_settings(tmp_path / "spelled.yaml") == load_settings(tmp_path / "plain.yaml")


@pytest.mark.parametrize(
    "change",
    [
        {"sit": "x"},
        {"site": "Plant 1"},
        {"rules": {"fall": {"enable": True}}},
        {"mqtt": {"host": "h", "tls": {"ca": "x"}}},
        {"cameras": [{"name": "c", "source": {"type": "csi", "device": "x"}}]},
        {"cameras": [{"name": "c", "source": {"type": "csi"}, "zones": [{"name": "A b", "polygon": [[0, 0]] * 3}]}]},
    ],
)
def test_an_editor_marks_what_the_agent_refuses(change: dict[str, Any]) -> None:
    schema = json.loads((CONFIG / "edge-agent.schema.json").read_text())
    document = {**yaml.safe_load(EXAMPLE.read_text()), **change}
    assert not jsonschema.Draft202012Validator(schema).is_valid(document)


@complete
def test_every_key_has_a_description() -> None:
    schema = configuration_schema()
    named = {"Settings": schema, **schema["$defs"]}
    bare = [
        f"{name}.{key}"
        for name, node in named.items()
        for key, value in node.get("properties", {}).items()
        if "description" not in value and "$ref" not in value
    ]
    assert bare == []
