"""The provisioning file as the configuration that stays: without its section, with what changed, comments kept."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node

from edge_agent.provision.place import Change
from edge_agent.provision.provision_settings import SECTION
from edge_agent.settings.yaml_to_tree import yaml_to_tree


def changed_document(document: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """The document with the changes made."""
    changed = copy.deepcopy(dict(document))
    for change in changes:
        mapping: Any = changed
        for part in change.where:
            mapping = mapping[part]
        mapping.pop(change.instead_of, None)
        mapping[change.key] = change.value
    return changed


def changed_text(text: str, document: Mapping[str, Any], changes: Sequence[Change]) -> str:
    """Likewise its text, and without the section of the provisioning.

    Where the text cannot be changed in its place (it is all in one line, as JSON) it is written anew, without comments.

    Args:
        text: Of the provisioning file, which was read without a finding.
        document: As it was read from the text, with the changes made, and without the section.
        changes: What differs.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(root, MappingNode) and not root.flow_style:
        edits = [_edit(root, change) for change in changes]
        edits.extend(_cut(text, key, value) for key, value in root.value if key.value == SECTION)
        changed = _apply(text, edits)
        if yaml_to_tree(changed).value == document:
            return changed
    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True)


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def _apply(text: str, edits: Iterable[_Edit]) -> str:
    # From the end, so that the places before stay where they are; what is taken away at a place, before what is added.
    for edit in sorted(edits, key=lambda each: (each.start, each.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _edit(root: MappingNode, change: Change) -> _Edit:
    mapping = _at(root, change.where)
    pair = f"{change.key}: {change.value}"
    for key, value in mapping.value:
        if key.value in (change.instead_of, change.key):
            return _Edit(key.start_mark.index, max(key.end_mark.index, value.end_mark.index), pair)
    if not mapping.value:
        return _Edit(mapping.start_mark.index, mapping.end_mark.index, f"{{{pair}}}")
    first = mapping.value[0][0].start_mark
    after = ", " if mapping.flow_style else "\n" + " " * first.column
    return _Edit(first.index, first.index, pair + after)


def _at(node: Any, path: Iterable[str | int]) -> MappingNode:
    for part in path:
        if isinstance(part, int):
            node = node.value[part]
        else:
            node = next(value for key, value in node.value if key.value == part)
    found: MappingNode = node
    return found


def _cut(text: str, key: Node, value: Node) -> _Edit:
    """The lines of a section, with what is indented below it: a comment there may hold a secret, too."""
    end = _end(value)
    lines = text[end:].splitlines(keepends=True)
    if end and text[end - 1] != "\n" and lines:
        end += len(lines.pop(0))
    for line in lines:
        if line.strip() and not line[0].isspace():
            break
        end += len(line)
    return _Edit(key.start_mark.index, end, "")


def _end(node: Node) -> int:
    """Where the last word of a node ends; the composer's own mark of a block is where the next thing begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)
