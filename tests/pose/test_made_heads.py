"""A network with separate heads goes the whole way: judged by the child, opened, and its worker found in pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_agent.errors import ModelRefused
from edge_agent.pose.frame_to_pose import open_model

head_networks = pytest.importorskip("head_networks", reason="the schema to build networks with comes with LiteRT")
Choice = head_networks.Choice
WHOLE = [Choice(dtype, level, apart) for dtype, level in (("uint8", 0), ("int8", 1)) for apart in (False, True)]
FLOAT = [Choice("float32", 2, apart) for apart in (False, True)]


@pytest.mark.parametrize("choice", WHOLE + FLOAT, ids=str)
def test_the_worker_is_found_where_the_network_says(tmp_path: Path, choice: object) -> None:
    (tmp_path / "model.tflite").write_bytes(head_networks.network(choice))
    stage = open_model(tmp_path)
    step_px = 0.0 if choice.dtype == "float32" else 32 / 255 * head_networks.STRIDES_PX[choice.level]
    for golden in head_networks.GOLDEN:
        poses = stage(golden.image)
        assert len(poses) == 1
        scale = golden.image.shape[0] / head_networks.SIDE_PX
        assert np.abs(poses.keypoints_px[0] - golden.keypoints_px).max() <= 0.51 * step_px * scale + 0.1
        corners = [*golden.keypoints_px.min(axis=0), *golden.keypoints_px.max(axis=0)]
        assert np.abs(poses.boxes_px[0] - corners).max() <= 0.51 * step_px * scale + 0.1
        assert poses.scores[0] == pytest.approx(head_networks.SCORE, abs=1 / 256)
        assert np.allclose(poses.keypoint_confidences, head_networks.CONFIDENCE, atol=1 / 256)


def test_scores_without_their_sigmoid_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_networks, "SCORE", 3.0)
    (tmp_path / "model.tflite").write_bytes(head_networks.network(Choice("float32", 2, apart=True)))
    with pytest.raises(ModelRefused, match=r"scores run from 0\.00 to 3\.00"):
        open_model(tmp_path)


def test_one_scale_over_scores_and_coordinates_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(head_networks.RANGES, 18, (-16.0, 16.0))
    (tmp_path / "model.tflite").write_bytes(head_networks.network(Choice("uint8", 2, apart=False)))
    with pytest.raises(ModelRefused, match=r"uint8 \[1,1344,18\] has steps of 0\.125, expected 0\.031"):
        open_model(tmp_path)
