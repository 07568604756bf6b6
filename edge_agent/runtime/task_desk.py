"""Work that another thread must do, because only that one may touch what the work is about."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Generic, TypeVar

from edge_agent.errors import EdgeAgentError

C = TypeVar("C")
T = TypeVar("T")


class TaskDesk(Generic[C]):
    """Any thread asks; the one that owns the context serves between two turns of its own work."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[C], None]] = deque()

    def ask(self, task: Callable[[C], T], timeout_s: float) -> T:
        """Have a task done and wait for its result.

        Args:
            task: Short; gets the owner's context.
            timeout_s: Seconds to wait. A task that was not begun by then is never done.

        Raises:
            TimeoutError: Not done in time.
            EdgeAgentError: What the task raised.
        """
        future: Future[T] = Future()

        def run(context: C) -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = task(context)
            except EdgeAgentError as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._waiting.append(run)
        try:
            return future.result(timeout_s)
        except FutureTimeoutError as error:  # the built-in one only from Python 3.11 on
            raise TimeoutError("the thread that was asked is busy") from error
        finally:
            future.cancel()

    def serve(self, context: C) -> None:
        """Do what waits. Called by the owner of the context alone."""
        while self._waiting:
            self._waiting.popleft()(context)
