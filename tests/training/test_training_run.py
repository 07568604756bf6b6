"""A tiny training from data set to checkpoint: it goes on where it was interrupted."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("torch", reason="training needs PyTorch, which is not installed")

import torch
from learning_samples import made_sample, write_data_set

from edge_agent.models.training.learning import train as training_module
from edge_agent.models.training.learning.average import WeightAverage
from edge_agent.models.training.learning.batches import batches
from edge_agent.models.training.learning.checkpoint import load_average
from edge_agent.models.training.learning.distil_stem import CROP_PX, random_crop
from edge_agent.models.training.learning.mixture import Mixture, Source
from edge_agent.models.training.learning.schedule import Stage
from edge_agent.models.training.learning.train import CHECKPOINT_NAME, Training, main, train
from edge_agent.models.training.network.edge_pose import EdgePose

MIXTURE = Mixture((Source(tuple(made_sample(seed) for seed in range(3)), 1.0),), (), 64)


class Interrupted(Exception):
    """Stands in for a cut of the power."""


def training(out: Path) -> Training:
    out.mkdir()
    stages = (Stage(64, 3), Stage(96, 1))
    return Training(
        out=out, stages=stages, batch=2, rate=1e-3, plain_share=0.2, seed=3, workers=0, stem=None, imagenet=False
    )  # fmt: skip


def weights(out: Path) -> dict[str, dict[str, torch.Tensor]]:
    return torch.load(out / CHECKPOINT_NAME, weights_only=True)


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(MIXTURE, training(tmp_path / "whole"))
    broken = training(tmp_path / "broken")

    def two_batches(mixture, plan):
        for number, batch in enumerate(batches(mixture, plan)):
            if number == 2:
                raise Interrupted
            yield batch

    with monkeypatch.context() as patched:
        patched.setattr(training_module, "batches", two_batches)
        minutes = iter(range(0, 10**6, 200))
        patched.setattr(training_module, "time", SimpleNamespace(monotonic=lambda: next(minutes)))
        with pytest.raises(Interrupted):
            train(MIXTURE, broken)
    assert weights(broken.out)["step"] == 2
    train(MIXTURE, broken)
    whole, resumed = weights(tmp_path / "whole"), weights(broken.out)
    assert whole["step"] == resumed["step"] == 4
    for part in ("network", "average"):
        torch.testing.assert_close(resumed[part], whole[part], rtol=1e-5, atol=1e-6)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    torch.save({"average": {"weight": torch.zeros(1)}}, tmp_path / "other.pt")
    with pytest.raises(RuntimeError, match="Missing key"):
        load_average(tmp_path / "other.pt", EdgePose())


def test_the_command_trains_on_a_data_set_and_writes_the_average(tmp_path: Path, monkeypatch, capsys) -> None:
    folder = write_data_set(tmp_path / "made")
    command = [
        "train", "--data", f"{folder}:1.0", "--out", str(tmp_path / "run"), "--stages", "64:2", "32:1",
        "--batch", "2", "--workers", "0", "--from-scratch",
    ]  # fmt: skip
    monkeypatch.setattr(sys, "argv", command)
    main()
    assert "step 0 of 3: loss" in capsys.readouterr().out
    trained, untrained = EdgePose(), EdgePose()
    load_average(tmp_path / "run" / CHECKPOINT_NAME, trained)
    assert all(torch.isfinite(value).all() for value in trained.state_dict().values())
    name = "heads.0.scores.weight"
    assert not torch.equal(trained.state_dict()[name], untrained.state_dict()[name])


@pytest.mark.parametrize("text", ["made", "nowhere:0.5", "made:much"])
def test_a_wrong_source_is_explained(tmp_path: Path, monkeypatch, capsys, text: str) -> None:
    write_data_set(tmp_path / "made")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train", "--data", text, "--out", "run"])
    with pytest.raises(SystemExit):
        main()
    assert "give FOLDER:WEIGHT" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["128", "100:5", "0:5", "128:0", "much:5"])
def test_a_wrong_stage_is_explained(monkeypatch, capsys, text: str) -> None:
    monkeypatch.setattr(sys, "argv", ["train", "--data", "made:1", "--out", "run", "--stages", text])
    with pytest.raises(SystemExit):
        main()
    assert "SIDE_PX:STEPS" in capsys.readouterr().err


def test_the_average_moves_towards_the_network_by_its_decay() -> None:
    network = torch.nn.Linear(1, 1)
    average = WeightAverage(network, decay=0.9, ramp_steps=1e-9)
    before = average.network.weight.item()
    with torch.no_grad():
        network.weight += 1.0
    average.update(network, step=5)
    assert average.network.weight.item() == pytest.approx(before + 0.1, abs=1e-6)


def test_crops_for_the_stem_are_seeded_squares_in_red_first() -> None:
    import numpy as np

    blue = np.zeros((50, 300, 3), np.uint8)
    blue[..., 0] = 120
    first, second = (random_crop(blue, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (CROP_PX, CROP_PX, 3)
    assert first[..., 2].min() > first[..., 0].max()
