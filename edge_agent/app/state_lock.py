"""One agent a state directory."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path

from edge_agent.errors import OutboxError

logger = logging.getLogger(__name__)

LOCK_FILE = ".lock"


class StateLock:
    """Makes the state directory and holds it for this process; the kernel lets go when the process ends (flock(2))."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the directory.

        Where nothing can be written there, the agent goes on without: who watches without a disk is better than
        nobody (docs/decisions/013). Whatever can be opened is locked all the same.

        Raises:
            OutboxError: Another agent has it.
        """
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = self._opened()
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            self.release()
            raise OutboxError(
                f"{self._directory}: another edge-agent uses this state directory; stop it first, or give this one a "
                "`state_dir` of its own"
            ) from fault
        except OSError as fault:
            logger.error(
                "%s: %s; `state_dir` must be a directory that the agent may write to",
                fault.filename or self._directory,
                fault.strerror,
            )

    def _opened(self) -> int:
        """The lock's file; on a file system that is full or read-only, what there is of it, or the directory itself."""
        file = self._directory / LOCK_FILE
        try:
            return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return os.open(file if file.exists() else self._directory, os.O_RDONLY | os.O_CLOEXEC)

    def release(self) -> None:
        """Let go of it; harmless where it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
