"""An RTSP camera on 127.0.0.1: gst-rtsp-server under the system's own Python, in a process that can be killed."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import final

import pytest

SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
SERVER = Path(__file__).with_name("rtsp_server_process.py")


def need_rtsp_server() -> None:
    """Skip, and say what to install, where the server's packages are missing."""
    program = (
        "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0'); "
        "from gi.repository import Gst, GstRtspServer; Gst.init(None); "
        "assert all(map(Gst.ElementFactory.find, ('videotestsrc', 'jpegenc', 'rtpjpegpay')))"
    )
    if not Path(SYSTEM_PYTHON).exists() or subprocess.call([SYSTEM_PYTHON, "-c", program], stderr=subprocess.DEVNULL):
        pytest.skip(f"needs an RTSP server: apt install {PACKAGES}")


@final
class RtspCamera:
    """Starts at once and serves ``/cam``; `kill` is a power cut, `hang` a network that is gone.

    Args:
        port: On 127.0.0.1.
        user: With a password; nobody is asked for one without.
        password: Of the user.
        recording: What it shows, an MP4 file with H.264; a small test pattern where left out.
    """

    def __init__(self, port: int, user: str = "", password: str = "", recording: Path | None = None) -> None:
        pictures = str(recording) if recording else "pattern"
        self._command = [SYSTEM_PYTHON, str(SERVER), str(port), pictures, *([user, password] if user else [])]
        self.port = port
        self.appear()

    def appear(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def hang(self) -> None:
        """Send nothing and answer nothing any more, while connections stay; `wake` ends it."""
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> RtspCamera:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
