"""Quantises: int8 weights a channel, int8 activations, uint8 in, int8 out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge_agent.models.training.network.edge_pose import INPUT_PX
from edge_agent.pose.interpreter import TensorSpec
from edge_agent.pose.letterbox import Letterbox

Picture = npt.NDArray[np.uint8]

_INPUT = TensorSpec(0, "picture", (1, INPUT_PX, INPUT_PX, 3), "uint8", 1 / 255, 0)


def tflite_of(model: Any, calibration: list[Picture]) -> bytes:  # Keras has no annotations
    """Converts, with the ranges of activations observed on the calibration pictures.

    Args:
        model: what `keras_of` built.
        calibration: uint8 BGR pictures of any size, a few hundred, like those that cameras will give.
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
    """Letterboxes a BGR picture to `(256, 256, 3)`, RGB, by the agent's own code."""
    letterbox = Letterbox(_INPUT)
    letterbox.fill(picture)
    return np.asarray(letterbox.tensor[0], np.uint8)


def _observations(calibration: list[Picture]) -> Iterator[list[npt.NDArray[np.float32]]]:
    for picture in calibration:
        yield [network_input(picture).astype(np.float32)[None] / np.float32(255)]
