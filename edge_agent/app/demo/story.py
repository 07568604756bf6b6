"""What the demonstration plays, and what must come of it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import yaml
from annotated_types import MinLen
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from edge_agent.capture.clip import ClipReader
from edge_agent.capture.source_settings import ClipSettings
from edge_agent.errors import CaptureError, DemoError
from edge_agent.settings.file_to_settings import load_settings

_CLIP_FILE, _CONFIG_FILE, _EXPECTED_FILE = "clip.mp4", "demo.yaml", "expected.yaml"
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_STRICT)
class ExpectedIncident:
    """One thing that happens in the clip."""

    rule: str
    """The rule that raises it."""
    at_s: float
    """Media time at which it begins; it is raised somewhat later."""
    what: str
    """In words."""


@dataclass(frozen=True, slots=True, config=_STRICT)
class _Expected:
    incidents: Annotated[tuple[ExpectedIncident, ...], MinLen(1)]


@dataclass(frozen=True, slots=True)
class Story:
    """A clip with its configuration and its script."""

    directory: Path
    """Where its files are."""
    document: dict[str, Any]
    """The configuration as it is written."""
    expected: tuple[ExpectedIncident, ...]
    """What must be raised once each."""


def packaged_story() -> Path:
    """The directory of the story that comes with the agent."""
    return Path(str(files("edge_agent.demo")))


def read_story(directory: Path) -> Story:
    """Read and check a story: ``clip.mp4``, ``demo.yaml`` and ``expected.yaml`` in one directory.

    Raises:
        DemoError: A file is missing, or is not what it should be, or the clip does not play.
        ConfigError: The configuration has problems.
    """
    for name in (_CLIP_FILE, _CONFIG_FILE, _EXPECTED_FILE):
        if not (directory / name).is_file():
            raise DemoError(f"{directory / name} is missing; install the agent again, or name a directory with --story")
    _check_cameras(directory)
    document = yaml.safe_load((directory / _CONFIG_FILE).read_text("utf-8"))
    return Story(directory, document, _read_expected(directory / _EXPECTED_FILE))


def _check_cameras(directory: Path) -> None:
    """The story ends with its clip: there must be exactly one, and it must play."""
    sources = [camera.source for camera in load_settings(directory / _CONFIG_FILE).cameras]
    if len(sources) != 1 or not isinstance(sources[0], ClipSettings):
        raise DemoError(f"{directory / _CONFIG_FILE} must have one camera, of `type: clip`")
    try:
        with ClipReader(sources[0].path) as reader:
            reader.read()
    except CaptureError as error:
        raise DemoError(f"{error}; install the agent again, or name another story with --story") from error


def _read_expected(file: Path) -> tuple[ExpectedIncident, ...]:
    try:
        return TypeAdapter(_Expected).validate_python(yaml.safe_load(file.read_text("utf-8"))).incidents
    except ValidationError as error:
        first = error.errors()[0]
        fault: Exception = error
        text = f"{'.'.join(str(part) for part in first['loc']) or 'document'}: {first['msg']}"
    except (ValueError, yaml.YAMLError) as error:
        fault, text = error, " ".join(str(error).split())
    raise DemoError(f"{file} is no script ({text}); write it as the packaged one") from fault
