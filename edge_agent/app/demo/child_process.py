"""A process that ends with the demonstration, unless that is killed by SIGKILL."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

_LEAVE_S = 8.0  # the daemon takes leave within 5 s (edge-agent run --help)


@contextmanager
def child_process(command: Sequence[str], stderr: int | IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process; when the context ends it is asked to end, then made to.

    It has a session of its own: Ctrl-C in a terminal reaches the demonstration alone, which ends it in its order.

    Args:
        command: Program and arguments.
        stderr: Where its messages go, as `subprocess` takes it; what it prints is dropped.
    """
    child = subprocess.Popen(  # noqa: S603 - programs that the demonstration names itself
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, start_new_session=True
    )
    with child:
        try:
            yield child
        finally:
            end(child)


def end(child: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL where that is not obeyed."""
    child.terminate()
    try:
        child.wait(_LEAVE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
