"""Clocks: the machine's, and a clip's."""

from __future__ import annotations

import ctypes
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent import clock
from edge_agent.clock import MediaClock, SystemClock, wall_at

TIMES = st.floats(0.0, 1e9)


class Timex(ctypes.Structure):
    """struct timex as adjtimex(2) lists its fields; 44 bytes of padding end it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        *((name, ctypes.c_long) for name in ("offset", "freq", "maxerror", "esterror")),
        ("status", ctypes.c_int),
        *((name, ctypes.c_long) for name in ("constant", "precision", "tolerance", "tv_sec", "tv_usec", "tick")),
        *((name, ctypes.c_long) for name in ("ppsfreq", "jitter")),
        ("shift", ctypes.c_int),
        *((name, ctypes.c_long) for name in ("stabil", "jitcnt", "calcnt", "errcnt", "stbcnt")),
        ("tai", ctypes.c_int),
        ("padding", ctypes.c_int * 11),
    )


def test_a_media_clock_shows_what_it_was_set_to() -> None:
    media = MediaClock(epoch_s=1_700_000_000.0)
    assert (media.monotonic_s(), media.wall_s()) == (0.0, 1_700_000_000.0)
    media.set(2.5)
    assert (media.monotonic_s(), media.wall_s()) == (2.5, 1_700_000_002.5)
    assert not media.synchronised()


@given(st.floats(0.0, 2e9), TIMES, TIMES)
def test_wall_time_of_an_instant_is_the_same_whenever_it_is_asked_for(
    epoch_s: float, now_s: float, at_s: float
) -> None:
    media = MediaClock(epoch_s)
    media.set(now_s)
    assert wall_at(media, at_s) == pytest.approx(epoch_s + at_s, abs=1e-5)


def test_the_system_clock_shows_the_machines_time() -> None:
    system = SystemClock()
    before_s, monotonic_s, after_s = time.monotonic(), system.monotonic_s(), time.monotonic()
    assert before_s <= monotonic_s <= after_s
    before_s, wall_s, after_s = time.time(), system.wall_s(), time.time()
    assert before_s - 1.0 <= wall_s <= after_s + 1.0  # another process may set the clock meanwhile
    assert wall_at(system, system.monotonic_s() - 60.0) == pytest.approx(time.time() - 60.0, abs=1.0)


def test_the_kernel_tells_whether_the_clock_is_synchronised() -> None:
    assert ctypes.sizeof(Timex) <= clock._TIMEX_BYTES, "the kernel would write beyond the buffer"
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(Timex()))
    assert SystemClock().synchronised() is (0 <= state < clock._TIME_ERROR)
