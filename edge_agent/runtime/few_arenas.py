"""How many heaps the C library keeps, and what they give back."""

from __future__ import annotations

import contextlib
import ctypes

_M_ARENA_MAX = -8  # mallopt(3), glibc's malloc.h
# Our own, measured by `benchmarks/soak.py`: one for the main thread, one for all others.
_ARENAS = 2


def keep_few_arenas() -> bool:
    """Have all threads share two heaps; to be called before there are others.

    glibc gives each thread a heap of its own, up to eight for each processor (mallopt(3), M_ARENA_MAX). Each keeps the
    most that it ever held, and the agent opens cameras in new threads again and again: what one has free no other gets.

    Returns:
        Whether the C library took it; another than glibc has no such heaps.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS))
    except (OSError, AttributeError):
        return False


def give_back_free_memory() -> None:
    """Hand what the heaps have free back to the system (malloc_trim(3)); takes milliseconds.

    A heap shrinks by itself at its end alone: one small thing that stays keeps all that was freed below it.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
