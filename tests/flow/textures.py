"""Pictures with a texture that optical flow can follow, made from a seed."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.data.frame import Frame

Image = npt.NDArray[np.uint8]


def texture(height_px: int, width_px: int, seed: int, grain_px: float = 6.0) -> Image:
    """Smooth grey blotches of about `grain_px`, ``(H, W, 3)``."""
    noise = np.random.default_rng(seed).normal(0.0, 1.0, (height_px, width_px))
    smooth = cv2.GaussianBlur(noise, (0, 0), grain_px)
    grey = np.clip(128.0 + 40.0 * smooth / smooth.std(), 0.0, 255.0).astype(np.uint8)
    return np.asarray(np.repeat(grey[..., None], 3, axis=2))


def with_patch(background: Image, patch: Image, x_px: int, y_px: int) -> Image:
    """A copy of the background with the patch laid on it, top left corner at x y."""
    image = background.copy()
    image[y_px : y_px + patch.shape[0], x_px : x_px + patch.shape[1]] = patch
    return np.asarray(image)


def with_noise(image: Image, sigma: float, seed: int) -> Image:
    """The picture as a sensor sees it."""
    noise = np.random.default_rng(seed).normal(0.0, sigma, image.shape)
    return np.asarray(np.clip(image + noise, 0.0, 255.0), np.uint8)


def frame(image: Image, t_s: float) -> Frame:
    """A frame of camera ``c``."""
    return Frame("c", 0, t_s, image)
