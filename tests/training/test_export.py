"""The exported model answers as the trained network, in eight bits, in tensors that the agent knows."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs PyTorch, which is not installed")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("tensorflow", reason="export needs TensorFlow, which is not installed")
    pytest.importorskip("ai_edge_litert", reason="the comparison needs LiteRT, which is not installed")

    import tensorflow as tf
    import torch
    from ai_edge_litert.interpreter import Interpreter

    from edge_agent.models.training.export.checkpoint_to_model import (
        LARGEST_RELATIVE_ERROR,
        manifest_of,
        read_pictures,
    )
    from edge_agent.models.training.export.compare_operators import compare
    from edge_agent.models.training.export.keras_to_tflite import network_input, plain_tflite_of, tflite_of
    from edge_agent.models.training.export.network_to_keras import folded, keras_of

from learning_samples import write_data_set
from torch import nn

from edge_agent.models.training.network.blocks import ConvShape, ConvUnit
from edge_agent.models.training.network.edge_pose import INPUT_PX, EdgePose
from edge_agent.pose.heads import find_heads, is_heads
from edge_agent.pose.interpreter import ModelInterpreter

pytestmark = pytest.mark.filterwarnings("ignore")
NAMES = [f"{part}_{stride}" for part in ("scores", "boxes", "keypoints") for stride in (8, 16, 32)]


def pictures(count: int) -> list[np.ndarray]:
    """Soft noise of other shapes than the network's input."""
    rng = np.random.default_rng(2)
    coarse = [rng.integers(0, 256, (12, 16, 3), dtype=np.uint8) for _ in range(count)]
    return [np.kron(one, np.ones((16, 16, 1), np.uint8)) for one in coarse]


@pytest.fixture(scope="module")
def network() -> EdgePose:
    """Random weights, statistics of real maps."""
    torch.manual_seed(5)
    made = EdgePose()
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
            nn.init.uniform_(module.weight, 0.7, 1.3)
            nn.init.uniform_(module.bias, -0.3, 0.6)
    with torch.no_grad():
        made.train()(torch.rand(4, 3, 96, 96))
    return made.eval()


@pytest.fixture(scope="module")
def keras(network):
    return keras_of(network)


def test_folding_changes_no_answer() -> None:
    torch.manual_seed(0)
    unit = ConvUnit(ConvShape(3, 8, 3), activated=False)
    nn.init.uniform_(unit.normalisation.weight, 0.5, 2.0)
    nn.init.normal_(unit.normalisation.bias)
    with torch.no_grad():
        unit.train()(torch.randn(8, 3, 16, 16) * 3 + 1)
    picture, weights = torch.randn(1, 3, 8, 8), folded(unit.eval())
    plain = nn.functional.conv2d(picture, torch.tensor(weights.kernel), torch.tensor(weights.bias), padding=1)
    torch.testing.assert_close(plain, unit(picture), rtol=1e-4, atol=1e-5)


def test_keras_answers_as_pytorch(network, keras) -> None:
    canvas = network_input(pictures(1)[0]).astype(np.float32)[None] / 255
    answer = {name: np.asarray(value) for name, value in keras(canvas).items()}
    with torch.no_grad():
        raw = network(torch.from_numpy(canvas).permute(0, 3, 1, 2))
    for part, wanted in (
        ("scores", raw.score_logits.sigmoid()), ("boxes", raw.boxes), ("keypoints", raw.keypoints),
    ):  # fmt: skip
        said = np.concatenate([answer[f"{part}_{stride}"] for stride in (8, 16, 32)], axis=1)
        assert np.abs(said - wanted.numpy()).max() <= 1e-4 * max(1.0, np.abs(wanted.numpy()).max())
        assert wanted.std() > 1e-3


@pytest.fixture(scope="module")
def quantised(keras, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.tflite"
    path.write_bytes(tflite_of(keras, pictures(4)))
    return path


def test_the_file_is_eight_bits_all_through(quantised: Path) -> None:
    interpreter = Interpreter(model_content=quantised.read_bytes())
    (taken,), given = interpreter.get_input_details(), interpreter.get_output_details()
    assert taken["dtype"] == np.uint8
    assert tuple(taken["shape"]) == (1, INPUT_PX, INPUT_PX, 3)
    assert [details["dtype"] for details in given] == [np.int8] * len(NAMES)
    kinds = {details["dtype"] for details in interpreter.get_tensor_details()}
    assert not kinds & {np.float32, np.float16}


def test_the_agent_knows_the_nine_outputs(quantised: Path) -> None:
    specs = ModelInterpreter(quantised, "litert", 1).outputs
    assert len(specs) == len(NAMES)
    assert is_heads(specs)
    heads = find_heads(quantised, specs, (INPUT_PX, INPUT_PX))
    assert [part.rows for part in heads.scores] == [1024, 256, 64]
    for parts in (heads.scores, heads.boxes, heads.keypoints):
        assert len({part.spec.scale for part in parts}) >= 1
        assert all(part.spec.quantised for part in parts)


def test_an_operator_whose_range_was_not_observed_stands_out() -> None:
    picture = tf.keras.Input((INPUT_PX, INPUT_PX, 3), batch_size=1)
    tf.keras.utils.set_random_seed(1)
    first = tf.keras.layers.Conv2D(4, 3, 2, "same", activation="relu")(picture)
    model = tf.keras.Model(picture, tf.keras.layers.DepthwiseConv2D(3, 2, "same")(first))
    plain, seen = plain_tflite_of(model), pictures(4)
    black = [np.full((64, 64, 3), 3, np.uint8)]
    sound, broken = (compare(tflite_of(model, shown), plain, seen) for shown in (seen, black))
    assert [len(errors) for errors in (sound, broken)] == [2, 2]
    assert max(error.relative for error in sound) < 0.05
    assert max(error.relative for error in broken) > LARGEST_RELATIVE_ERROR


def test_calibration_pictures_are_spread_over_the_data_sets(tmp_path: Path) -> None:
    folders = [write_data_set(tmp_path / name, count=3) for name in ("one", "two")]
    assert len(read_pictures(folders, 4)) == 4
    assert len(read_pictures(folders, 99)) == 6
    assert read_pictures(folders, 1)[0].shape == (96, 120, 3)


def test_the_letterbox_is_the_agents() -> None:
    canvas = network_input(np.full((96, 192, 3), 200, np.uint8))
    assert canvas.shape == (INPUT_PX, INPUT_PX, 3)
    assert (canvas[64:192] == 200).all()
    assert (canvas[:64] == 114).all()
    assert (canvas[192:] == 114).all()


def test_the_manifest_names_the_very_file() -> None:
    manifest = manifest_of(b"model", "1.2")
    assert manifest.version == "1.2"
    assert manifest.input.width_px == manifest.input.height_px == INPUT_PX
    assert manifest.sha256 == "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"
