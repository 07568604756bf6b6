"""The daemon as its user starts it, and what its log tells of the clip."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from edge_agent.app.demo.child_process import child_process, end

_FIRST_FRAME = "gives frames"  # of capture.camera_health
_CLIP_OVER = "the clip is over"  # of capture.device_to_frame
_REMEMBERED_LINES = 200
_LATE_LOG_S = 5.0  # a pipe takes milliseconds, on a busy computer more
_WRITTEN_AT = "%Y-%m-%d %H:%M:%S,%f"  # of runtime.log_to_stderr, in local time


class DaemonProcess:
    """An `edge-agent run` that plays a clip.

    Attributes:
        lines: The end of its log.
        clip_over: Set when the clip has been played.
    """

    def __init__(self, child: subprocess.Popen[bytes], wall_s: Callable[[], float]) -> None:
        self.lines: deque[str] = deque(maxlen=_REMEMBERED_LINES)
        self.clip_over = threading.Event()
        self._child = child
        self._wall_s = wall_s
        self._began = threading.Event()
        self._began_wall_s = 0.0
        self._reader = threading.Thread(target=self._read, name="daemon-log", daemon=True)
        self._reader.start()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._child.poll() is None

    def began_wall_s(self) -> float:
        """Unix seconds of the clip's first frame, once that is read in the log; an event may come before."""
        self._began.wait(_LATE_LOG_S)
        return self._began_wall_s

    @property
    def last_words(self) -> str:
        """Why it ended, as it told: its own one line, or the last of its log."""
        said = [line.removeprefix("edge-agent: ") for line in self.lines if line.startswith("edge-agent: ")]
        return (said or list(self.lines) or ["without a word"])[-1]

    def stop(self) -> None:
        """Let it take leave; what it raised last still goes out."""
        end(self._child)
        self._reader.join()

    def _read(self) -> None:
        if self._child.stderr is None:
            return
        for raw in self._child.stderr:
            line = raw.decode("utf-8", "replace").rstrip()
            if _FIRST_FRAME in line and not self._began.is_set():
                self._began_wall_s = written_at_s(line, self._wall_s())
                self._began.set()
            if line:
                self.lines.append(line)
            if _CLIP_OVER in line:
                self.clip_over.set()


def written_at_s(line: str, now_s: float) -> float:
    """Unix seconds at which a line of a log was written, which on a busy computer is read later.

    Args:
        line: As `runtime.log_to_stderr` writes it.
        now_s: The answer where the line has no time; of the hour that comes twice in autumn, the one nearer to it.
    """
    try:
        written = datetime.strptime(" ".join(line.split()[:2]), _WRITTEN_AT)  # noqa: DTZ007 - local, as the log has it
    except ValueError:
        return now_s
    return min((written.replace(fold=fold).timestamp() for fold in (0, 1)), key=lambda at_s: abs(at_s - now_s))


@contextmanager
def running_daemon(config: Path) -> Iterator[DaemonProcess]:
    """Start `edge-agent run` on a configuration; it is gone when the context ends."""
    command = [sys.executable, "-m", "edge_agent", "run", "--config", str(config)]
    with child_process(command, subprocess.PIPE) as child:
        daemon = DaemonProcess(child, time.time)
        try:
            yield daemon
        finally:
            daemon.stop()
