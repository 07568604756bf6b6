"""Clocks: the machine's, and a clip's."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path

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
    before_s, ago_s, after_s = time.time(), wall_at(system, system.monotonic_s() - 60.0), time.time()
    took_s = after_s - before_s  # a busy machine may do something else between two looks at its clocks
    assert ago_s == pytest.approx(after_s - 60.0, abs=1.0 + took_s)


def test_the_kernel_tells_whether_the_clock_is_synchronised() -> None:
    assert ctypes.sizeof(Timex) <= clock._TIMEX_BYTES, "the kernel would write beyond the buffer"
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(Timex()))
    assert SystemClock().synchronised() is (0 <= state < clock._TIME_ERROR)


# The filter of ProtectClock=yes in our units: the calls of systemd's @clock fail with EPERM (errno 1).
UNDER_PROTECT_CLOCK = """
import ctypes, sys
from pathlib import Path
from edge_agent.clock import SystemClock
seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(seccomp.seccomp_init(0x7FFF0000))
for name in (b"adjtimex", b"clock_adjtime", b"clock_settime", b"settimeofday"):
    assert seccomp.seccomp_rule_add(context, 0x00050001, seccomp.seccomp_syscall_resolve_name(name), 0) == 0
assert seccomp.seccomp_load(context) == 0
assert ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(208)) == -1
print(*(SystemClock(Path(each)).synchronised() for each in sys.argv[1:]))
"""


def test_where_a_unit_may_not_ask_the_kernel_the_file_of_timesyncd_answers(tmp_path: Path) -> None:
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        pytest.skip("libseccomp is not installed")
    now_s = time.time()
    touched = {"fresh": now_s, "old": now_s - 33_000.0, "of tomorrow": now_s + 86_400.0}
    for name, at_s in touched.items():
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (at_s, at_s))
    files = [tmp_path / name for name in (*touched, "none")]
    command = [sys.executable, "-c", UNDER_PROTECT_CLOCK, *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("True False False False\n", "")
