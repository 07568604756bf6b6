"""Recordings that the tests make themselves, and damage."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FASTSTART = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
MJPEG = ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p")


def record(path: Path, options: tuple[str, ...] = (), seconds: float = 2.0, fps: int = 15) -> Path:
    """A test pattern of 64x48 pixels, in the container that the name's ending says."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("needs ffmpeg (apt install ffmpeg)")
    pattern = f"testsrc=size=64x48:rate={fps}:duration={seconds}"
    command = [ffmpeg, "-v", "error", "-y", "-f", "lavfi", "-i", pattern, *options, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


def cut(path: Path, share: float) -> Path:
    """Keep only the first part of a file, as an interrupted copy does."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path
