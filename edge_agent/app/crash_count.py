"""How often the agent went down while a model was active: a trial of minutes does not show what comes after hours.

Nothing else would end that: the service manager gives up after some restarts, and then nobody watches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_agent.app.trial_start import trying
from edge_agent.clock import Clock
from edge_agent.runtime.replace_file import replace_file
from edge_agent.update.trial_mark import remove_mark

RUN_FILE = "agent-run.json"
MANY = 3
"""Our own: once is a kill by hand, twice bad luck. The package's unit gives up after ten restarts in ten minutes, hence
three times three models would fit."""
WITHIN_S = 600.0
"""Our own: as that unit counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """The file.

    Attributes:
        boot_id: Of the boot that the times are of.
        running: Digest of the model that was open, and that nobody has closed; empty for none that counts.
        crashes: Digest to the last times, in monotonic seconds, at which a start found that the agent had gone down.
    """

    boot_id: str
    running: str = ""
    crashes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


_ADAPTER = TypeAdapter(_Run)


class CrashCount:
    """Counts for one boot, and until somebody stops the agent on purpose. `begin` comes first.

    Args:
        path: Of its file.
        clock: Its monotonic seconds go on from one process to the next (CLOCK_MONOTONIC, clock_gettime(2)).
        boot_id: Of this boot; empty where the kernel tells none, and then all starts are of one.
    """

    def __init__(self, path: Path, clock: Clock, boot_id: str) -> None:
        self._path = path
        self._clock = clock
        self._run = _Run(boot_id=boot_id)

    def begin(self) -> None:
        """The agent starts: what the last run left open took it down."""
        try:
            left = _ADAPTER.validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return
        if left.boot_id != self._run.boot_id:
            return
        crashes = dict(left.crashes)
        if left.running:
            crashes[left.running] = (*crashes.get(left.running, ()), self._clock.monotonic_s())[-MANY:]
        self._run = replace(left, running="", crashes=crashes)

    def too_often(self, digest: str) -> bool:
        """Whether a model must not be opened any more."""
        times_s = self._run.crashes.get(digest, ())
        return len(times_s) == MANY and times_s[-1] - times_s[0] <= WITHIN_S

    def opened(self, digest: str) -> None:
        """A model is open now.

        Args:
            digest: Of it; empty for one whose crashes count elsewhere, or to nothing, as the factory's.
        """
        run = replace(self._run, running=digest)
        if run.running or run.crashes or self._run.running:
            trying(lambda: replace_file(self._path, _ADAPTER.dump_json(run)))
        self._run = run

    def clear(self) -> None:
        """The agent stops on purpose."""
        trying(lambda: remove_mark(self._path))
