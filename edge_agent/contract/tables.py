"""The generated parts of docs/mqtt.md, in Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from edge_agent.contract.payload_to_schema import Schema, payload_to_schema
from edge_agent.contract.rules_to_rows import rules_to_rows
from edge_agent.contract.words import EVIDENCE, REASONS, RESOLVED, STAGES, Word
from edge_agent.data.event import Evidence
from edge_agent.mqtt.channels import CHANNELS
from edge_agent.mqtt.privacy_profile import bucketed

_PROBE = 50.0  # any number: its bucket tells how wide buckets of this unit are


def parts(examples: Path) -> dict[str, str]:
    """Every generated part by the name in its marker.

    Args:
        examples: Directory of recorded messages, one JSON file each.
    """
    fields = {f"fields {channel.name}": _fields(payload_to_schema(channel)) for channel in CHANNELS}
    recorded = {f"example {path.stem}": _example(path) for path in sorted(examples.glob("*.json"))}
    words = {"resolved": _words(RESOLVED), "stage": _words(STAGES), "reason": _words(REASONS)}
    return {"topics": _topics(), "rules": _rules(), "evidence": _evidence(), **words, **fields, **recorded}


def _topics() -> str:
    rows = [
        (
            f"`{channel.address}`",
            str(channel.qos),
            "yes" if channel.retain else "no",
            f"{channel.expiry_s} s" if channel.expiry_s else "never",
            f"`{channel.content_type}`",
            f"[{channel.name}.json](mqtt/schema/{channel.name}.json)",
            channel.description,
        )
        for channel in CHANNELS
    ]
    return _table(("topic", "QoS", "retained", "expires", "content type", "schema", "content"), rows)


def _rules() -> str:
    rows = [
        (
            f"`{row.name}`",
            row.says,
            f"{row.severity}, later critical" if row.critical else row.severity,
            "on" if row.default else "off",
            ", ".join(f"`{name}`" for name in row.evidence) or "none",
            f"`{row.resolved}`" if row.resolved else "",
        )
        for row in rules_to_rows()
    ]
    return _table(("rule", "raised when", "severity", "by default", "evidence", "seen to end"), rows)


def _evidence() -> str:
    rows = [(f"`{word.name}`", _sent_as(word.name), word.meaning) for word in EVIDENCE]
    return _table(("name", "sent as", "meaning"), rows)


def _sent_as(name: str) -> str:
    value = bucketed([Evidence(name, _PROBE)]).get(name)
    match value:
        case (low, high):
            return f"bucket of {high - low:.3g}, `[low, high)`"
        case float():
            return "number, rounded to 0.1"
        case int():
            return "whole number"
    return "word"


def _words(words: Sequence[Word]) -> str:
    return _table(("word", "meaning"), [(f"`{word.name}`", word.meaning) for word in words])


def _fields(schema: Schema) -> str:
    return _table(("field", "type", "always there", "meaning"), list(_rows(schema, schema, "")))


def _rows(schema: Schema, node: Schema, path: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in node["properties"].items():
        target = _resolved(schema, field)
        always = "yes" if name in node["required"] else "no"
        yield f"`{path}{name}`", _kind(schema, field), always, field.get("description", target.get("description", ""))
        inner, suffix = _inner(schema, target)
        if inner is not None:
            yield from _rows(schema, inner, f"{path}{name}{suffix}")


def _inner(schema: Schema, field: Schema) -> tuple[Schema | None, str]:
    """The object within a field, and how its path goes on."""
    if "properties" in field:
        return field, "."
    for keyword, suffix in (("items", "[]."), ("additionalProperties", ".{name}.")):
        if isinstance(field.get(keyword), dict):
            target = _resolved(schema, field[keyword])
            return (target, suffix) if "properties" in target else (None, "")
    return None, ""


def _kind(schema: Schema, field: Schema) -> str:
    """Type of a field in a word or two."""
    target = _resolved(schema, field)
    if "const" in target:
        return f"`{json.dumps(target['const'])}`"
    if "enum" in target:
        return " or ".join(f"`{word}`" for word in target["enum"])
    if "anyOf" in target:
        return " or ".join(dict.fromkeys(_kind(schema, kind) for kind in target["anyOf"]))
    kind = str(target.get("format") or target["type"])
    if kind == "array":
        inner = f" of {_kind(schema, target['items'])}" if "items" in target else " of two"
        return f"list{inner}"
    if kind == "object" and isinstance(target.get("additionalProperties"), dict):
        return f"{_kind(schema, target['additionalProperties'])} by name"
    return kind


def _resolved(schema: Schema, field: Schema) -> Schema:
    if "$ref" not in field:
        return field
    target: Schema = schema["$defs"][field["$ref"].rpartition("/")[2]]
    return target


def _example(path: Path) -> str:
    recorded: dict[str, Any] = json.loads(path.read_text())
    head = f"`{recorded['topic']}`, QoS {recorded['qos']}, {'retained' if recorded['retain'] else 'not retained'}"
    expiry_s = recorded.get("expiry_s")
    expires = f", expires {expiry_s} s after it was published" if expiry_s else ""
    payload = json.dumps(recorded["payload"], indent=2)
    return f"{head}{expires}:\n\n```json\n{payload}\n```"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
