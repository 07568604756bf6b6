"""Quantises: int8 weights a channel, int8 activations, uint8 in, int8 out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge_agent.models.training.learning.mixture import CANVAS_GREY
from edge_agent.models.training.network.edge_pose import INPUT_PX

Picture = npt.NDArray[np.uint8]


def tflite_of(model: Any, calibration: list[Picture]) -> bytes:  # Keras has no annotations
    """Converts, with the ranges of activations observed on the calibration pictures.

    Args:
        model: what `keras_of` built.
        calibration: uint8 RGB pictures of any size, a few hundred, like those that cameras will give.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: _observations(calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def plain_tflite_of(model: Any) -> bytes:
    """Converts without quantisation: the same graph in float32, to compare with."""
    return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())


def network_input(picture: Picture) -> Picture:
    """Letterboxes an RGB picture to `(256, 256, 3)`, as the agent does."""
    height, width = picture.shape[:2]
    scale = INPUT_PX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    blending = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    smaller = cv2.resize(picture, size, interpolation=blending)
    canvas = np.full((INPUT_PX, INPUT_PX, 3), CANVAS_GREY, np.uint8)
    left, top = (INPUT_PX - size[0]) // 2, (INPUT_PX - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = smaller
    return canvas


def _observations(calibration: list[Picture]) -> Iterator[list[npt.NDArray[np.float32]]]:
    for picture in calibration:
        yield [network_input(picture).astype(np.float32)[None] / np.float32(255)]
