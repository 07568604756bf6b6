"""However many threads come and go, the C library keeps two heaps: the main thread's and that of all others."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, re, sys, threading
from edge_agent.runtime.few_arenas import keep_few_arenas
if "few" in sys.argv:
    assert keep_few_arenas()
malloc = ctypes.CDLL(None).malloc
malloc.restype = ctypes.c_void_p
together = threading.Barrier(12)
def hold():
    together.wait()
    malloc(1000)
    together.wait()
threads = [threading.Thread(target=hold) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
# glibc, malloc/arena.c: a heap of another thread than the main one begins at a multiple of 64 MB, and what of these it
# does not use yet is closed.
mapped = re.findall("^(.*)-(.*) (....) 0+ 00:00 0 *$", open("/proc/self/maps").read(), re.MULTILINE)
print(sum(
    (kind, rest) == ("rw-p", "---p") and end == begin and (int(start, 16) | int(last, 16)) % (64 << 20) == 0
    for (start, end, kind), (begin, last, rest) in zip(mapped, mapped[1:])
))
"""


def heaps(*arguments: str) -> int:
    ran = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True)
    return int(ran.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no such heaps")
def test_a_dozen_threads_share_one_heap() -> None:
    assert heaps() > 3, "otherwise this shows nothing"
    assert heaps("few") <= 1


FREEING = """
import ctypes, sys
from edge_agent.runtime.few_arenas import give_back_free_memory
c = ctypes.CDLL(None)
c.malloc.restype = ctypes.c_void_p
c.free.argtypes = [ctypes.c_void_p]
c.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
def resident_kb():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1])
held = [c.malloc(100_000) for _ in range(400)]
[c.memset(each, 1, 100_000) for each in held]
[c.free(each) for each in held[:-1]]  # the last stays, above all of them
before = resident_kb()
give_back_free_memory()
print(before - resident_kb())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no such heaps")
def test_what_lies_free_below_something_that_stays_goes_back_to_the_system() -> None:
    ran = subprocess.run([sys.executable, "-c", FREEING], capture_output=True, text=True, check=True)
    assert int(ran.stdout) > 20_000
