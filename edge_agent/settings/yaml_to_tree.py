"""YAML text to plain values, each with its line.

Stricter than YAML where YAML surprises people: duplicate keys, anchors, and scalars that YAML 1.1 reads as something
else than what they look like are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from edge_agent.settings.finding import Finding, KeyPath, quoted

_MAX_DEPTH = 20  # the settings are eight deep; the composer below recurses
_CORE = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?", re.IGNORECASE)

_INDENTATION_OR_QUOTES = "check the indentation here and on the line above; a value with `: ` in it needs quotes"

# What PyYAML says, what it means to a person, and whether the place to look at is where the construct began.
_PLAIN_WORDS = (
    (r"'\t'", "a tab where only spaces may stand", "indent with spaces", False),
    ("mapping values are not allowed", "a `:` where none may stand", _INDENTATION_OR_QUOTES, False),
    ("could not find expected ':'", "a key without its `:`", "write `key: value`", True),
    ("expected <block end>", "the indentation does not fit the lines above", "align it with its neighbours", False),
    ("expected ',' or ']'", "a list that starts with `[` is not closed here", "add the missing `]` or `,`", True),
    ("expected ',' or '}'", "a mapping that starts with `{` is not closed here", "add the missing `}` or `,`", True),
    ("found unexpected end of stream", "a quote is opened and never closed", "add the closing quote", True),
    ("but found another document", "a second document (`---`) starts here", "keep one document a file", False),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value stands, and how it was written.

    Attributes:
        line: Line of its key, or of the list entry, from 1.
        text: A scalar exactly as written, without quotes; empty for what is empty or not a scalar.
    """

    line: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """A document as plain values.

    Attributes:
        value: None, bool, int, float, str, list or dict with str keys; None where the text is no YAML.
        marks: Where each value stands.
        findings: What was refused on the way; the value at such a path means nothing.
    """

    value: object
    marks: Mapping[KeyPath, Mark] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def line(self, path: KeyPath) -> int:
        """Line of a path, or of the nearest thing around it that exists; 0 for an empty document."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks[path].line if path in self.marks else 0


def yaml_to_tree(text: str, many_lines: str = "") -> Tree:
    """Read a YAML document; what is wrong with it stands in the tree's findings.

    Args:
        text: Of the file.
        many_lines: A top-level key below which text may have several lines; elsewhere none may.
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        return Tree(None, findings=(Finding((), "a character that YAML does not allow", "delete it", line),))
    except yaml.MarkedYAMLError as error:
        return Tree(None, findings=(_syntax_finding(error),))
    if node is None:
        return Tree(None)
    reading = _Reading(many_lines)
    value = reading.read(node, ())
    return Tree(value, reading.marks, tuple(reading.findings))


class _Loader(yaml.SafeLoader):
    """Builds nodes only; refuses aliases and deep nesting before they cost anything."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = cast("Any", self).peek_event()  # not typed in the stubs
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise _Refusal(None, None, "an anchor is used (`*name`), and that is not supported", mark)
        if self._depth >= _MAX_DEPTH:
            raise _Refusal(None, None, f"more than {_MAX_DEPTH} levels inside each other", mark)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Refusal(yaml.MarkedYAMLError):
    """Valid YAML that is not accepted; its text is for a person."""


def _syntax_finding(error: yaml.MarkedYAMLError) -> Finding:
    here = error.problem_mark.line + 1 if error.problem_mark else 0
    began = error.context_mark.line + 1 if error.context_mark else here
    problem = str(error.problem)
    if isinstance(error, _Refusal):
        return Finding((), problem, "write the value out; put text that begins with `*` in quotes", here)
    for said, message, suggestion, at_start in _PLAIN_WORDS:
        if said in problem:
            return Finding((), message, suggestion, began if at_start else here)
    return Finding((), f"not valid YAML: {problem}", "", here)


class _Reading:
    """Walks the nodes once and collects values, marks and findings."""

    def __init__(self, many_lines: str) -> None:
        self._many_lines = many_lines
        self.marks: dict[KeyPath, Mark] = {}
        self.findings: list[Finding] = []

    def read(self, node: Node, path: KeyPath, line: int = 0) -> object:
        line = line or node.start_mark.line + 1
        text = node.value if isinstance(node, ScalarNode) else ""
        self.marks[path] = Mark(line, text)
        if isinstance(node, MappingNode) and node.tag == f"{_CORE}map":
            return self._mapping(node, path)
        if isinstance(node, SequenceNode) and node.tag == f"{_CORE}seq":
            return [self.read(child, (*path, index)) for index, child in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        self._refuse(path, "a YAML tag (`!name`) is not supported", "leave the tag out")
        return None

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str, object]:
        result: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self.findings.append(
                    Finding(path, "a key that is not plain text", "write `key: value`", line, replaces=False)
                )
                continue
            key = str(key_node.value)
            if not key.isprintable():
                # It would stand in every message about it, and begin a line there.
                message = "a key with a line break or a character that cannot be printed"
                self.findings.append(Finding(path, message, "write `key: value`", line, replaces=False))
                continue
            here = (*path, key)
            if key in result:
                first = self.marks[here].line
                message = f"this key stands here a second time; it is already on line {first}"
                self.findings.append(Finding(here, message, "keep one of the two", line, replaces=False))
                continue
            result[key] = self.read(value_node, here, line)
        return result

    def _scalar(self, node: ScalarNode, path: KeyPath) -> object:
        text, kind = str(node.value), node.tag.removeprefix(_CORE)
        lines = text.replace("\n", "") if path[:1] == (self._many_lines,) else text
        if not lines.isprintable():
            self._refuse(path, "holds a line break or a character that cannot be printed", "write it on one line")
        elif kind == "str":
            return text
        elif kind == "null":
            return None
        elif kind == "bool":
            return text.lower() in ("true", "yes", "on")
        elif kind in ("int", "float", "timestamp"):
            return self._number(text, kind, path)
        else:
            self._refuse(path, "a YAML tag (`!name`) or merge key is not supported", "put the value in quotes")
        return None

    def _number(self, text: str, kind: str, path: KeyPath) -> int | float | None:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        shown = quoted(path, text)
        reads = "a date" if kind == "timestamp" else "another number than it looks like"
        self._refuse(
            path,
            f"{shown} without quotes is read by YAML as {reads}",
            f"text: put it in quotes, {shown}; number: write it in plain decimals",
        )
        return None

    def _refuse(self, path: KeyPath, message: str, suggestion: str) -> None:
        self.findings.append(Finding(path, message, suggestion))
