"""Topics that the broker does not take now."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from edge_agent.runtime.backoff import FullJitter


@dataclass(slots=True)
class _Pause:
    backoff: FullJitter
    until_s: float = 0.0
    told: set[int] = field(default_factory=set)


class TopicPauses:
    """Each refused topic is tried again on a backoff of its own; the others go on meanwhile. Pure but for the jitter.

    By topic, because brokers authorise by topic: one refusal speaks for every message that waits for it.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._pauses: dict[str, _Pause] = {}

    def refused(self, topic: str, code: int, now_s: float) -> bool:
        """The broker refused a message, and may take it later.

        Args:
            topic: Of the message.
            code: Reason code of the PUBACK.
            now_s: Monotonic seconds.

        Returns:
            Whether this reason is new for the topic, and should be told.
        """
        pause = self._pauses.setdefault(topic, _Pause(FullJitter(self._rng)))
        if now_s >= pause.until_s:  # else it answers the same volley
            pause.until_s = now_s + pause.backoff.next_s()
        new = code not in pause.told
        pause.told.add(code)
        return new

    def taken(self, topic: str) -> bool:
        """The broker took a message.

        Returns:
            Whether it had refused the topic before.
        """
        return self._pauses.pop(topic, None) is not None

    def paused(self, now_s: float) -> frozenset[str]:
        """The topics to leave alone now."""
        return frozenset(topic for topic, pause in self._pauses.items() if now_s < pause.until_s)

    def reconnected(self) -> None:
        """A broker that restarted may take what it refused before: try everything at once."""
        for pause in self._pauses.values():
            pause.until_s = 0.0
