"""What a cheap camera does to the light: blur, exposure, colour cast, noise, compression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Light = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]
Rng = np.random.Generator

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Rec. ITU-R BT.709."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """One camera's faults.

    Attributes:
        gain: by which the light is multiplied.
        balance: red and blue relative to green.
        defocus_px: standard deviation of the blur.
        motion_px: length of the motion blur.
        motion_deg: its direction.
        vignette: loss of light in the corners, 0 to 1.
        shot_noise: standard deviation of the noise at full light; grows with the root of the light.
        read_noise: standard deviation of the noise in the dark.
        contrast: 1 is neutral; exponent about middle grey.
        saturation: 1 is neutral, 0 is grey.
        shrink: the picture is taken with so many fewer pixels a side, and enlarged.
        sharpen: strength of an unsharp mask, as cheap cameras apply it.
        jpeg_quality: of the stored file.
    """

    gain: float = 1.0
    balance: tuple[float, float] = (1.0, 1.0)
    defocus_px: float = 0.0
    motion_px: float = 0.0
    motion_deg: float = 0.0
    vignette: float = 0.0
    shot_noise: float = 0.0
    read_noise: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    shrink: float = 1.0
    sharpen: float = 0.0
    jpeg_quality: int = 90


def draw_sensor(rng: Rng, gain: float) -> Sensor:
    """A random camera; one in sixteen sees grey only, as by infra-red light. `gain` is for a well exposed picture."""
    noisy = float(rng.exponential(0.012))
    return Sensor(
        gain=gain * float(np.exp(rng.normal(0, 0.24))),
        balance=(float(np.exp(rng.normal(0, 0.08))), float(np.exp(rng.normal(0, 0.1)))),
        defocus_px=float(rng.exponential(0.45)) if rng.random() < 0.6 else 0.0,
        motion_px=float(rng.uniform(1.5, 7)) if rng.random() < 0.12 else 0.0,
        motion_deg=float(rng.uniform(0, 180)),
        vignette=float(rng.uniform(0, 0.5)) if rng.random() < 0.4 else 0.0,
        shot_noise=noisy,
        read_noise=noisy * float(rng.uniform(0.05, 0.4)),
        contrast=float(rng.uniform(0.8, 1.3)),
        saturation=0.0 if rng.random() < 1 / 16 else float(rng.uniform(0.55, 1.25)),
        shrink=float(rng.uniform(1.3, 2.5)) if rng.random() < 0.15 else 1.0,
        sharpen=float(rng.uniform(0.2, 1.0)) if rng.random() < 0.3 else 0.0,
        jpeg_quality=int(rng.integers(40, 96)),
    )


def well_exposed_gain(light: Light) -> float:
    """The gain that brings the mean of the light to middle grey, with the brightest tenth left out."""
    luminance = light @ _LUMINANCE
    usual = luminance[luminance <= np.quantile(luminance[::4, ::4], 0.9)]
    return 0.16 / max(float(usual.mean()), 1e-4)


def light_to_picture(rng: Rng, light: Light, sensor: Sensor) -> Picture:
    """Linear RGB, float32 `(H, W, 3)`, to an sRGB picture, uint8 `(H, W, 3)`, in RGB order."""
    size_px = (light.shape[1], light.shape[0])
    exposed = _blurred(light, sensor)
    if sensor.shrink > 1.0:
        small_px = (round(size_px[0] / sensor.shrink), round(size_px[1] / sensor.shrink))
        exposed = np.asarray(cv2.resize(exposed, small_px, interpolation=cv2.INTER_AREA), np.float32)
    exposed = exposed * np.array(
        [sensor.gain * sensor.balance[0], sensor.gain, sensor.gain * sensor.balance[1]], np.float32
    )
    exposed = exposed * _vignette(exposed.shape, sensor.vignette)
    grey = (exposed @ _LUMINANCE)[..., None]
    exposed = np.maximum(grey + (exposed - grey) * np.float32(sensor.saturation), 0.0)
    noise = rng.standard_normal(exposed.shape, np.float32)
    if sensor.saturation == 0.0:
        noise[:] = noise[..., :1]
    exposed = exposed + noise * np.sqrt(sensor.read_noise**2 + sensor.shot_noise**2 * np.minimum(exposed, 1.5))
    picture = to_srgb(np.maximum(exposed, 0.0), sensor.contrast)
    if sensor.shrink > 1.0:
        picture = np.asarray(cv2.resize(picture, size_px, interpolation=cv2.INTER_LINEAR), np.float32)
    if sensor.sharpen > 0.0:
        picture = picture + np.float32(sensor.sharpen) * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2))
    return np.asarray(np.clip(picture * 255.0 + 0.5, 0, 255), np.uint8)


def to_srgb(light: Light, contrast: float = 1.0) -> Light:
    """Highlights rolled off, contrast about middle grey, then sRGB's gamma (IEC 61966-2-1); 0 to 1."""
    soft = np.where(light > 0.7, 0.7 + 0.3 * (1 - np.exp(-(light - 0.7) / 0.3)), light)
    soft = 0.18 * (soft / 0.18) ** contrast if contrast != 1.0 else soft
    soft = np.clip(soft, 0.0, 1.0)
    return np.asarray(np.where(soft <= 0.0031308, 12.92 * soft, 1.055 * soft ** (1 / 2.4) - 0.055), np.float32)


def to_linear(picture: Picture) -> Light:
    """SRGB uint8 to linear light, float32, 0 to 1 (IEC 61966-2-1)."""
    values = picture.astype(np.float32) / 255.0
    return np.asarray(np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4), np.float32)


def _blurred(light: Light, sensor: Sensor) -> Light:
    if sensor.defocus_px > 0.2:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), sensor.defocus_px), np.float32)
    if sensor.motion_px >= 1.0:
        side = int(sensor.motion_px) | 1
        line = np.zeros((side, side), np.float32)
        reach = side / 2 * np.array([np.cos(np.radians(sensor.motion_deg)), np.sin(np.radians(sensor.motion_deg))])
        middle = side // 2
        cv2.line(
            line,
            (round(middle - reach[0]), round(middle - reach[1])),
            (round(middle + reach[0]), round(middle + reach[1])),
            1.0,
        )
        light = np.asarray(cv2.filter2D(light, -1, line / line.sum()), np.float32)
    return light


def _vignette(shape: tuple[int, ...], strength: float) -> Light:
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    return np.asarray(1 - strength * (x**2 + y**2) / 2, np.float32)[..., None]
