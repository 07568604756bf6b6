"""Version 1 of the contract is only ever added to: what was recorded when it was set is still read, and still right."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pydantic
import pytest
from additive import breaks
from pydantic import Field

from edge_agent.contract.payload_to_schema import payload_to_schema
from edge_agent.mqtt.channels import CHANNELS, STATUS, Channel
from edge_agent.mqtt.payload import StatusPayload

V1 = Path(__file__).resolve().parents[1] / "mqtt" / "samples" / "v1"
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in sorted((V1 / "schema").glob("*.json"))}
SAMPLES = {path.stem: json.loads(path.read_text()) for path in sorted(V1.glob("*.json"))}
TODAY = {channel.name: payload_to_schema(channel) for channel in CHANNELS}


def channel_of(sample: str) -> str:
    return sample.partition("-")[0]


def test_every_topic_of_version_1_is_still_there_and_has_a_sample() -> None:
    assert SCHEMAS.keys() <= TODAY.keys()
    assert {channel_of(name) for name in SAMPLES} == SCHEMAS.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_an_old_message_satisfies_the_schema_of_its_time_and_that_of_today(name: str) -> None:
    for schemas in (SCHEMAS, TODAY):
        schema = schemas[channel_of(name)]
        jsonschema.Draft202012Validator(schema).validate(SAMPLES[name])


@pytest.mark.skipif(
    tuple(int(part) for part in pydantic.VERSION.split(".")[:2]) < (2, 14),
    reason="this pydantic writes the same schema in other words",
)
@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_only_adds_to_that_of_version_1(name: str) -> None:
    assert breaks(SCHEMAS[name], TODAY[name]) == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_messages_with_a_field_of_the_future_still_satisfy_the_schema(name: str) -> None:
    sample = next(SAMPLES[each] for each in SAMPLES if channel_of(each) == name)
    jsonschema.Draft202012Validator(TODAY[name]).validate({**sample, "a_field_of_the_future": [1]})


def remove_a_field(schema: dict[str, Any]) -> None:
    del schema["$defs"]["EventData"]["properties"]["zone"]


def change_a_type(schema: dict[str, Any]) -> None:
    schema["properties"]["seq"]["type"] = "string"


def require_more(schema: dict[str, Any]) -> None:
    schema["$defs"]["EventData"]["required"].append("evidence_truncated")


def require_less(schema: dict[str, Any]) -> None:
    schema["required"].remove("seq")


def add_a_word_to_a_closed_list(schema: dict[str, Any]) -> None:
    schema["$defs"]["Phase"]["enum"].append("paused")


def drop_a_word(schema: dict[str, Any]) -> None:
    schema["$defs"]["Severity"]["enum"].remove("info")


def close_the_object(schema: dict[str, Any]) -> None:
    schema["additionalProperties"] = False


def narrow_a_bound(schema: dict[str, Any]) -> None:
    schema["$defs"]["EventData"]["properties"]["rev"]["minimum"] = 1


def another_kind_of_evidence(schema: dict[str, Any]) -> None:
    schema["$defs"]["EventData"]["properties"]["evidence"]["additionalProperties"]["anyOf"].append({"type": "boolean"})


def another_schema_name(schema: dict[str, Any]) -> None:
    schema["properties"]["dataschema"]["const"] = "urn:edge-agent:schema:event:v2"


@pytest.mark.parametrize(
    "change",
    [
        *(remove_a_field, change_a_type, require_more, require_less, add_a_word_to_a_closed_list, drop_a_word),
        *(close_the_object, narrow_a_bound, another_kind_of_evidence, another_schema_name),
    ],
)
def test_a_change_that_breaks_readers_is_noticed(change: Callable[[dict[str, Any]], None]) -> None:
    changed = copy.deepcopy(SCHEMAS["event"])
    change(changed)
    assert len(breaks(SCHEMAS["event"], changed)) == 1


class LaterStatus(StatusPayload):
    """A status as a later release may send it."""

    load: float = Field(description="New.", json_schema_extra={"x-since": "1.1"})


class CarelessStatus(StatusPayload):
    """A field that nobody said the version of: old devices would seem to break the contract."""

    load: float = Field(description="New.")


def schema_with(payload: type[StatusPayload]) -> dict[str, Any]:
    channel = Channel(name="status", address="status", payload=payload, description=STATUS.description)
    return payload_to_schema(channel)


def test_a_new_field_says_since_when_and_is_never_required() -> None:
    assert breaks(SCHEMAS["status"], schema_with(LaterStatus)) == []
    assert schema_with(LaterStatus)["properties"]["load"]["x-since"] == "1.1"
    assert breaks(SCHEMAS["status"], schema_with(CarelessStatus)) == ["$.load: is newly required"]
