"""A training that starts from the shipped model answers at first as that model does."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("torch", reason="the network is written in PyTorch, which is not installed")
pytest.importorskip("ai_edge_litert", reason="the comparison needs LiteRT, which is not installed")

import torch
from torch import Tensor, nn

from edge_agent.models.training.learning.start_from_model import NoSuchNetworkError, start_from_model
from edge_agent.models.training.network.edge_pose import INPUT_PX, EdgePose
from edge_agent.pose.interpreter import ModelInterpreter
from edge_agent.pose.letterbox import Letterbox

MODEL = Path(__file__).resolve().parents[2] / "models" / "edge-pose-n"


@pytest.fixture(scope="module")
def shipped() -> ModelInterpreter:
    return ModelInterpreter(MODEL / "model.tflite", "litert", 1)


@pytest.fixture(scope="module")
def inputs(shipped: ModelInterpreter) -> list[npt.NDArray[np.uint8]]:
    """The golden pictures as the network sees them."""
    letterbox, seen = Letterbox(shipped.inputs[0]), []
    for path in sorted((MODEL / "golden").glob("*.png")):
        picture = cv2.imread(str(path))
        assert picture is not None
        letterbox.fill(np.asarray(picture, np.uint8))
        seen.append(letterbox.tensor.copy())
    return seen


def as_pictures(inputs: list[npt.NDArray[np.uint8]]) -> Tensor:
    return torch.from_numpy(np.concatenate(inputs)).permute(0, 3, 1, 2).float() / 255


def scores_of(model: ModelInterpreter, tensor: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """All 18 scores of all anchors, finest level first."""
    model.invoke(tensor)
    found = {}
    for spec, steps in zip(model.outputs, model.results(), strict=True):
        if spec.shape[-1] == 18:
            found[spec.shape[1]] = (steps[0].astype(np.float64) - spec.zero_point) * spec.scale
    return np.concatenate([found[rows] for rows in sorted(found, reverse=True)])


def test_the_network_answers_as_the_exported_model(shipped, inputs) -> None:
    network = EdgePose()
    start_from_model(network, MODEL / "model.tflite", as_pictures(inputs))
    with torch.no_grad():
        answered = network.eval()(as_pictures(inputs)).score_logits.sigmoid().numpy()
    for tensor, answer in zip(inputs, answered, strict=True):
        wanted = scores_of(shipped, tensor)
        assert wanted[:, 0].max() > 0.3, "somebody is seen, or nothing is compared"
        assert np.abs(answer - wanted).mean() < 0.02
        assert answer[:, 0].argmax() in np.argsort(wanted[:, 0])[-5:]


def test_normalisation_by_the_batch_changes_nothing_at_first(inputs) -> None:
    pictures = as_pictures(inputs)
    network = EdgePose()
    start_from_model(network, MODEL / "model.tflite", pictures)
    with torch.no_grad():
        by_statistics = network.eval()(pictures)
        by_batch = network.train()(pictures)
    torch.testing.assert_close(by_batch.keypoints, by_statistics.keypoints, rtol=1e-2, atol=2e-2)


def test_another_network_is_refused() -> None:
    other = EdgePose()
    other.heads[0].place_branch = nn.Sequential()
    with pytest.raises(NoSuchNetworkError, match="convolutions"):
        start_from_model(other, MODEL / "model.tflite", torch.rand(1, 3, INPUT_PX, INPUT_PX))
