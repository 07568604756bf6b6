"""What a model may be called, and what somebody may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from edge_agent.errors import StoreError

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
ACTIVE = "active"
MODEL_FILE = "model.tflite"
MANIFEST_FILE = "model.yaml"
GOLDEN_DIRECTORY = "golden"


def check_name(name: str) -> str:
    """The name, if a model may have it.

    Raises:
        StoreError: It may not.
    """
    if not re.match(NAME_PATTERN, name) or name == ACTIVE:
        raise StoreError(f"{name!r} cannot be a model's name; use a-z, 0-9, '.', '_' and '-', and not {ACTIVE!r}")
    return name


def name_from_file(path: Path) -> str:
    """A name for a model from its file's, as in ``My Model.tflite`` -> ``my-model``."""
    return check_name(re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-._")[:64])


def closest(name: str, known: Iterable[str]) -> str:
    """The known names nearest to one that is not, for an error's text; empty where none is near."""
    near = difflib.get_close_matches(name, list(dict.fromkeys(known)), n=3, cutoff=0.4)
    return f"did you mean {' or '.join(near)}? " if near else ""
