"""What is sent because somebody asked for it: answers, and events that were sent before. In memory only."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from edge_agent.mqtt.outgoing import Outgoing

_MAX_REPLIES = 64  # our own: whoever asks so fast that answers are lost has no need of them
_MAX_TRIES = 3  # our own: the broker has had it before, so that more than bad luck is behind more
MAX_REPLAYS = 1000
"""Events that may wait to be sent again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        message: To publish.
        until_s: Monotonic seconds from which on nobody waits for it.
    """

    message: Outgoing
    until_s: float


@dataclass(frozen=True, slots=True)
class Replay:
    """An event to send again.

    Attributes:
        seq: Its number.
        tries: How often a connection ended while it was on its way.
    """

    seq: int
    tries: int = 0


class Errands:
    """Any thread asks; the publisher sends answers before events and replays after them.

    Both survive a lost connection, and neither survives the agent: who asked sees no answer and asks again.
    """

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        """Nothing waits.

        Args:
            wake: Tells the publisher that there is something to send.
        """
        self.wake = wake
        self._lock = threading.Lock()
        self._replies: deque[Reply] = deque(maxlen=_MAX_REPLIES)
        self._replays: deque[Replay] = deque()

    def reply(self, reply: Reply) -> None:
        """Send an answer."""
        with self._lock:
            self._replies.append(reply)
        self.wake()

    def replay(self, seqs: Iterable[int]) -> None:
        """Send these events again after those that wait already; each waits once."""
        with self._lock:
            waiting = {replay.seq for replay in self._replays}
            self._replays.extend(Replay(seq) for seq in seqs if seq not in waiting)
        self.wake()

    @property
    def replays_waiting(self) -> int:
        """How many events wait to be sent again."""
        with self._lock:
            return len(self._replays)

    def next_reply(self, now_s: float) -> Reply | None:
        """Take the oldest answer that somebody still waits for."""
        with self._lock:
            while self._replies:
                reply = self._replies.popleft()
                if now_s < reply.until_s:
                    return reply
        return None

    def next_replay(self) -> Replay | None:
        """Take the next event to send again."""
        with self._lock:
            return self._replays.popleft() if self._replays else None

    def give_back(self, errand: Reply | Replay) -> None:
        """It was on its way when the connection ended. A replay that connections end over is given up."""
        with self._lock:
            if isinstance(errand, Reply):
                self._replies.appendleft(errand)
            elif errand.tries < _MAX_TRIES:
                self._replays.appendleft(Replay(errand.seq, errand.tries + 1))
