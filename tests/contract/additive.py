"""Whether a schema only adds to an older one, so that old readers read new messages and new readers old ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
_SAME = ("type", "const", "format", "minItems", "maxItems")


def breaks(old: Schema, new: Schema) -> list[str]:
    """What a reader of `old` or a sender of `old` would stumble over; empty where `new` only adds.

    Devices of a fleet differ in age, and so do their readers: a new reader must take old messages, so nothing may be
    newly required or narrowed; an old reader must take new messages, so nothing may go, become optional, or widen.
    """
    return list(_differences(old, new, old, new, "$"))


def _differences(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    old, new = _target(old, old_root), _target(new, new_root)
    for keyword in _SAME:
        if old.get(keyword) != new.get(keyword):
            yield f"{path}: {keyword} was {old.get(keyword)!r} and is {new.get(keyword)!r}"
    if set(old.get("enum", ())) != set(new.get("enum", ())):
        yield f"{path}: the words of a closed list were {old.get('enum')} and are {new.get('enum')}"
    for bound in ("minimum", "maximum"):
        if old.get(bound) != new.get(bound):
            yield f"{path}: {bound} was {old.get(bound)} and is {new.get(bound)}"
    yield from _fields(old, new, old_root, new_root, path)
    yield from _members(old, new, old_root, new_root, path)


def _fields(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    was, now = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(was ^ now):
        yield f"{path}.{name}: {'is no longer required' if name in was else 'is newly required'}"
    if old.get("additionalProperties") is True and new.get("additionalProperties") is not True:
        yield f"{path}: unknown fields are no longer allowed"
    for name, field in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{path}.{name}: is gone"
        else:
            yield from _differences(field, new["properties"][name], old_root, new_root, f"{path}.{name}")


def _members(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    for keyword in ("items", "additionalProperties", "propertyNames"):
        before, after = old.get(keyword), new.get(keyword)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _differences(before, after, old_root, new_root, f"{path}.{keyword}")
        elif isinstance(before, dict) or isinstance(after, dict):
            yield f"{path}: {keyword} was {before!r} and is {after!r}"
    for keyword in ("prefixItems", "anyOf"):
        befores, afters = old.get(keyword, ()), new.get(keyword, ())
        if len(befores) != len(afters):
            yield f"{path}: {keyword} had {len(befores)} members and has {len(afters)}"
        for index, (before, after) in enumerate(zip(befores, afters, strict=False)):
            yield from _differences(before, after, old_root, new_root, f"{path}.{keyword}[{index}]")


def _target(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return found
