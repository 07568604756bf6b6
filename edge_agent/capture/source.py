"""What every source of frames offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One picture as the source gave it, not yet looked at.

    Attributes:
        image: An image array of any shape and dtype; `image_to_bgr` decides whether it can be used.
        sensor_s: Monotonic seconds of the exposure where the source tells, else None.
        media_s: Seconds since the first frame of a recording, strictly increasing; None for a camera.
    """

    image: npt.NDArray[np.generic]
    sensor_s: float | None = None
    media_s: float | None = None


class Source(Protocol):
    """A camera, a stream or a clip. It is opened once; after a fault a new one is made."""

    def open(self) -> None:
        """Start it.

        Raises:
            CaptureError: It cannot be opened; the text says what to do.
        """
        ...

    def read(self) -> Reading:
        """The next frame; may block for some seconds.

        Raises:
            EndOfClip: A recording has no frame left.
            CaptureError: There was no frame.
        """
        ...

    def close(self) -> None:
        """Let go of the device; harmless when it is not open."""
        ...
