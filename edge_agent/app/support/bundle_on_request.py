"""A support bundle that was asked for over MQTT: made by a process of its own, so that watching goes on beside it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import gmtime, strftime

from edge_agent.clock import Clock
from edge_agent.command.reason import Reason
from edge_agent.errors import CommandRefused
from edge_agent.mqtt.command_payload import SupportBundleResult

logger = logging.getLogger(__name__)

DIRECTORY = "support"
"""In the state directory."""
_KEPT = 3
# Our own: on a Raspberry Pi it takes some seconds, and each tool and each step towards the broker waits 20 s at most.
_TIMEOUT_S = 120.0
# Of the service manager: what the child would say there, it would say as the agent.
_NOT_INHERITED = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class BundleOnRequest:
    """Makes bundles, one at a time; for the thread of the commands alone."""

    def __init__(self, config: Path, state_dir: Path, clock: Clock, health: Callable[[], bytes]) -> None:
        """Wire it.

        Args:
            config: The agent's configuration file.
            state_dir: Where bundles are kept.
            clock: Names them.
            health: The latest report, as JSON; empty before the first.
        """
        self._config = config
        self._directory = state_dir / DIRECTORY
        self._clock = clock
        self._health = health

    def __call__(self, *, hide_names: bool) -> SupportBundleResult:
        """Make one.

        Args:
            hide_names: Whether host names and addresses are taken out.

        Raises:
            CommandRefused: It takes too long, or cannot be written.
        """
        output = self._directory / strftime("edge-agent-support-%Y%m%dT%H%M%SZ.tar.gz", gmtime(self._clock.wall_s()))
        try:
            self._directory.mkdir(mode=0o700, exist_ok=True)
            self._make_room()
            return self._result(self._run(output, hide_names=hide_names))
        except subprocess.TimeoutExpired as error:
            output.unlink(missing_ok=True)
            raise CommandRefused(Reason.TIMEOUT, "the support bundle took too long") from error
        except OSError as error:
            raise CommandRefused(Reason.NOT_WRITTEN, error.strerror or "it cannot be written") from error

    def _run(self, output: Path, *, hide_names: bool) -> str:
        command = [sys.executable, "-m", "edge_agent", "support-bundle", "--quick", "--health-on-stdin", "--json"]
        command += ["--config", str(self._config), "--output", str(output), *(["--hide-names"] if hide_names else [])]
        environment = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        done = subprocess.run(  # noqa: S603 - ourselves
            command, input=self._health(), capture_output=True, timeout=_TIMEOUT_S, check=False, env=environment
        )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            logger.error("a support bundle cannot be made: %s", said or f"exit code {done.returncode}")
            raise CommandRefused(Reason.NOT_WRITTEN, "it cannot be made; the agent's log says why")
        return done.stdout.decode()

    def _result(self, printed: str) -> SupportBundleResult:
        return SupportBundleResult.model_validate(json.loads(printed))

    def _make_room(self) -> None:
        for old in sorted(self._directory.glob("edge-agent-support-*.tar.gz"))[: 1 - _KEPT]:
            old.unlink()
