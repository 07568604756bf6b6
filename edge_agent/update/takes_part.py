"""Which devices a percentage of a group means."""

from __future__ import annotations

import hashlib

_PERCENT = 100
_DIGITS = 8  # 32 bits: a percentage of them is off by less than 3e-8


def takes_part(rollout: str, device: str, percent: int) -> bool:
    """Whether a device is among the first so many percent of a rollout.

    The operator's tool and the device compute the same, so that nobody needs a list. Who takes part at 10 % does at
    50 %, too. The rollout's identifier goes into the hash, so that not the same devices come first each time.

    Args:
        rollout: Identifier of the rollout (`Pointer.rollout`).
        device: ``{site}/{device}``, as in the device's topics.
        percent: 0 for nobody to 100 for everybody.
    """
    digest = hashlib.sha256(f"{rollout}\0{device}".encode()).hexdigest()
    return int(digest[:_DIGITS], 16) % _PERCENT < percent
