"""The first line of a part of a posture log: what the numbers in it are, and where they came from."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le
from pydantic import ConfigDict, TypeAdapter, ValidationError

from edge_agent.data.calibration import Calibration
from edge_agent.errors import PostureLogError

FORMAT = "edge-agent-postures"
# To be raised where an old reader would misread a new file; another field of a posture is no reason.
VERSION = 1
_LATEST_WALL_S = 4e9  # the year 2096; what is later is no time


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What holds for every frame of one part. Files of a later agent may say more; that is left out."""

    agent: str
    """Version of the agent that wrote it."""
    session: str
    """Random; shared by all that one run of the agent wrote."""
    part: Annotated[int, Ge(0)]
    """Number of the part within the session and camera, from 0."""
    camera: str
    """Name of the camera."""
    model: str
    """Name and version of the pose model."""
    config_hash: str
    """Of the settings that were in force."""
    calibration: Calibration | None
    """How the camera was known to look at the floor; without it no angle is one of the room."""
    width_px: Annotated[int, Gt(0)]
    """Width of the frames."""
    height_px: Annotated[int, Gt(0)]
    """Height of the frames."""
    started_s: float
    """Monotonic seconds of the first frame."""
    started_wall_s: Annotated[float, Ge(0.0), Le(_LATEST_WALL_S)]
    """The same instant in seconds since the Unix epoch, UTC, as the device knew it."""
    clock_synced: bool
    """Whether its wall clock followed a time server."""
    fields: tuple[str, ...]
    """What of a posture the lines hold, in this order."""


def header_to_line(header: Header) -> bytes:
    """The header as the first line of a file, with its newline."""
    document = {"format": FORMAT, "version": VERSION, **dataclasses.asdict(header)}
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def line_to_header(line: bytes) -> Header:
    """The header of a file from its first line.

    Raises:
        PostureLogError: It is none, or one of a later format; the text has no file name yet.
    """
    try:
        document: Any = json.loads(line)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise PostureLogError("is not a posture log: its first line says nothing of edge-agent")
    version = document.get("version")
    if version != VERSION:
        raise PostureLogError(
            f"is a posture log of format {version}, and this agent reads {VERSION}; replay it with the version that "
            f"wrote it ({document.get('agent')})"
        )
    try:
        return _adapter().validate_json(line)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PostureLogError(f"has a damaged first line: {where}: {first['msg']}") from fault


@cache
def _adapter() -> TypeAdapter[Header]:
    return TypeAdapter(_document(), config=ConfigDict(extra="ignore", allow_inf_nan=False))


def _document() -> Any:
    """`Header` under a name for which pydantic takes a configuration; see `settings_adapter`."""
    from typing import NewType

    return NewType("_Document", Header)
