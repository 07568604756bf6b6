"""``edge-agent pose``, as a person and as a script use it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import yaml

from edge_agent.cli.main import main
from edge_agent.cli.pose_command import drawing_paths

GOLDEN = Path(__file__).resolve().parents[2] / "models" / "golden"
STANDING = GOLDEN / "standing.png"
MODEL = str(Path(__file__).resolve().parents[3] / "shared" / "models" / "yolov8n_192_quant_pc_uf_pose_coco-st.tflite")

pytestmark = pytest.mark.shared
Output = pytest.CaptureFixture[str]


def lines(output: Output) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.readouterr().out.splitlines()]


def test_json_gives_the_keypoints_in_pixels_of_the_picture(capsys: Output) -> None:
    assert main(["pose", str(STANDING), "--model", MODEL, "--json"]) == 0
    (line,) = lines(capsys)
    assert (line["image"], line["width"], line["height"]) == (str(STANDING), 320, 320)
    (person,) = line["poses"]  # type: ignore[misc]  # JSON
    keypoints = np.array(person["keypoints_px"])
    truth = np.array(yaml.safe_load((GOLDEN / "golden.yaml").read_text())["inputs"][0]["keypoints_px"])
    assert keypoints.shape == (17, 3)
    assert np.abs(keypoints[:, :2] - truth).max() < 20
    x, y, width, height = person["box_px"]
    assert x < truth[:, 0].min()
    assert x + width > truth[:, 0].max()
    assert y < truth[:, 1].min()
    assert y + height > truth[:, 1].max()
    assert 0.8 < person["score"] <= 1


def test_a_table_is_for_people(capsys: Output) -> None:
    assert main(["pose", str(STANDING), "--model", MODEL]) == 0
    assert "standing.png: 1 person\n   1  score 0.9" in capsys.readouterr().out


def test_a_picture_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path, capsys: Output) -> None:
    broken, empty = tmp_path / "broken.png", tmp_path / "empty.png"
    broken.write_bytes(STANDING.read_bytes()[:50])
    empty.write_bytes(b"")
    names = [str(tmp_path / "absent.png"), str(broken), str(empty), str(STANDING)]
    assert main(["pose", *names, "--model", MODEL, "--json"]) == 1
    captured = capsys.readouterr()
    assert [json.loads(line)["image"] for line in captured.out.splitlines()] == [str(STANDING)]
    complaints = [line for line in captured.err.splitlines() if line.startswith("edge-agent: ")]
    assert len(complaints) == 3


def variants() -> list[npt.NDArray[np.generic]]:
    image = cv2.imread(str(STANDING), cv2.IMREAD_COLOR)
    assert image is not None
    alpha = np.dstack([image, np.full(image.shape[:2], 9, np.uint8)])
    return [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), alpha, image.astype(np.uint16) * 257]


@pytest.mark.parametrize("which", [0, 1, 2], ids=["grey", "four channels", "16 bit"])
def test_other_kinds_of_pictures_are_accepted(tmp_path: Path, capsys: Output, which: int) -> None:
    path = tmp_path / "picture.png"
    assert cv2.imwrite(str(path), variants()[which])  # type: ignore[arg-type]  # any picture
    assert main(["pose", str(path), "--model", MODEL, "--json"]) == 0
    (line,) = lines(capsys)
    assert len(line["poses"]) == 1  # type: ignore[arg-type]  # JSON


def test_a_picture_of_one_pixel_has_nobody(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "pixel.png"
    assert cv2.imwrite(str(path), np.zeros((1, 1, 3), np.uint8))
    assert main(["pose", str(path), "--model", MODEL, "--json"]) == 0
    assert lines(capsys) == [{"image": str(path), "width": 1, "height": 1, "poses": []}]


def test_the_score_decides_who_is_shown(capsys: Output) -> None:
    assert main(["pose", str(STANDING), "--model", MODEL, "--score", "0.99", "--json"]) == 0
    assert lines(capsys)[0]["poses"] == []


def test_draw_writes_the_picture_with_the_person_on_it(tmp_path: Path) -> None:
    assert main(["pose", str(STANDING), "--model", MODEL, "--draw", str(tmp_path / "drawn")]) == 0
    drawn, original = cv2.imread(str(tmp_path / "drawn" / "standing.poses.png")), cv2.imread(str(STANDING))
    assert drawn is not None
    assert original is not None
    assert drawn.shape == original.shape
    assert (drawn != original).any(axis=2).mean() > 0.005


def test_an_unknown_model_is_suggested(tmp_path: Path, capsys: Output) -> None:
    arguments = ["pose", str(STANDING), "--model", "yolov8n-pose-320-st", "--store", str(tmp_path)]
    assert main(arguments) == 1
    assert "edge-agent model add yolov8n-pose-320-st" in capsys.readouterr().err


def test_a_drawing_never_goes_over_a_picture_that_was_given(tmp_path: Path) -> None:
    picture, second = tmp_path / "x.png", tmp_path / "x.poses.png"
    for path in (picture, second):
        shutil.copyfile(STANDING, path)
    assert main(["pose", str(picture), str(second), "--model", MODEL, "--draw", str(tmp_path)]) == 0
    assert picture.read_bytes() == second.read_bytes() == STANDING.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "x-2.poses.png",
        "x.png",
        "x.poses.png",
        "x.poses.poses.png",
    ]


def test_pictures_of_one_name_get_drawings_of_their_own(tmp_path: Path) -> None:
    images = ["a/x.jpg", "b/x.jpg", "x-2.png", "c/x.png", "a/x.jpg"]
    names = [path.name for path in drawing_paths(tmp_path, images)]
    assert names == ["x.poses.png", "x-2.poses.png", "x-2-2.poses.png", "x-3.poses.png", "x-4.poses.png"]


def test_a_drawing_does_not_go_through_a_link_onto_a_picture(tmp_path: Path) -> None:
    (tmp_path / "x.poses.png").symlink_to(tmp_path / "x.png")
    assert drawing_paths(tmp_path, [str(tmp_path / "x.png")]) == [tmp_path / "x-2.poses.png"]


def test_libraries_say_nothing_on_stderr(tmp_path: Path, capfd: Output) -> None:
    (tmp_path / "cut.png").write_bytes(STANDING.read_bytes()[:500])
    (tmp_path / "cut.jpg").write_bytes(cv2.imencode(".jpg", np.zeros((99, 99, 3), np.uint8))[1].tobytes()[:-99])
    names = [str(tmp_path / "cut.png"), str(tmp_path / "cut.jpg"), str(STANDING)]
    main(["pose", *names, "--model", MODEL])
    assert [line for line in capfd.readouterr().err.splitlines() if not line.startswith("edge-agent: ")] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--score", "2"], "'2' is not a number from 0 to 1"),
        (["--score", "abc"], "'abc' is not a number from 0 to 1"),
        (["--score", "nan"], "'nan' is not a number from 0 to 1"),
        (["--threads", "0"], "'0' is not a whole number from 1 to 8"),
        (["--threads", "abc"], "'abc' is not a whole number from 1 to 8"),
        (["--runtime", "other"], "invalid choice: 'other'"),
    ],
)
def test_wrong_usage_is_told_in_words(capsys: Output, arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["pose", str(STANDING), "--model", MODEL, *arguments])
    assert exited.value.code == 2
    assert words in capsys.readouterr().err
