"""Keeps libraries that write to file descriptor 2 by themselves off the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Lead file descriptor 2 to nowhere for a while.

    TensorFlow Lite greets there when an interpreter is made, and libpng and libjpeg complain there about cut pictures;
    none of them offers Python a switch. What fails comes as an exception too, and is told after this has ended.

    The descriptor belongs to the whole process: what another thread logs meanwhile is lost. So this is for commands of
    one thread, around one call; the daemon lets the libraries talk.
    """
    try:
        kept = os.dup(2)
    except OSError:  # it is closed: silent already
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
