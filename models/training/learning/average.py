"""The average of the weights over the last steps (B. Polyak and A. Juditsky, 1992), which is what is shipped."""

from __future__ import annotations

import copy
import math

import torch
from torch import nn


class WeightAverage:
    """Exponential moving average of a network's weights and statistics."""

    def __init__(self, network: nn.Module, *, decay: float = 0.9985, ramp_steps: float = 300.0) -> None:
        """Starts from the network as it is. Early steps count more: the decay grows to its value over `ramp_steps`."""
        self.network = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
        self._decay = decay
        self._ramp_steps = ramp_steps

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Moves the average a little towards the network after a step, counted from 0."""
        decay = self._decay * (1 - math.exp(-(step + 1) / self._ramp_steps))
        theirs = network.state_dict()
        for name, mine in self.network.state_dict().items():
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs[name].detach().to(mine.dtype), 1 - decay)
            else:
                mine.copy_(theirs[name])
