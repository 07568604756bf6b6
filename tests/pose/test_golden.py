"""The shipped golden inputs are what the renderer draws, and small."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from edge_agent.data.pose import Poses
from edge_agent.errors import ModelUnreadable
from edge_agent.pose.golden import golden_files, read_golden, score

GOLDEN = Path(__file__).resolve().parents[2] / "models" / "golden"


def test_there_are_two_and_each_is_small() -> None:
    inputs = list(read_golden(None))
    assert [each.name for each in inputs] == ["standing.png", "walking.png"]
    assert all((GOLDEN / each.name).stat().st_size < 60_000 for each in inputs)
    for each in inputs:
        height, width = each.image.shape[:2]
        assert (each.keypoints_px >= 0).all()
        assert (each.keypoints_px < (width, height)).all()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_renderer_draws_them_again(tmp_path: Path) -> None:
    for name in ("render.py", "worker.py"):
        shutil.copyfile(GOLDEN / name, tmp_path / name)
    subprocess.run([sys.executable, str(tmp_path / "render.py")], check=True, timeout=500)
    assert yaml.safe_load((tmp_path / "golden.yaml").read_text()) == yaml.safe_load(
        (GOLDEN / "golden.yaml").read_text()
    )
    for name in ("standing.png", "walking.png"):
        drawn, shipped = cv2.imread(str(tmp_path / name)), cv2.imread(str(GOLDEN / name))
        assert drawn is not None
        assert shipped is not None
        assert np.abs(drawn.astype(int) - shipped.astype(int)).mean() < 0.5


def test_the_truth_scores_one_and_a_shifted_person_little() -> None:
    golden = next(read_golden(None))

    def found_at(offset_px: float) -> Poses:
        keypoints = (golden.keypoints_px + offset_px)[None].astype(np.float32)
        return Poses(np.zeros((1, 4), np.float32), np.ones(1, np.float32), keypoints, np.ones((1, 17), np.float32))

    assert score(golden, found_at(0)).oks == pytest.approx(1, abs=1e-6)
    assert score(golden, found_at(0)).passed
    assert not score(golden, found_at(40)).passed
    assert not score(golden, Poses.empty()).passed


def test_the_files_of_golden_inputs_are_their_list_and_their_pictures() -> None:
    assert golden_files(GOLDEN) == ("golden.yaml", "standing.png", "walking.png")


@pytest.mark.parametrize("text", ["", "inputs: 7", "inputs: []", "other: 1", "inputs: [picture.png]", "[" * 3000])
def test_a_list_that_is_none_or_empty_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "golden.yaml").write_text(text, "utf-8")
    for read in (golden_files, lambda directory: list(read_golden(directory))):
        with pytest.raises(ModelUnreadable, match=r"list of one or more pictures|needs an `image`|nested too deeply"):
            read(tmp_path)


@pytest.mark.parametrize("name", ["../x.png", "/etc/shadow", "a/b.png", "..", ".", '""', '"a\\0b"', "[a.png]"])
def test_a_picture_outside_of_the_directory_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "golden.yaml").write_text(f"inputs: [{{image: {name}}}]", "utf-8")
    with pytest.raises(ModelUnreadable, match="the name of a file in this directory"):
        golden_files(tmp_path)


@pytest.mark.parametrize("picture", [b"", b"no picture"])
def test_a_picture_that_is_none_is_refused(tmp_path: Path, picture: bytes) -> None:
    shutil.copyfile(GOLDEN / "golden.yaml", tmp_path / "golden.yaml")
    (tmp_path / "standing.png").write_bytes(picture)
    with pytest.raises(ModelUnreadable, match=r"standing\.png is no picture"):
        list(read_golden(tmp_path))
