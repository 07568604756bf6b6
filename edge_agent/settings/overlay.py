"""A desired configuration laid over the one of the file, before either is checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from edge_agent.settings.finding import Finding, KeyPath
from edge_agent.settings.yaml_to_tree import Mark, Tree

_SECTIONS = ("rules", "shadow", "strain")
_OF_A_CAMERA = ("zones", "calibration")
_KNOWN = ("cameras", "score", *_SECTIONS)


@dataclass(frozen=True, slots=True)
class _Change:
    path: KeyPath
    value: object


def lay_over(tree: Tree, overlay: Mapping[str, Any]) -> Tree:
    """Let sections of a desired configuration stand in for those of the file.

    What can change while the agent runs can come so, and nothing else: `rules`, `shadow`, `strain`, `score` (of the
    model), and `cameras`, by name, each with `zones` and `calibration`. A section replaces that of the file as a whole;
    one that is not there leaves it.

    Args:
        tree: The file.
        overlay: The desired sections.

    Returns:
        The document to check, with findings for what cannot come so. Lines of what was replaced are 0.
    """
    if not isinstance(tree.value, dict):
        return tree
    changes, findings = [], list(tree.findings)
    for part in _parts(tree.value, overlay):
        if isinstance(part, Finding):
            findings.append(part)
        else:
            changes.append(part)
    document: Any = tree.value
    marks = dict(tree.marks)
    for change in changes:
        end = len(change.path)
        document = _replaced(document, change.path, change.value)
        marks = {path: mark for path, mark in marks.items() if path[:end] != change.path}
        marks.update(_marks(change.value, change.path))
    return Tree(document, marks, tuple(findings))


def _parts(document: dict[str, Any], overlay: Mapping[str, Any]) -> Iterator[_Change | Finding]:
    for key, value in overlay.items():
        if key in _SECTIONS:
            yield _Change((key,), value)
        elif key == "score":
            yield _Change(("model", "score"), value)
        elif key == "cameras":
            yield from _camera_parts(document, value)
        else:
            yield Finding((key,), "cannot be set from afar", f"known here: {', '.join(_KNOWN)}")


def _camera_parts(document: dict[str, Any], cameras: object) -> Iterator[_Change | Finding]:
    if not isinstance(cameras, dict):
        yield Finding(("cameras",), "expected a mapping from the names of cameras to their `zones` and `calibration`")
        return
    entries = document.get("cameras")
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in entries or ()]
    for name, sections in cameras.items():
        here = ("cameras", name)
        if name not in names:
            yield Finding(here, "the device has no such camera", f"it has {', '.join(map(str, names))}")
        elif not isinstance(sections, dict):
            yield Finding(here, "expected a mapping with `zones` or `calibration`")
        else:
            for key, value in sections.items():
                if key in _OF_A_CAMERA:
                    yield _Change(("cameras", names.index(name), key), value)
                else:
                    yield Finding((*here, key), "cannot be set from afar", f"known here: {', '.join(_OF_A_CAMERA)}")


def _replaced(value: Any, path: KeyPath, new: object) -> Any:
    """A copy of a document with another value at a path, and mappings on the way where there are none."""
    if not path:
        return new
    if isinstance(value, list) and isinstance(path[0], int):
        return [_replaced(entry, path[1:], new) if index == path[0] else entry for index, entry in enumerate(value)]
    fields = value if isinstance(value, dict) else {}
    return {**fields, path[0]: _replaced(fields.get(path[0]), path[1:], new)}


def _marks(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, Mark]]:
    """Marks without a line, so that messages can quote what was written."""
    inside: Iterator[tuple[str | int, object]] = iter(())
    text = ""
    if isinstance(value, dict):
        inside = iter(value.items())
    elif isinstance(value, list):
        inside = iter(enumerate(value))
    else:
        text = value if isinstance(value, str) else json.dumps(value)
    yield path, Mark(0, text)
    for key, entry in inside:
        yield from _marks(entry, (*path, key))
