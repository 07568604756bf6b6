"""Any picture that a source may give, as the one format that the agent works on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge_agent.errors import CaptureError

# DCI 8K is 8192x4320 (SMPTE ST 2036-1 has 7680x4320); a larger frame is a driver's mistake, not a camera.
MAX_SIDE_PX = 8192


def image_to_bgr(image: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Validate and normalise one picture.

    Args:
        image: ``(H, W)`` or ``(H, W, 1)`` grey, ``(H, W, 3)`` BGR or ``(H, W, 4)`` BGRA, uint8.

    Returns:
        ``(H, W, 3)`` uint8, BGR, C-contiguous; the same array where it already is that.

    Raises:
        CaptureError: The picture is of another type, shape or size.
    """
    if image.dtype != np.uint8:
        raise CaptureError(
            f"the camera gives {image.dtype} pixels, the agent needs 8 bits a channel; choose an 8-bit pixel format"
        )
    channels = image.shape[2] if image.ndim == 3 else 1
    if image.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise CaptureError(f"the camera gives an array of shape {image.shape}, which is no grey, BGR or BGRA picture")
    height_px, width_px = image.shape[:2]
    if not (1 <= width_px <= MAX_SIDE_PX and 1 <= height_px <= MAX_SIDE_PX):
        raise CaptureError(
            f"the camera gives a picture of {width_px}x{height_px} pixels; choose 1..{MAX_SIDE_PX} a side"
        )
    pixels = image.view(np.uint8).reshape(height_px, width_px, channels)
    if channels == 1:
        return np.repeat(pixels, 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, :3])
