"""What pydantic reports, in plain words and with a suggestion."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from edge_agent.settings.expected import Expected, choices_of, describe
from edge_agent.settings.finding import Finding, KeyPath, is_secret, quoted
from edge_agent.settings.yaml_to_tree import Tree

_KNOWN_KEYS_SHOWN = 10


def errors_to_findings(error: ValidationError, tree: Tree, expected: Expected) -> Iterator[Finding]:
    """Every error of a validation, told as a person would."""
    for detail in error.errors(include_url=False, include_input=False):
        path = document_path(detail["loc"], tree.value)
        kind = detail["type"]
        if kind == "unexpected_keyword_argument":
            yield _unknown_key(path, expected)
        elif kind == "missing" and isinstance(path[-1], str):
            yield _missing(path, tree, expected)
        elif kind == "union_tag_not_found" and isinstance(value_at(tree.value, path), dict):
            yield _missing((*path, "type"), tree, expected)
        elif kind == "union_tag_invalid":
            yield _wrong_value((*path, "type"), tree, expected)
        elif kind == "value_error":
            yield Finding(path, str(detail.get("ctx", {}).get("error", detail["msg"])))
        elif kind == "too_short" and _long_enough(path, tree, expected):
            continue  # pydantic counts only the entries that are right, and has reported the others
        else:
            yield _wrong_value(path, tree, expected)


def document_path(loc: KeyPath, document: object) -> KeyPath:
    """The place in the document of a pydantic location, which also names the branches of unions."""
    path: KeyPath = ()
    value = document
    for index, part in enumerate(loc):
        is_last = index == len(loc) - 1
        if isinstance(value, dict) and (part in value or is_last):
            path, value = (*path, part), value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            path, value = (*path, part), value[part]
    return path


def value_at(document: object, path: KeyPath) -> Any:
    """The value at a path; None where there is none."""
    value: Any = document
    for part in path:
        inside = part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int)
        if not inside:
            return None
        value = value[part]
    return value


def _unknown_key(path: KeyPath, expected: Expected) -> Finding:
    key, known = str(path[-1]), expected.keys(path[:-1])
    if is_secret((key,)) and "password_file" in known and key != "password_file":
        advice = "put it alone into a file that only the agent can read, and name that in `password_file`"
        return Finding(path, "a password is never written into this file", advice)
    # At the top level, a key that is right elsewhere was indented wrongly: `zones` is no slip for `timezone`.
    if len(path) == 1 and (homes := expected.homes(key)):
        suggestion = f"it belongs under `{homes[0]}`"
    elif close := get_close_matches(key.lower(), known, n=1, cutoff=0.6):
        suggestion = f"did you mean `{close[0]}`?"
    elif longer := [name for name in known if name.startswith(f"{key}_")]:
        suggestion = f"did you mean `{longer[0]}`?"
    elif homes := expected.homes(key):
        suggestion = f"it belongs under `{homes[0]}`"
    else:
        suggestion = f"known here: {', '.join(known[:_KNOWN_KEYS_SHOWN])}"
    return Finding(path, "unknown key", suggestion)


def _missing(path: KeyPath, tree: Tree, expected: Expected) -> Finding:
    words = "has no value" if path in tree.marks else "is missing"
    return Finding(path, words, f"give {describe(expected.at(path))}")


def _wrong_value(path: KeyPath, tree: Tree, expected: Expected) -> Finding:
    value, node = value_at(tree.value, path), expected.at(path)
    text = tree.marks[path].text if path in tree.marks else ""
    message = f"expected {describe(node)}, found {_found(path, value, text)}"
    return Finding(path, message, _correction(path, value, text, node))


def _found(path: KeyPath, value: object, text: str) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        return quoted(path, text)
    shown = quoted(path, text).strip('"')
    return f"{shown}, which YAML reads as {str(value).lower()}" if isinstance(value, bool) else f"the number {shown}"


def _correction(path: KeyPath, value: object, text: str, node: Any) -> str:
    if choices := choices_of(node):
        close = get_close_matches(str(text).lower(), choices, n=1, cutoff=0.5)
        if close:
            return f"write {close[0]}" if close[0] != text else f'put it in quotes: "{close[0]}"'
        return ""
    kind = node.get("type")
    if kind == "string" and isinstance(value, (bool, int, float)):
        return "put it in quotes" if is_secret(path) else f'put it in quotes: "{text}"'
    if kind in ("integer", "number") and isinstance(value, str) and not is_secret(path):
        return _as_number(text, kind)
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return f"write {int(value)}"
    if kind == "boolean" and isinstance(value, str) and text.lower() in ("true", "false", "yes", "no", "on", "off"):
        return "write it without quotes"
    if kind == "array" and not isinstance(value, list):
        return "begin each entry with `- `"
    return ""


def _as_number(text: str, kind: str) -> str:
    try:
        number = float(text)
    except ValueError:
        return "write only the number; the key names the unit"
    if kind == "integer" and not number.is_integer():
        return ""
    return f"write it without quotes: {number:.12g}"


def _long_enough(path: KeyPath, tree: Tree, expected: Expected) -> bool:
    value = value_at(tree.value, path)
    return isinstance(value, list) and len(value) >= expected.at(path).get("minItems", 0)
