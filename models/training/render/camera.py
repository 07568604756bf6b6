"""A pinhole camera in the world, with the radial distortion of a cheap lens.

Camera frame (the convention of OpenCV): x to the right, y down, z forward. Picture frame: pixels, origin at the top
left corner of the top left pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """Where a camera stands and what it sees.

    Attributes:
        position_m: float64 `(3,)`, world frame.
        yaw_deg: heading about the world's z axis; 0 looks along x, 90 along y.
        pitch_deg: how far it looks down; negative looks up.
        roll_deg: clockwise turn of the camera about its axis.
        vertical_field_deg: vertical field of view, between the middle of the top and the bottom edge.
        width_px: picture width.
        height_px: picture height.
        distortion: first radial coefficient k1 of Brown's lens model (D. C. Brown, 1971) with the radius in units
            of half of the picture's height; negative is a barrel.
    """

    position_m: FloatArray
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    vertical_field_deg: float
    width_px: int
    height_px: int
    distortion: float = 0.0

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return 0.5 * self.height_px / float(np.tan(np.radians(self.vertical_field_deg) / 2))

    @property
    def rotation(self) -> FloatArray:
        """float64 `(3, 3)`, turns a vector of the world frame into the camera frame."""
        yaw, pitch, roll = np.radians([self.yaw_deg, self.pitch_deg, self.roll_deg])
        forward = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), -np.sin(pitch)])
        right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
        down = np.cross(forward, right)
        return np.stack(
            [np.cos(roll) * right + np.sin(roll) * down, np.cos(roll) * down - np.sin(roll) * right, forward]
        )

    def to_camera(self, points_m: npt.NDArray[np.floating]) -> FloatArray:
        """World frame `(N, 3)` to camera frame `(N, 3)`, metres."""
        points: FloatArray = (np.asarray(points_m, np.float64) - self.position_m) @ self.rotation.T
        return points

    def project(self, points_m: npt.NDArray[np.floating]) -> FloatArray:
        """World frame `(N, 3)` to `(N, 3)`: x_px and y_px with the lens' distortion, depth along the axis in metres.

        Points behind the camera get a negative depth; their pixels mean nothing.
        """
        points = self.to_camera(points_m)
        depth = np.where(np.abs(points[:, 2]) < 1e-6, 1e-6, points[:, 2])
        offset_px = points[:, :2] / depth[:, None] * self.focal_px
        radius_squared = (offset_px**2).sum(axis=1) / (0.5 * self.height_px) ** 2
        offset_px *= (1 + self.distortion * radius_squared)[:, None]
        return np.column_stack([offset_px + np.array([0.5 * self.width_px, 0.5 * self.height_px]), points[:, 2]])

    def scaled(self, factor: float) -> Camera:
        """The same view in a picture with `factor` times as many pixels a side."""
        return replace(self, width_px=round(self.width_px * factor), height_px=round(self.height_px * factor))

    def without_lens(self) -> Camera:
        """The pinhole behind the lens, with a field wide enough to fill the distorted picture's corners."""
        if self.distortion == 0.0:
            return self
        corner = float(np.hypot(self.width_px / self.height_px, 1.0))
        widening = max(undistorted_radius(np.array([1.0, corner]), self.distortion) / np.array([1.0, corner]))
        field = 2 * np.degrees(np.arctan(np.tan(np.radians(self.vertical_field_deg) / 2) * max(1.0, float(widening))))
        return replace(self, vertical_field_deg=float(field), distortion=0.0)


def undistorted_radius(radius: FloatArray, distortion: float) -> FloatArray:
    """The pinhole's radius for a distorted one, by thirty fixed-point steps of r = d / (1 + k1 r^2)."""
    plain = radius.astype(np.float64)
    for _ in range(30):
        plain = radius / (1 + distortion * plain**2)
    return plain


def lens_map(camera: Camera) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """For every pixel of the distorted picture, where it is in the picture of `camera.without_lens()`.

    Returns:
        x and y, float32 `(height, width)` each, as `cv2.remap` wants them (pixel centres at whole numbers).
    """
    pinhole = camera.without_lens()
    half = 0.5 * camera.height_px
    y, x = np.mgrid[0 : camera.height_px, 0 : camera.width_px].astype(np.float64) + 0.5
    x, y = (x - 0.5 * camera.width_px) / half, (y - half) / half
    radius = np.maximum(np.hypot(x, y), 1e-9)
    table = np.linspace(0.0, float(radius.max()), 500)
    plain = np.interp(radius, table, undistorted_radius(table, camera.distortion))
    scale = plain / radius * half * pinhole.focal_px / camera.focal_px
    return (x * scale + 0.5 * camera.width_px - 0.5).astype(np.float32), (y * scale + half - 0.5).astype(np.float32)
