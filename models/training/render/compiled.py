"""How the kernels are compiled: to machine code, once, kept beside the source between runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba  # type: ignore[import-not-found, import-untyped, unused-ignore]

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def kernel(function: Kernel) -> Kernel:
    """Compiles a function with numba: no interpreter lock, approximate floating point.

    The cache does not see changes in kernels of other files: delete `__pycache__` after changing a kernel that
    others call.
    """
    compiled: Any = numba.njit(cache=True, nogil=True, fastmath={"nsz", "arcp", "contract", "afn", "reassoc"})(function)
    return cast("Kernel", compiled)
