"""Which class reads which type of source. The class is imported when it is needed, with its package."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from edge_agent.capture.source import Source
from edge_agent.capture.source_settings import SourceSettings
from edge_agent.errors import CaptureError

SOURCES = {
    "v4l2": "edge_agent.capture.v4l2:V4l2Source",
    "csi": "edge_agent.capture.csi:CsiSource",
    "stream": "edge_agent.capture.stream:StreamSource",
    "clip": "edge_agent.capture.clip_as_camera:ClipAsCamera",
}


def source_for(settings: SourceSettings) -> Source:
    """The source that these settings describe, not yet open.

    Raises:
        CaptureError: A Python package that it needs is not installed.
    """
    module_name, class_name = SOURCES[settings.type].split(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise CaptureError(
            f"a {settings.type} source needs the Python package {error.name}, which is not installed; install it"
        ) from error
    make: Callable[[SourceSettings], Source] = getattr(module, class_name)
    return make(settings)
