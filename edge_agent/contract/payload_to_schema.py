"""One payload class as a JSON Schema for those who read the messages."""

from __future__ import annotations

import copy
from typing import Any

from edge_agent.mqtt.channels import Channel

DIALECT = "https://json-schema.org/draft/2020-12/schema"
OPEN = "x-open"
"""On a field: its words may grow within v1."""
SINCE = "x-since"
"""On a field that came after 1.0: since when devices send it. Older ones do not, so that it is never required."""

Schema = dict[str, Any]
_NULL = {"type": "null"}
_KEYWORDS = (
    *("$schema", "$id", "title", "description", "$ref", "type", "format", "const", "enum", "examples", SINCE),
    *("minimum", "maximum", "minItems", "maxItems", "prefixItems", "items", "anyOf"),
    *("properties", "required", "propertyNames", "additionalProperties", "$defs"),
)


def schema_urn(channel: Channel) -> str:
    """Identifier of the schema; also the `dataschema` of events."""
    return f"urn:edge-agent:schema:{channel.name}:v1"


def payload_to_schema(channel: Channel) -> Schema:
    """JSON Schema, draft 2020-12, of what is on the wire.

    It is what a reader may rely on, which is less than what the class accepts: unknown fields are allowed, since later
    devices send more, and words that may grow are examples rather than a list.

    Args:
        channel: Whose payload is described; one that the device publishes.
    """
    assert channel.payload is not None, "what comes in is signed text"
    schema = copy.deepcopy(channel.payload.model_json_schema(mode="serialization"))
    _for_readers(schema)
    schema = {"$schema": DIALECT, "$id": schema_urn(channel), "title": channel.name, **schema}
    _order(schema)
    return schema


def _for_readers(node: Any) -> None:
    if isinstance(node, list):
        for child in node:
            _for_readers(child)
        return
    if not isinstance(node, dict):
        return
    if isinstance(node.get("title"), str):
        del node["title"]
    if isinstance(node.get("description"), str):
        node["description"] = " ".join(node["description"].split())
    if "properties" in node:
        _open_object(node)
    for child in list(node.values()):
        _for_readers(child)
    if node.pop(OPEN, False):
        node["examples"] = node.pop("enum")
        node["description"] = f"{node.get('description', '')} More words may come.".strip()
    _order(node)


def _open_object(node: Schema) -> None:
    """Allow unknown fields; what may be absent is not required, and is never null: `encode` leaves it out."""
    node["additionalProperties"] = True
    fields = node["properties"]
    optional = {name for name, field in fields.items() if _is_nullable(field) or SINCE in field}
    for name, field in fields.items():
        kinds = [kind for kind in field.pop("anyOf", ()) if kind != _NULL]
        default = field.pop("default", None)
        if isinstance(default, str):
            field["const"] = default
        if len(kinds) == 1:
            fields[name] = {**kinds[0], **field}  # the description of the field goes before that of its type
        elif kinds:
            field["anyOf"] = kinds
    node["required"] = [name for name in fields if name not in optional]


def _is_nullable(field: Schema) -> bool:
    return _NULL in field.get("anyOf", ())


def _order(node: Schema) -> None:
    """Keywords in one order, whatever pydantic's is; the fields of an object keep theirs."""
    if any(isinstance(node.get(keyword), str | list) for keyword in ("type", "$ref", "anyOf", "enum")):
        for keyword in sorted(node, key=_KEYWORDS.index):
            node[keyword] = node.pop(keyword)
