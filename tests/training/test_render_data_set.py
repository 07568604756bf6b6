from pathlib import Path

import cv2
import pytest

pytest.importorskip("numba", reason="rendering is compiled with numba, which is not installed")

from render_figures import figure

from edge_agent.models.training.labels import read_labels
from edge_agent.models.training.render import frames_to_data_set
from edge_agent.models.training.render.frames_to_data_set import main


class FigureCast:
    """Stands in for the cast, whose bodies take long to make."""

    def __init__(self, seed):
        pass

    def draw(self, rng, person):
        return figure(person, yaw_deg=float(rng.uniform(0, 360)))


@pytest.fixture
def order(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(frames_to_data_set, "Cast", FigureCast)
    return ["--count", "4", "--seed", "5", "--size-px", "96x72"]


def test_every_picture_has_a_label_of_its_size(order, tmp_path: Path):
    assert main(["--out", str(tmp_path / "set"), *order]) == 0
    labels = list(read_labels(tmp_path / "set"))
    assert len(labels) == 4
    assert len({label.group for label in labels}) == 4
    for label in labels:
        picture = cv2.imread(str(tmp_path / "set" / label.image))
        assert picture.shape == (label.height_px, label.width_px, 3) == (72, 96, 3)
        assert label.source == "render"


def test_the_same_seed_writes_the_same_bytes(order, tmp_path: Path):
    for name in ("one", "two"):
        main(["--out", str(tmp_path / name), *order])
    for file in ("labels.jsonl", "images/000000.jpg", "images/000003.jpg"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_picture_does_not_depend_on_how_many_follow(order, tmp_path: Path):
    main(["--out", str(tmp_path / "all"), *order])
    main(["--out", str(tmp_path / "two"), "--count", "2", *order[2:]])
    name = "images/000001.jpg"
    assert (tmp_path / "all" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("wrong", [["--size-px", "big"], ["--count", "0"], ["--jobs", "0"]])
def test_a_wrong_order_is_refused(wrong, tmp_path: Path, capsys):
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path), "--count", "1", *wrong])
    assert wrong[0] in capsys.readouterr().err
