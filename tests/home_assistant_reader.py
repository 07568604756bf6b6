"""Home Assistant's side of the announcement: long names for the keys, inherited options, rendered templates."""

from __future__ import annotations

import json
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

# Home Assistant's abbreviations, as far as anybody here may use them.
LONG = {
    "avty": "availability",
    "cmps": "components",
    "dev": "device",
    "dev_cla": "device_class",
    "ent_cat": "entity_category",
    "evt_typ": "event_types",
    "exp_aft": "expire_after",
    "ids": "identifiers",
    "json_attr_t": "json_attributes_topic",
    "json_attr_tpl": "json_attributes_template",
    "mdl": "model",
    "mf": "manufacturer",
    "o": "origin",
    "p": "platform",
    "stat_cla": "state_class",
    "stat_t": "state_topic",
    "sw": "sw_version",
    "t": "topic",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}


def read_discovery(payload: bytes) -> dict[str, Any]:
    """The message with long names, and with the shared availability in every entity that has none of its own."""
    message: dict[str, Any] = _long(json.loads(payload))
    for entity in message["components"].values():
        if len(entity) > 1:
            entity.setdefault("availability", message["availability"])
    return message


def render(template: str, payload: bytes) -> str:
    """What Home Assistant makes of a payload: its templates are Jinja's, in a sandbox."""
    environment = ImmutableSandboxedEnvironment()
    environment.filters["to_json"] = json.dumps
    return str(environment.from_string(template).render(value_json=json.loads(payload))).strip()


def topics_of(message: dict[str, Any]) -> dict[str, list[str]]:
    """Every topic that is named, with the templates that are to read it."""
    found: dict[str, list[str]] = {}
    for entity in message["components"].values():
        if len(entity) == 1:
            continue
        found.setdefault(entity["state_topic"], []).append(entity["value_template"])
        if "json_attributes_topic" in entity:
            found.setdefault(entity["json_attributes_topic"], []).append(entity["json_attributes_template"])
        for source in entity["availability"]:
            found.setdefault(source["topic"], []).append(source["value_template"])
    return found


def _long(part: Any) -> Any:
    if isinstance(part, dict):
        return {LONG.get(key, key): _long(value) for key, value in part.items()}
    return [_long(item) for item in part] if isinstance(part, list) else part
