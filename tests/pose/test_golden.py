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
from edge_agent.pose.golden_score import MIN_LYING_SCORE, GoldenScore
from edge_agent.settings.settings import ModelSettings

GOLDEN = Path(__file__).resolve().parents[2] / "models" / "golden"


PICTURES = ("standing.png", "walking.png", "on-back.png", "face-down.png")


def test_two_stand_two_lie_and_each_is_small() -> None:
    inputs = list(read_golden(None))
    assert tuple(each.name for each in inputs) == PICTURES
    assert [each.lying for each in inputs] == [False, False, True, True]
    assert all((GOLDEN / each.name).stat().st_size < 60_000 for each in inputs)
    for each in inputs:
        height, width = each.image.shape[:2]
        assert (each.keypoints_px >= 0).all()
        assert (each.keypoints_px < (width, height)).all()
        spread_px = np.ptp(each.keypoints_px, axis=0)
        assert each.lying == (spread_px[0] > 1.3 * spread_px[1])


def test_who_lies_may_be_seen_less_surely_than_who_stands() -> None:
    found = {"name": "x.png", "score": 0.45, "oks": 0.35}
    assert GoldenScore(**found, lying=True).passed
    assert not GoldenScore(**found).passed
    assert not GoldenScore("x.png", score=0.39, oks=0.9, lying=True).passed
    assert not GoldenScore("x.png", score=0.9, oks=0.29, lying=True).passed


def test_what_counts_as_seen_on_the_floor_is_what_the_agent_takes_for_a_person() -> None:
    assert ModelSettings().score == MIN_LYING_SCORE


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_renderer_draws_them_again(tmp_path: Path) -> None:
    for name in ("render.py", "worker.py"):
        shutil.copyfile(GOLDEN / name, tmp_path / name)
    subprocess.run([sys.executable, str(tmp_path / "render.py")], check=True, timeout=500)
    assert yaml.safe_load((tmp_path / "golden.yaml").read_text()) == yaml.safe_load(
        (GOLDEN / "golden.yaml").read_text()
    )
    for name in PICTURES:
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
    assert golden_files(GOLDEN) == ("golden.yaml", *PICTURES)


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


def test_a_posture_that_is_none_is_refused(tmp_path: Path) -> None:
    for name in PICTURES:
        shutil.copyfile(GOLDEN / name, tmp_path / name)
    text = (GOLDEN / "golden.yaml").read_text("utf-8")
    (tmp_path / "golden.yaml").write_text(text.replace("posture: lying", "posture: asleep"), "utf-8")
    with pytest.raises(ModelUnreadable, match=r"on-back\.png: `posture` is upright or lying"):
        list(read_golden(tmp_path))
