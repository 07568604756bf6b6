"""The JSON Schema of the configuration file, for editors.

Run ``python -m edge_agent.settings.schema > config/edge-agent.schema.json`` after the settings have changed.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from edge_agent.settings.settings import NAME_PATTERN
from edge_agent.settings.settings_adapter import settings_adapter
from edge_agent.settings.zone_to_findings import TIME_PATTERN


def configuration_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, with every field's description."""
    schema: dict[str, Any] = settings_adapter(with_descriptions=True).json_schema()
    schema["$defs"]["Zone"]["properties"]["name"]["pattern"] = NAME_PATTERN
    for key in ("from", "to"):
        schema["$defs"]["Shift"]["properties"][key]["pattern"] = TIME_PATTERN
    _tidy(schema)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Configuration of edge-agent"}
    return {**head, **schema}


def _tidy(node: Any) -> None:
    """Drop the titles that only repeat names, and unwrap the lines of descriptions."""
    children = node if isinstance(node, list) else list(node.values()) if isinstance(node, dict) else []
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        if isinstance(node.get("description"), str):
            node["description"] = " ".join(node["description"].replace("``", "`").split())
    for child in children:
        _tidy(child)


def _main() -> None:
    sys.stdout.write(json.dumps(configuration_schema(), indent=2) + "\n")


if __name__ == "__main__":
    _main()
