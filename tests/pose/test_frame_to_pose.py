"""The whole stage on the real exports, against plain loops over the vendor's own interpreter."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import plain_reader
import pytest
from shared_models import COCO, GOOD, MODELS, SMALLEST

from edge_agent.errors import RuntimeMissing
from edge_agent.pose.frame_to_pose import open_model
from edge_agent.pose.interpreter import import_runtime

pytestmark = pytest.mark.shared


def read(path: Path) -> npt.NDArray[np.uint8]:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image, np.uint8)


def reference(model: Path, image: npt.NDArray[np.uint8]) -> list[plain_reader.Person]:
    """Persons in frame pixels, from arithmetic that shares no code with the agent."""
    interpreter = import_runtime("auto")[1](model_path=str(model), num_threads=1)
    interpreter.allocate_tensors()
    details, out = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    size = int(details["shape"][1])
    height, width = image.shape[:2]
    scale = min(size / width, size / height)
    w, h = round(width * scale), round(height * scale)
    left, top = (size - w) // 2, (size - h) // 2
    if width / w >= 3:
        image = cv2.resize(image, (2 * w, 2 * h), interpolation=cv2.INTER_LINEAR)
    pixels = np.full((size, size, 3), 114, np.int64)
    pixels[top : top + h, left : left + w] = cv2.resize(image, (w, h), interpolation=cv2.INTER_LINEAR)[..., ::-1]
    stored = {"uint8": pixels, "int8": pixels - 128, "float32": pixels / 255}[np.dtype(details["dtype"]).name]
    interpreter.set_tensor(details["index"], stored[None].astype(details["dtype"]))
    interpreter.invoke()
    rows = interpreter.get_tensor(out["index"])[0].astype(np.float64)
    step, zero = out["quantization"]
    persons = plain_reader.read((rows - zero) * step if step else rows, size, 0.25, 0.65)
    for person in persons:
        person.keypoints = [((x - left) * width / w, (y - top) * height / h, c) for x, y, c in person.keypoints]
    return persons


@pytest.mark.parametrize("name", GOOD)
def test_keypoints_are_those_of_plain_loops(name: str) -> None:
    stage, compared = open_model(MODELS / name), 0
    for path in sorted(COCO.glob("*.jpg"))[:12]:
        image = read(path)
        persons, poses = reference(MODELS / name, image), stage(image)
        assert len(poses) == len(persons)
        for i, person in enumerate(persons):
            expected = np.array(person.keypoints)
            assert np.abs(poses.keypoints_px[i] - expected[:, :2]).max() < 1e-3
            assert np.abs(poses.keypoint_confidences[i] - expected[:, 2].clip(0, 1)).max() < 1e-5
            compared += 1
    assert compared > 10


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 2000), (4320, 7680)])
def test_frames_of_any_size_pass(height: int, width: int) -> None:
    stage = open_model(SMALLEST)
    assert len(stage(np.zeros((height, width, 3), np.uint8))) == 0


def test_a_person_in_an_8k_frame_is_found_in_its_pixels() -> None:
    image = read(Path(__file__).resolve().parents[2] / "models" / "golden" / "standing.png")
    stage = open_model(SMALLEST)
    small, large = stage(image), stage(np.asarray(cv2.resize(image, (4320, 4320)), np.uint8))
    assert len(large) == len(small) == 1
    assert np.abs(large.keypoints_px / 13.5 - small.keypoints_px).max() < 12


def test_the_same_frame_gives_the_same_poses_and_fills_the_timings() -> None:
    image, stage = read(next(COCO.glob("*.jpg"))), open_model(SMALLEST, threads=2)
    first, second = stage(image), stage(image)
    assert (first.keypoints_px == second.keypoints_px).all()
    timings = stage.last_timings
    assert min(timings.letterbox_ms, timings.invoke_ms, timings.postprocess_ms) > 0


def test_a_runtime_that_is_absent_is_named_with_its_package() -> None:
    absent, package = (
        ("tflite", "tflite-runtime") if find_spec("tflite_runtime") is None else ("litert", "ai-edge-litert")
    )
    with pytest.raises(RuntimeMissing, match=f"pip install {package}"):
        open_model(SMALLEST, runtime=absent)
