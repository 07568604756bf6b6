"""One agent a state directory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from edge_agent.errors import OutboxError

_FILE = ".lock"


class StateLock:
    """Makes the state directory and holds it for this process; the kernel lets go when the process ends (flock(2))."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the directory.

        Raises:
            OutboxError: It cannot be made or written, or another agent has it.
        """
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._directory / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            self.release()
            raise OutboxError(
                f"{self._directory}: another edge-agent uses this state directory; stop it first, or give this one a "
                "`state_dir` of its own"
            ) from fault
        except OSError as fault:
            raise OutboxError(
                f"{fault.filename or self._directory}: {fault.strerror}; `state_dir` must be a directory that the "
                "agent may write to"
            ) from fault

    def release(self) -> None:
        """Let go of it; harmless where it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
