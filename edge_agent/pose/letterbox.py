"""A frame becomes the model's input: scaled to fit, centred on grey, red first; and back, exactly.

A pixel covers the unit square to the right of and below its index, in the frame and in the input alike, so both
directions are one affine map per axis. The two axes have their own scale, because the scaled frame is rounded to
whole pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.pose.interpreter import TensorSpec

Floats = npt.NDArray[np.float32]

PADDING_GREY = 114  # what the YOLO family was trained with (Ultralytics, `LetterBox`)
_PIXELS = np.arange(256)

# From this reduction on, bilinear sampling skips so many pixels that it costs accuracy: 640 to 192 on 28 COCO images,
# yolov8n: AP 0.102 in one step, 0.115 in two (bilinear to twice the size, then exact 2x2 means), 0.106 with area
# averaging, which takes ten times as long. At 2 and 2.5 nothing is gained.
_TWO_STEPS_FROM = 3.0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a frame lies in the input of the model.

    Attributes:
        left_px: First column of the frame in the input.
        top_px: First row of the frame in the input.
        width_px: Columns that the frame takes in the input, at least 1.
        height_px: Rows that the frame takes in the input, at least 1.
        scale_x: Input pixels per frame pixel, along x.
        scale_y: Input pixels per frame pixel, along y.
    """

    left_px: int
    top_px: int
    width_px: int
    height_px: int
    scale_x: float
    scale_y: float

    def boxes_to_frame(self, boxes_px: Floats) -> Floats:
        """Boxes ``(N, 4)``, x1 y1 x2 y2, from input pixels to frame pixels."""
        corners = self.points_to_frame(boxes_px.reshape(-1, 2, 2))
        return corners.reshape(-1, 4)

    def points_to_frame(self, points_px: Floats) -> Floats:
        """Points ``(..., 2)``, x y, from input pixels to frame pixels."""
        origin = np.array([self.left_px, self.top_px], np.float64)
        return np.asarray((points_px - origin) / np.array([self.scale_x, self.scale_y]), np.float32)

    def points_to_input(self, points_px: Floats) -> Floats:
        """Points ``(..., 2)``, x y, from frame pixels to input pixels."""
        origin = np.array([self.left_px, self.top_px], np.float64)
        return np.asarray(points_px * np.array([self.scale_x, self.scale_y]) + origin, np.float32)


def place(frame_width_px: int, frame_height_px: int, input_width_px: int, input_height_px: int) -> Placement:
    """The largest centred place with the frame's proportions, to the nearest whole pixel."""
    scale = min(input_width_px / frame_width_px, input_height_px / frame_height_px)
    width = min(max(round(frame_width_px * scale), 1), input_width_px)
    height = min(max(round(frame_height_px * scale), 1), input_height_px)
    return Placement(
        left_px=(input_width_px - width) // 2,
        top_px=(input_height_px - height) // 2,
        width_px=width,
        height_px=height,
        scale_x=width / frame_width_px,
        scale_y=height / frame_height_px,
    )


class Letterbox:
    """Fills one input tensor, always the same memory.

    Args:
        spec: The model's input: ``(1, H, W, 3)``, uint8, int8 or float32.

    Attributes:
        tensor: ``(1, H, W, 3)`` of the input's dtype; what the last `fill` made.
    """

    def __init__(self, spec: TensorSpec) -> None:
        _, self._height_px, self._width_px, _ = spec.shape
        self._bytes = np.full((self._height_px, self._width_px, 3), PADDING_GREY, np.uint8)
        self._table = _quantisation_table(spec)
        self._as_stored = self._table is not None and bool((self._table == _PIXELS).all())
        self._sign_flip = self._table is not None and bool((self._table == _PIXELS ^ 0x80).all())
        self._values = self._bytes if self._as_stored else np.empty(self._bytes.shape, spec.dtype)
        self.tensor: npt.NDArray[Any] = self._values.view(spec.dtype)[None]
        self._frame_shape = (0, 0)
        self._place = Placement(0, 0, self._width_px, self._height_px, 1.0, 1.0)
        self._halfway: npt.NDArray[np.uint8] | None = None

    def fill(self, image: npt.NDArray[np.uint8]) -> Placement:
        """Put a frame into `tensor`.

        Args:
            image: ``(H, W, 3)`` uint8, BGR; any size from 1x1.

        Returns:
            Where the frame now lies in the input.
        """
        if image.shape[:2] != self._frame_shape:
            self._prepare(image.shape[1], image.shape[0])
        p = self._place
        if self._halfway is not None:
            cv2.resize(image, (2 * p.width_px, 2 * p.height_px), dst=self._halfway, interpolation=cv2.INTER_LINEAR)
            image = self._halfway
        window = self._bytes[p.top_px : p.top_px + p.height_px, p.left_px : p.left_px + p.width_px]
        cv2.resize(image, (p.width_px, p.height_px), dst=window, interpolation=cv2.INTER_LINEAR)
        cv2.cvtColor(window, cv2.COLOR_BGR2RGB, dst=window)
        self._convert()
        return p

    def _prepare(self, frame_width_px: int, frame_height_px: int) -> None:
        """Find the place for frames of another size, and make everything around it grey."""
        p = place(frame_width_px, frame_height_px, self._width_px, self._height_px)
        self._frame_shape, self._place = (frame_height_px, frame_width_px), p
        reduction = 1 / max(p.scale_x, p.scale_y)
        twice = (2 * p.height_px, 2 * p.width_px, 3)
        self._halfway = np.empty(twice, np.uint8) if reduction >= _TWO_STEPS_FROM else None
        self._bytes[...] = PADDING_GREY

    def _convert(self) -> None:
        """From pixels to the values that the network takes, each pixel p meaning p / 255."""
        if self._as_stored:
            return
        if self._table is None:
            np.multiply(self._bytes, np.float32(1 / 255), out=self._values)
        elif self._sign_flip:
            np.bitwise_xor(self._bytes, np.uint8(0x80), out=self._values.view(np.uint8))
        else:
            cv2.LUT(self._bytes, self._table, dst=self._values.view(np.uint8))


def _quantisation_table(spec: TensorSpec) -> npt.NDArray[np.uint8] | None:
    """The stored byte for each of the 256 pixel values; None for a float input.

    Affine quantisation: q = round(real / scale) + zero_point, saturated (TensorFlow Lite 8-bit quantisation
    specification).
    """
    if not spec.quantised:
        return None
    limits = np.iinfo(spec.dtype)
    stored = np.rint(_PIXELS / 255.0 / spec.scale) + spec.zero_point
    table: npt.NDArray[np.uint8] = np.clip(stored, limits.min, limits.max).astype(spec.dtype).view(np.uint8)
    return table
