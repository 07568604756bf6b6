"""Other light, another camera: what changes colours and sharpness but moves nothing."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]


def recolour(picture: Picture, rng: np.random.Generator) -> Picture:
    """Changes brightness, contrast, white balance, saturation and gamma; sometimes to grey. `(H, W, 3)`, RGB."""
    levels = np.arange(256, dtype=np.float32) / 255
    gain = rng.uniform(0.55, 1.45) * rng.uniform(0.88, 1.12, 3)
    curve = np.clip(levels[:, None] ** rng.uniform(0.7, 1.4) * gain + rng.uniform(-0.12, 0.12), 0, 1)
    changed = np.asarray(cv2.LUT(picture, (curve * 255).astype(np.uint8)[:, None, :].reshape(1, 256, 3)), np.uint8)
    saturation = 0.0 if rng.random() < 0.07 else rng.uniform(0.4, 1.5)
    grey = cv2.cvtColor(cv2.cvtColor(changed, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.addWeighted(changed, saturation, grey, 1 - saturation, 0), np.uint8)


def degrade(picture: Picture, rng: np.random.Generator) -> Picture:
    """Blurs, adds sensor noise or compresses, each now and then. `(H, W, 3)`, RGB."""
    draw = rng.random()
    if draw < 0.12:
        size = int(rng.choice((3, 5)))
        return np.asarray(cv2.GaussianBlur(picture, (size, size), 0), np.uint8)
    if draw < 0.3:
        noise = rng.normal(0, rng.uniform(2, 12), picture.shape[:2]).astype(np.float32)
        return np.asarray(np.clip(picture + noise[:, :, None], 0, 255), np.uint8)
    if draw < 0.42:
        quality = int(rng.integers(25, 80))
        packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return picture
