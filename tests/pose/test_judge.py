"""Bad files are refused, each with its own reason, and none of them takes this process along."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from shared_models import COARSE, DYNAMIC_RANGE, GOOD, MODELS, ONNX, SMALLEST

from edge_agent.errors import ModelRefused, ModelUnreadable
from edge_agent.pose.judge import ProbeReport, judge_model
from edge_agent.pose.model_files import locate
from edge_agent.pose.output_layout import TensorLayout

GOLDEN = Path(__file__).resolve().parents[2] / "models" / "golden"


def judge(path: Path) -> ProbeReport:
    return judge_model(locate(path), "auto")


def written(directory: Path, content: bytes) -> Path:
    path = directory / "model.tflite"
    path.write_bytes(content)
    return path


@pytest.mark.shared
@pytest.mark.parametrize("name", GOOD)
def test_good_exports_find_the_person_in_every_golden_input(name: str) -> None:
    report = judge(MODELS / name)
    assert report.form.layout is TensorLayout.CHANNELS_FIRST
    assert report.form.normalised
    upright, lying = (tuple(each for each in report.golden if each.lying is lies) for lies in (False, True))
    assert (len(upright), len(lying)) == (2, 2)
    assert min(each.score for each in upright) > 0.8  # 0.5 is needed: a wide margin
    assert min(each.oks for each in upright) > 0.6
    assert min(each.score for each in lying) > 0.65  # 0.4 is needed
    assert min(each.oks for each in lying) > 0.45  # 0.3


@pytest.mark.shared
def test_an_export_that_runs_and_sees_nobody_is_refused() -> None:
    with pytest.raises(ModelRefused, match=r"does not find the person .*similarity 0\.[0-4]|tflite fails to run it"):
        judge(DYNAMIC_RANGE)  # its scores and joints differ from run to run and machine to machine, and fit nothing


@pytest.mark.shared
def test_one_scale_over_pixels_and_confidences_is_refused_with_what_to_do() -> None:
    with pytest.raises(ModelRefused, match=r"one scale of 1\.505 .* float32 outputs or separate heads"):
        judge(COARSE)


@pytest.mark.shared
def test_onnx_is_not_supported_yet() -> None:
    with pytest.raises(ModelRefused, match="ONNX models are not supported yet"):
        judge(ONNX)


@pytest.mark.shared
@pytest.mark.parametrize("share", [0.001, 0.5, 0.99])
def test_a_truncated_file_is_unreadable(tmp_path: Path, share: float) -> None:
    content = SMALLEST.read_bytes()
    with pytest.raises(ModelUnreadable, match="fetch"):
        judge(written(tmp_path, content[: int(len(content) * share)]))


@pytest.mark.parametrize("content", [b"", b"TFL3", random.Random(1).randbytes(5000)])
def test_what_is_no_model_is_unreadable(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelUnreadable, match="not a TensorFlow Lite model"):
        judge(written(tmp_path, content))


def test_random_bytes_behind_the_right_header_are_unreadable(tmp_path: Path) -> None:
    noise = random.Random(2).randbytes(5000)
    with pytest.raises(ModelUnreadable):
        judge(written(tmp_path, noise[:4] + b"TFL3" + noise[8:]))


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(ModelUnreadable, match="No such file"):
        judge(tmp_path / "absent.tflite")


def with_golden_inputs(directory: Path, model: Path) -> Path:
    """A model directory that brings the shipped golden inputs as its own."""
    (directory / "model.tflite").symlink_to(model)
    (directory / "model.yaml").write_text("name: x\n", "utf-8")
    shutil.copytree(GOLDEN, directory / "golden")
    return directory / "golden"


@pytest.mark.shared
def test_a_directory_cannot_certify_itself_it_is_tried_on_the_shipped_inputs_too(tmp_path: Path) -> None:
    with_golden_inputs(tmp_path, SMALLEST)
    names = [each.name for each in judge(tmp_path).golden]
    assert names == ["standing.png", "walking.png", "on-back.png", "face-down.png"] * 2


@pytest.mark.shared
def test_a_directory_must_pass_its_own_golden_inputs(tmp_path: Path) -> None:
    golden = with_golden_inputs(tmp_path, SMALLEST)
    shutil.copyfile(golden / "walking.png", golden / "standing.png")
    with pytest.raises(ModelRefused, match=r"does not find the person in its golden inputs \(standing\.png"):
        judge(tmp_path)


@pytest.mark.shared
def test_golden_inputs_that_are_none_are_the_reason(tmp_path: Path) -> None:
    golden = with_golden_inputs(tmp_path, SMALLEST)
    (golden / "golden.yaml").write_text("inputs: []\n", "utf-8")
    with pytest.raises(ModelUnreadable, match="`inputs` must be a list of one or more pictures"):
        judge(tmp_path)


def test_a_pipe_is_no_model(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.tflite")
    with pytest.raises(ModelUnreadable, match="not a file"):
        judge(tmp_path)
