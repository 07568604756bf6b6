"""What may stand at a place of the document, read from the JSON Schema of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edge_agent.settings.finding import KeyPath

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """The JSON Schema of the settings and the document that is held against it.

    Attributes:
        schema: As pydantic generates it.
        document: Plain values; decides which kind of source is meant.
    """

    schema: Schema
    document: object

    def at(self, path: KeyPath) -> Schema:
        """The schema of one place; empty where the document leaves the schema."""
        node, value = self._resolve(self.schema, self.document), self.document
        for part in path:
            if isinstance(part, int):
                prefix = node.get("prefixItems", ())
                node = prefix[part] if part < len(prefix) else node.get("items", {})
            elif part == _tag_name(node):
                node = {"enum": list(node["discriminator"]["mapping"])}
            else:
                node = node.get("properties", {}).get(part, {})
            value = _child(value, part)
            node = self._resolve(node, value)
        return node

    def keys(self, path: KeyPath) -> list[str]:
        """The keys that may stand in the mapping at a path."""
        return list(self.at(path).get("properties", {}))

    def homes(self, key: str) -> list[str]:
        """The top-level sections in which a key is known."""
        homes = []
        for section, node in self._resolve(self.schema, None).get("properties", {}).items():
            inner = self._resolve(node, None)
            entry = self._resolve(inner.get("items", {}), None)
            if key in inner.get("properties", {}) or key in entry.get("properties", {}):
                homes.append(section)
        return homes

    def _resolve(self, node: Schema, value: object) -> Schema:
        """Follow references, take the part of a nullable that is not null, and the kind that the value names."""
        while True:
            if "$ref" in node:
                node = self.schema["$defs"][str(node["$ref"]).rsplit("/", 1)[-1]]
            elif "allOf" in node:
                node = node["allOf"][0]
            elif "anyOf" in node:
                node = next(option for option in node["anyOf"] if option.get("type") != "null")
            elif (kind := _child(value, _tag_name(node))) in node.get("discriminator", {}).get("mapping", {}):
                node = {"$ref": node["discriminator"]["mapping"][kind]}
            else:
                return node


def describe(node: Schema) -> str:
    """What a schema asks for, in words."""
    if choices := choices_of(node):
        return f"one of {', '.join(choices)}" if len(choices) > 1 else choices[0]
    if "pattern" in node:
        return "a name of lower-case letters, digits and hyphens"
    kind = node.get("type")
    if kind == "array":
        return f"a list{_span(node, 'minItems', 'maxItems', ' of {} entries')}"
    words = {
        "boolean": "true or false",
        "integer": "a whole number",
        "number": "a number",
        "string": "a path" if node.get("format") == "path" else "text",
    }
    if kind not in words:
        return "a mapping of `key: value` lines"
    if "exclusiveMinimum" in node:
        return f"{words[kind]} above {_short(node['exclusiveMinimum'])}" + _span(node, "", "maximum", ", {}")
    return words[kind] + _span(node, "minimum", "maximum", " {}")


def choices_of(node: Schema) -> list[str]:
    """The values that a schema enumerates, empty where it does not."""
    choices: Sequence[object] = [node["const"]] if "const" in node else node.get("enum", [])
    return [str(choice) for choice in choices]


def _span(node: Schema, low_key: str, high_key: str, form: str) -> str:
    low, high = node.get(low_key), node.get(high_key)
    if low is None and high is None:
        return ""
    if low == high:
        return form.format(_short(low))
    if high is None:
        return form.format(f"at least {_short(low)}")
    if low is None:
        return form.format(f"at most {_short(high)}")
    return (
        form.format(f"{_short(low)} to {_short(high)}")
        if "entries" in form
        else form.format(f"from {_short(low)} to {_short(high)}")
    )


def _short(number: Any) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _tag_name(node: Schema) -> str | None:
    name = node.get("discriminator", {}).get("propertyName")
    return None if name is None else str(name)


def _child(value: object, part: str | int | None) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None
