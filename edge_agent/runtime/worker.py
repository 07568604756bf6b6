"""A named thread that never dies silently."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Worker:
    """Runs one function in a thread of its own until it returns or is asked to stop.

    The thread is a daemon thread: a read that blocks for ever in a driver cannot keep the process from ending.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[threading.Event], None],
        on_death: Callable[[str, BaseException], None],
    ) -> None:
        """Prepare the thread; `start` starts it.

        Args:
            name: Name of the thread, in logs and in ``top -H``.
            run: The work; returns soon after its event is set.
            on_death: Called from the dying thread with the name and the error when `run` raises anything; it logs
                what that means for the rest.
        """
        self.name = name
        self._run = run
        self._on_death = on_death
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._guarded, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread, once."""
        self._thread.start()

    def request_stop(self) -> None:
        """Ask the work to end; returns at once."""
        self._stop.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread to end.

        Args:
            timeout_s: Seconds to wait at most.

        Returns:
            Whether it has ended.
        """
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread is running."""
        return self._thread.is_alive()

    def _guarded(self) -> None:
        try:
            self._run(self._stop)
        except BaseException as error:  # noqa: BLE001 - the one place where every error ends: a thread has no caller
            self._on_death(self.name, error)
