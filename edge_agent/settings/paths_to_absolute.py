"""Paths as the installer wrote them to paths that hold from any working directory."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, TypeVar

from edge_agent.settings.settings import ModelSettings

_T = TypeVar("_T")


def paths_to_absolute(settings: _T, base: Path) -> _T:
    """The same settings with every relative path taken from a directory.

    Args:
        settings: A dataclass, or anything inside one.
        base: Absolute directory of the configuration file.
    """
    absolute: Any = settings
    if isinstance(settings, Path):
        absolute = base / settings
    elif isinstance(settings, tuple):
        absolute = tuple(paths_to_absolute(entry, base) for entry in settings)
    elif dataclasses.is_dataclass(settings) and not isinstance(settings, type):
        names = [part.name for part in dataclasses.fields(settings) if part.init]
        changes: dict[str, Any] = {name: paths_to_absolute(getattr(settings, name), base) for name in names}
        if isinstance(settings, ModelSettings) and settings.use_path is not None:
            changes["use"] = str(base / settings.use_path)
        absolute = dataclasses.replace(settings, **changes)
    return absolute  # type: ignore[no-any-return]  # the same type by construction
