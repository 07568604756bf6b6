"""The updater's process: one loop, one thread for the broker, one for commands."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from edge_agent.clock import SystemClock
from edge_agent.errors import StoreError, UpdaterError
from edge_agent.runtime.watchdog import ServiceNotifier
from edge_agent.update.reason import UpdateState
from edge_agent.updater.build_parts import UPDATE_DIRECTORY, build_parts
from edge_agent.updater.link import Link
from edge_agent.updater.service import UpdateService
from edge_agent.updater.state_to_words import state_to_words
from edge_agent.updater.updater_settings import UpdaterSettings

logger = logging.getLogger(__name__)

_STEP_S = 0.25  # how late a signal may be obeyed
_WAITING = frozenset({UpdateState.QUEUED, UpdateState.PAUSED})
_BAD_ENDS = frozenset({UpdateState.FAILED, UpdateState.ROLLED_BACK})


class _Stop:
    """A stop as a flag: a handler runs between two instructions of this thread, and takes no lock."""

    def __init__(self) -> None:
        self.asked = False
        self.service: UpdateService | None = None

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT."""
        self.asked = True
        if self.service is not None:
            self.service.stop()

    def wait(self, seconds: float) -> None:
        """Wait, but not beyond a stop."""
        end_s = time.monotonic() + seconds
        while not self.asked and (left_s := end_s - time.monotonic()) > 0.0:
            time.sleep(min(left_s, _STEP_S))

    def wait_in_service(self, seconds: float) -> None:
        """Wait while a file is fetched; raises where something else is to be done."""
        self.wait(seconds)
        if self.service is not None:
            self.service.interrupt()


def run_updater(settings: UpdaterSettings, *, once: bool) -> int:
    """Run until a signal stops it.

    Args:
        settings: Of the updater.
        once: Look once, go through with what is found, and return.

    Returns:
        0; 1 where `once` ended with a release that failed or went back.

    Raises:
        UpdaterError: It cannot start; the text says why and what to do.
    """
    directory = settings.state_dir / UPDATE_DIRECTORY
    clock, stop = SystemClock(), _Stop()
    notifier = ServiceNotifier()
    with _alone(directory), _signals(stop):
        parts = build_parts(settings, clock, stop.wait_in_service)
        link = Link(settings, clock)
        service = stop.service = UpdateService(parts, link, random.Random())
        try:
            service.book.open()
        except (OSError, StoreError) as error:
            raise UpdaterError(f"{error}: the updater must be able to write to {settings.state_dir}") from error
        link.start(service, directory)
        notifier.ready()
        try:
            return _loop(service, stop, notifier, once=once)
        finally:
            notifier.stopping()
            with contextlib.suppress(OSError):
                service.book.close()
            link.stop()


def _loop(service: UpdateService, stop: _Stop, notifier: ServiceNotifier, *, once: bool) -> int:
    looked, told = False, ""
    while not stop.asked:
        pause_s = service.turn()
        if (words := state_to_words(service.book.entry)) != told:
            notifier.status(words)
            told = words
        looked = looked or service.state is UpdateState.CHECKING
        if once and looked and (service.rests or service.state in _WAITING):
            return 1 if service.state in _BAD_ENDS else 0
        stop.wait(pause_s)
    return 0


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One updater a state directory; the kernel lets go when the process ends (flock(2)).

    Raises:
        UpdaterError: The directory cannot be used, or another updater has it.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UpdaterError(f"{error.filename}: {error.strerror}: the updater must be able to write there") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise UpdaterError(f"{directory}: another updater is at work here") from error
    finally:
        os.close(lock)


@contextlib.contextmanager
def _signals(stop: _Stop) -> Iterator[None]:
    """SIGTERM and SIGINT ask for a stop inside."""
    before = {number: signal.signal(number, stop.on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)
