"""Stored values of a tensor become real numbers, and a real threshold becomes a stored one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge_agent.pose.interpreter import TensorSpec

Floats = npt.NDArray[np.float32]


class Dequantiser:
    """Reads the values of one tensor.

    real = scale * (stored - zero point), in a table of the 256 stored values (TensorFlow Lite 8-bit quantisation
    specification). A float tensor is read as it is.

    Args:
        spec: The tensor.
    """

    def __init__(self, spec: TensorSpec) -> None:
        self._table: Floats | None = None
        self._lowest = 0
        if spec.quantised:
            limits = np.iinfo(spec.dtype)
            steps = np.arange(limits.min, limits.max + 1)
            self._table = ((steps - spec.zero_point) * np.float32(spec.scale)).astype(np.float32)
            self._lowest = int(limits.min)

    def __call__(self, stored: npt.NDArray[np.generic]) -> Floats:
        """Real values of stored ones, float32 of the same shape."""
        if self._table is None:
            return stored.astype(np.float32)
        real: Floats = self._table[stored.astype(np.intp) - self._lowest]
        return real

    def least_stored(self, real: float) -> np.generic:
        """The smallest stored value that means `real` or more, to compare stored values with."""
        least: np.generic = np.float32(real)
        if self._table is not None:
            # int16 holds also "more than the tensor can say".
            least = np.int16(self._lowest + np.searchsorted(self._table, least))
        return least
