"""Reads the YAML files of a model directory, which may come from anybody."""

from __future__ import annotations

from pathlib import Path

import yaml

from edge_agent.errors import ModelUnreadable

MAX_YAML_BYTES = 64_000  # the shipped golden.yaml, the longest known, has 2 kB


def read_yaml(path: Path) -> object:
    """The document of a file: strings, and lists and mappings of them; whoever uses it makes numbers of them.

    YAML's own types are left out: ``version: 1.10`` stays what was written, and the safe loader's conversions fail
    with half a dozen kinds of exceptions on a value such as ``2024-13-45``.

    Raises:
        ModelUnreadable: Missing, no file, too long, too deep, or not YAML.
    """
    try:
        if path.exists() and not path.is_file():
            raise ModelUnreadable(f"{path}: not a file; install the model again")
        with path.open("rb") as file:
            content = file.read(MAX_YAML_BYTES + 1)
        if len(content) > MAX_YAML_BYTES:
            raise ModelUnreadable(f"{path}: longer than {MAX_YAML_BYTES} bytes; it is not a model's, correct it")
        document: object = yaml.load(content, Loader=yaml.BaseLoader)  # noqa: S506 - makes strings, and no objects
    except RecursionError as fault:
        raise ModelUnreadable(f"{path}: cannot be read (nested too deeply); correct it") from fault
    except (OSError, ValueError, yaml.YAMLError) as fault:
        text = " ".join(str(fault).split())
        raise ModelUnreadable(f"{path}: cannot be read ({text}); correct it or install the model again") from fault
    return document
