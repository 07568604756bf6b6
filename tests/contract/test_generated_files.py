"""What is committed under docs/ says what the code says today."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pydantic
import pytest

from edge_agent.contract.__main__ import main
from edge_agent.contract.fill_in import fill_in
from edge_agent.contract.payload_to_schema import payload_to_schema
from edge_agent.mqtt.channels import CHANNELS, Channel

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
EXAMPLES = sorted((DOCS / "mqtt" / "examples").glob("*.json"))

# Older releases of pydantic validate alike, but leave parts of the schema out.
complete = pytest.mark.skipif(
    tuple(int(part) for part in pydantic.VERSION.split(".")[:2]) < (2, 14),
    reason="this pydantic writes an incomplete schema",
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copyfile(DOCS / "mqtt.md", tmp_path / "mqtt.md")
    shutil.copytree(DOCS / "mqtt", tmp_path / "mqtt")
    return tmp_path


@complete
def test_the_committed_contract_is_what_the_classes_say_today() -> None:
    command = [sys.executable, "-m", "edge_agent.contract", "docs", "--check"]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"run: python -m edge_agent.contract docs\nstale:\n{ran.stdout}{ran.stderr}"


@complete
@pytest.mark.parametrize(
    ("name", "generated"),
    [
        ("mqtt.md", "| `event/{rule}` | 1 |"),
        ("mqtt/asyncapi.yaml", "asyncapi: 3.0.0"),
        ("mqtt/schema/event.json", "Drop duplicates by"),
    ],
)
def test_a_stale_file_is_named_and_written_anew(
    copy: Path, name: str, generated: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh = (copy / name).read_text()
    assert generated in fresh
    (copy / name).write_text(fresh.replace(generated, "something else"))
    assert main([str(copy), "--check"]) == 1
    assert capsys.readouterr().out.splitlines() == [str(copy / name)]
    assert main([str(copy)]) == 0
    assert main([str(copy), "--check"]) == 0
    assert (copy / name).read_text() == fresh


@complete
def test_prose_may_change_without_being_stale(copy: Path) -> None:
    (copy / "mqtt.md").write_text((copy / "mqtt.md").read_text().replace("# What arrives over MQTT", "# MQTT"))
    assert main([str(copy), "--check"]) == 0


@complete
def test_a_schema_of_no_topic_is_stale(copy: Path) -> None:
    (copy / "mqtt" / "schema" / "gone.json").write_text("{}")
    assert main([str(copy), "--check"]) == 1
    main([str(copy)])
    assert not (copy / "mqtt" / "schema" / "gone.json").exists()


def test_prose_stays_and_a_part_without_a_marker_is_refused() -> None:
    text = "before\n<!-- generated: a -->\nold\n<!-- end -->\nafter\n"
    assert fill_in(text, {"a": "new | x"}) == "before\n<!-- generated: a -->\nnew | x\n<!-- end -->\nafter\n"
    with pytest.raises(ValueError, match="differ: b"):
        fill_in(text, {"a": "new", "b": "nowhere"})
    with pytest.raises(ValueError, match="differ: a"):
        fill_in(text, {})


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_every_schema_is_one_and_every_field_has_a_meaning(channel: Channel) -> None:
    schema = payload_to_schema(channel)
    jsonschema.Draft202012Validator.check_schema(schema)
    for owner in (schema, *schema.get("$defs", {}).values()):
        for name, field in owner.get("properties", {}).items():
            assert field.get("description") or "$ref" in field, name
        assert owner.get("additionalProperties", True) is True


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_recorded_example_satisfies_its_schema(path: Path) -> None:
    channels = {channel.name: channel for channel in CHANNELS}
    recorded = json.loads(path.read_text())
    channel = channels[path.stem.partition("-")[0]]
    jsonschema.Draft202012Validator(payload_to_schema(channel)).validate(recorded["payload"])
    assert (recorded["qos"], recorded["retain"]) == (channel.qos, channel.retain)
    assert recorded["content_type"] == channel.content_type


def test_every_topic_has_an_example() -> None:
    assert {path.stem.partition("-")[0] for path in EXAMPLES} == {channel.name for channel in CHANNELS}
