"""Where a camera's frames come from, as the configuration file writes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le


@dataclass(frozen=True, slots=True, kw_only=True)
class V4l2Settings:
    """A USB or built-in camera under ``/dev/video*``, read as MJPG."""

    type: Literal["v4l2"]
    """Kind of source."""
    device: str
    """Device path, as in ``/dev/video0``; ``/dev/v4l/by-id/...`` survives re-plugging."""
    width_px: Annotated[int, Ge(160), Le(4096)] = 640
    """Width that is asked for; the camera may give the nearest that it has."""
    height_px: Annotated[int, Ge(120), Le(4096)] = 480
    """Height that is asked for."""
    fps: Annotated[float, Gt(0), Le(120)] = 15.0
    """Frames a second that are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsiSettings:
    """A Raspberry Pi camera on the CSI connector, through the distribution's picamera2."""

    type: Literal["csi"]
    """Kind of source."""
    index: Annotated[int, Ge(0), Le(7)] = 0
    """Number of the camera as ``rpicam-hello --list-cameras`` shows it."""
    width_px: Annotated[int, Ge(160), Le(4096)] = 640
    """Width that is asked for; the camera may give the nearest that it has."""
    height_px: Annotated[int, Ge(120), Le(4096)] = 480
    """Height that is asked for."""
    fps: Annotated[float, Gt(0), Le(120)] = 15.0
    """Frames a second that are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSettings:
    """A network camera: ``rtsp://``, ``rtsps://``, ``http://`` or ``https://``."""

    type: Literal["stream"]
    """Kind of source."""
    url: str
    """Without a password: put that into `password_file`."""
    username: str | None = None
    """User of the camera; goes with `password_file` or `password_credential`."""
    password_file: Path | None = None
    """A file that holds only the password, readable by the agent alone (``chmod 600``)."""
    password_credential: str | None = None
    """Instead of `password_file`: the name of a systemd credential (``LoadCredential=NAME:PATH``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSettings:
    """A recording that is played at its own speed, as if it were a camera."""

    type: Literal["clip"]
    """Kind of source."""
    path: Path
    """The video file."""
    loop: bool = False
    """Start again at the end; otherwise the camera falls silent there, which is no fault."""


SourceSettings = V4l2Settings | CsiSettings | StreamSettings | ClipSettings
