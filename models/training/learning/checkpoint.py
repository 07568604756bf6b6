"""What a training writes down so that it can go on after an interruption."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer

from edge_agent.models.training.learning.average import WeightAverage


def save(path: Path, step: int, network: nn.Module, average: WeightAverage, optimiser: Optimizer) -> None:
    """Writes a checkpoint beside the old one, then puts it in its place: an interruption leaves one of them whole."""
    state = {
        "step": step,
        "network": network.state_dict(),
        "average": average.network.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    new = path.with_suffix(".new")
    torch.save(state, new)
    new.replace(path)


def resume(path: Path, network: nn.Module, average: WeightAverage, optimiser: Optimizer) -> int:
    """Loads a checkpoint into all three and returns the number of steps done.

    Raises:
        RuntimeError: the checkpoint is of another network.
    """
    state = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(state["network"])
    average.network.load_state_dict(state["average"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


def load_weights(path: Path, network: nn.Module) -> None:
    """Loads the last weights, to start another training from; layers that the checkpoint lacks stay as they are."""
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["network"], strict=False)


def load_average(path: Path, network: nn.Module) -> None:
    """Loads the averaged weights, those to evaluate and to export."""
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["average"])
