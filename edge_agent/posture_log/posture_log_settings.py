"""Whether what the rules see is kept, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le


@dataclass(frozen=True, slots=True, kw_only=True)
class PostureLogSettings:
    """A record of what the rules see: numbers, no picture, for `edge-agent replay`.

    It is personal data: joints that are followed over time can identify a person by the gait. It stays on the device
    and is never published.
    """

    enabled: bool = False
    """Whether it is written. Off, since nobody should be recorded who was not told."""
    max_mb: Annotated[float, Ge(8), Le(100_000)] = 256.0
    """At most so many megabytes for all cameras together; then the oldest part is deleted. One person in view at 15
    frames a second takes 24 MB an hour, an empty place 0.5 MB."""
