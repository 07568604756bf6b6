"""The configuration file to checked settings, or every problem in it at once."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from edge_agent.errors import ConfigError, Problem
from edge_agent.settings.document_to_findings import document_to_findings
from edge_agent.settings.error_to_finding import document_path, errors_to_findings
from edge_agent.settings.expected import Expected
from edge_agent.settings.finding import Finding, KeyPath, path_text
from edge_agent.settings.overlay import lay_over
from edge_agent.settings.paths_to_absolute import paths_to_absolute
from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_adapter import settings_adapter
from edge_agent.settings.yaml_to_tree import Tree, yaml_to_tree

_T = TypeVar("_T", bound=Settings)
_MAX_BYTES = 256 * 1024  # eight cameras with 32 zones each are a tenth of it


def load_settings(path: Path | str, overlay: Mapping[str, Any] | None = None) -> Settings:
    """Read and check a configuration file.

    Relative paths in it start at the directory of the file.

    Args:
        path: The YAML file.
        overlay: Sections that stand in for those of the file, as `config/desired` has them.

    Raises:
        ConfigError: The file cannot be read or used; holds every problem with its line.
    """
    file = Path(path)
    tree = lay_over(yaml_to_tree(read_text(file)), overlay or {})
    return paths_to_absolute(tree_to_settings(tree, file, settings_adapter()), file.absolute().parent)


def tree_to_settings(tree: Tree, file: Path, adapter: TypeAdapter[_T]) -> _T:
    """Check a whole document; paths in it stay as they stand there.

    Args:
        tree: The document, with what was found wrong with it before.
        file: For messages.
        adapter: Of the settings, or of what is more than they are.

    Raises:
        ConfigError: Holds every problem with its line.
    """
    if not isinstance(tree.value, dict):
        raise config_error(file, tree, tree.findings or (_not_a_mapping(tree),))
    claimed = [*tree.findings, *document_to_findings(tree.value)]
    settings, more = _validate(tree, adapter)
    if settings is None or claimed:
        settled = {found.path for found in claimed if found.replaces}
        rest = [found for found in more if not any(found.path[:end] in settled for end in range(len(found.path) + 1))]
        raise config_error(file, tree, [*claimed, *rest])
    return settings


def read_text(file: Path) -> str:
    """The text of a configuration file.

    Raises:
        ConfigError: It cannot be read, is too large, or no UTF-8.
    """
    try:
        with file.open("rb") as stream:
            raw = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigError(str(file), (Problem(0, "", f"cannot be read: {reason}", _read_advice(error)),)) from error
    if len(raw) > _MAX_BYTES:
        raise ConfigError(str(file), (Problem(0, "", f"is larger than {_MAX_BYTES // 1024} KiB", ""),))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = Problem(line, "", "is not UTF-8 text", "save the file as UTF-8")
        raise ConfigError(str(file), (problem,)) from error


def _read_advice(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "check the path, or start from config/edge-agent.example.yaml"
    if isinstance(error, PermissionError):
        return "let the agent's user read it"
    return "give the path of a YAML file"


def _not_a_mapping(tree: Tree) -> Finding:
    if tree.value is None:
        return Finding((), "the file is empty", "start from config/edge-agent.example.yaml")
    return Finding((), "the file must hold a mapping of `key: value` lines", "begin with `site: NAME`")


def _validate(tree: Tree, adapter: TypeAdapter[_T]) -> tuple[_T | None, list[Finding]]:
    """The settings, or what pydantic refuses. A section that was left empty counts as left out."""
    document: Any = tree.value
    try:
        return _checked(document, adapter), []
    except ValidationError as error:
        empty = [path for path in _failed_paths(error, document) if path in tree.marks and _is_empty(tree, path)]
        failure = error
    if empty:
        document = _without(document, empty)
        try:
            return _checked(document, adapter), []
        except ValidationError as error:
            failure = error
    expected = Expected(adapter.json_schema(), document)
    return None, list(errors_to_findings(failure, dataclasses.replace(tree, value=document), expected))


def _checked(document: dict[str, Any], adapter: TypeAdapter[_T]) -> _T:
    # Strict JSON, not strict Python: a list may become a tuple and text an enum or a path, but no text a number.
    return adapter.validate_json(json.dumps(document))


def _failed_paths(error: ValidationError, document: object) -> Sequence[KeyPath]:
    details = error.errors(include_url=False, include_input=False)
    return [document_path(d["loc"], document) for d in details if d["type"] != "unexpected_keyword_argument"]


def _is_empty(tree: Tree, path: KeyPath) -> bool:
    value: Any = tree.value
    for part in path:
        value = value[part]
    return value is None and not tree.marks[path].text and isinstance(path[-1], str)


def _without(document: Any, paths: Iterable[KeyPath], here: KeyPath = ()) -> Any:
    if isinstance(document, dict):
        kept = {key: value for key, value in document.items() if (*here, key) not in paths}
        return {key: _without(value, paths, (*here, key)) for key, value in kept.items()}
    if isinstance(document, list):
        return [_without(value, paths, (*here, index)) for index, value in enumerate(document)]
    return document


def config_error(file: Path, tree: Tree, findings: Iterable[Finding]) -> ConfigError:
    """What was found, each with its line."""
    problems = [
        Problem(found.line or tree.line(found.path), path_text(found.path), found.message, found.suggestion)
        for found in findings
    ]
    return ConfigError(str(file), tuple(sorted(problems, key=lambda problem: problem.line)))
