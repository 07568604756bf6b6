"""The AsyncAPI document is one, and says what the table of channels says."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from edge_agent.mqtt.channels import CHANNELS, INBOUND, Channel
from edge_agent.mqtt.topics import Topics

ALL = (*CHANNELS, *INBOUND)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "mqtt"
DOCUMENT: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text())
PACKAGE = "@asyncapi/specs@6.11.1"
MEMBER = "package/schemas/3.0.0-without-$id.json"


@pytest.fixture
def official_schema(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The JSON Schema of AsyncAPI 3.0.0 that its makers publish on npm; fetched once and kept in pytest's cache."""
    assert request.config.cache is not None
    kept = request.config.cache.mkdir("asyncapi") / "3.0.0.json"
    if not kept.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed: only the structure is tested")
        command = [npm, "pack", "--silent", "--pack-destination", str(kept.parent), PACKAGE]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=90)
        except subprocess.SubprocessError:
            pytest.skip(f"{PACKAGE} cannot be fetched: only the structure is tested")
        with tarfile.open(kept.parent / ran.stdout.split()[-1]) as package:
            member = package.extractfile(MEMBER)
            assert member is not None
            kept.write_bytes(member.read())
    schema: dict[str, Any] = json.loads(kept.read_text())
    return schema


def problems(document: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft7Validator(schema)
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(document)]


def test_the_official_schema_of_asyncapi_3_accepts_the_document(official_schema: dict[str, Any]) -> None:
    assert problems(DOCUMENT, official_schema) == []


def test_the_official_schema_refuses_what_is_no_such_document(official_schema: dict[str, Any]) -> None:
    assert problems({**DOCUMENT, "asyncapi": "2.6.0"}, official_schema)
    assert problems({**DOCUMENT, "channel": {}}, official_schema)


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for child in node.values() for found in references(child)]
    return [found for child in node for found in references(child)] if isinstance(node, list) else []


def test_every_reference_leads_somewhere() -> None:
    found = references(DOCUMENT)
    assert found
    for reference in found:
        file, _, pointer = reference.partition("#")
        target: Any = json.loads((DOCS / file).read_text()) if file else DOCUMENT
        for step in filter(None, pointer.split("/")):
            target = target[step]
        assert target


@pytest.mark.parametrize("channel", ALL, ids=lambda channel: channel.name)
def test_a_channel_is_published_as_the_table_says(channel: Channel) -> None:
    (name, operation) = next(
        (name, each)
        for name, each in DOCUMENT["operations"].items()
        if each["channel"]["$ref"] == f"#/channels/{channel.name}"
    )
    assert operation["action"] == name.partition("-")[0] == ("send" if channel.sends else "receive")
    binding = operation["bindings"]["mqtt"]
    assert (binding["qos"], binding["retain"]) == (channel.qos, channel.retain)
    assert binding.get("messageExpiryInterval") == channel.expiry_s
    assert DOCUMENT["components"]["messages"][channel.name]["contentType"] == channel.content_type


@pytest.mark.parametrize("channel", ALL, ids=lambda channel: channel.name)
def test_the_address_of_a_channel_is_the_topic_that_devices_use(channel: Channel) -> None:
    described = DOCUMENT["channels"][channel.name]
    levels = {"site": "hall-3", "device": "cam-1"} | ({channel.parameter: "x"} if channel.parameter else {})
    assert described["parameters"].keys() == levels.keys()
    assert described["address"].format(**levels) == Topics("edge-agent/v1", "hall-3", "cam-1").of(channel, "x")


def test_no_two_channels_share_a_name_or_an_address() -> None:
    assert len({channel.name for channel in ALL}) == len(ALL)
    assert len({channel.address for channel in ALL}) == len(ALL)
