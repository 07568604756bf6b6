"""The models that come with the agent: directories of the package ``edge_agent.models``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from edge_agent.errors import StoreError

FACTORY_MODEL = "edge-pose-n"
"""The model that runs where no other was made active."""


def packaged_models() -> Path:
    """Where they lie; not every directory in it is one."""
    return Path(str(files("edge_agent.models")))


def factory_model() -> Path:
    """The directory of the factory model, whatever is active.

    Raises:
        StoreError: It did not come with this installation.
    """
    directory = packaged_models() / FACTORY_MODEL
    if not directory.is_dir():
        raise StoreError(f"the built-in model is missing from {directory}; install the agent again, or pass --model")
    return directory
