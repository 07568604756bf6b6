"""As root on a device: once more as the service is run, so that what only the service is given can be tried."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from edge_agent.app.doctor.become_agent import agent_ids
from edge_agent.app.doctor.check_permissions import secrets
from edge_agent.errors import ConfigError
from edge_agent.runtime.secret_file import CREDENTIALS_VARIABLE
from edge_agent.settings.file_to_settings import load_settings
from edge_agent.settings.settings import Settings

CREDENTIALS = Path("/etc/edge-agent/credentials")
"""Where the Debian package's units take them from (packaging/debian/edge-agent.service)."""
# sd_booted(3): there where systemd runs the machine.
_BOOTED = Path("/run/systemd/system")


def run_with_credentials(config: Path, arguments: Sequence[str]) -> int | None:
    """Run a command of the agent as a unit of its own that is given the service's credentials (systemd-run(1)).

    Args:
        config: Names the credentials and the state directory, whose owner the unit runs as.
        arguments: The command's.

    Returns:
        The command's exit code; None where nothing is gained by that, and the command should be run here.
    """
    tool = shutil.which("systemd-run")
    if os.geteuid() != 0 or CREDENTIALS_VARIABLE in os.environ or tool is None or not _BOOTED.is_dir():
        return None
    try:
        settings = load_settings(config)
        loads = [f"--property=LoadCredential={file.name}:{file}" for file in _lent(settings, CREDENTIALS)]
        user = agent_ids(settings.state_dir)
    except (ConfigError, OSError):
        return None  # the command itself says so
    if not loads or user is None:
        return None
    groups = " ".join(str(each) for each in user.groups)
    who = [f"--uid={user.uid}", f"--gid={user.gid}", f"--property=SupplementaryGroups={groups}"]
    how = ["--quiet", "--pipe", "--wait", "--collect", "--same-dir", "--service-type=exec"]
    command = [tool, *how, *who, *loads, sys.executable, "-I", "-m", "edge_agent", *arguments]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own words; paths are one argument each


def _lent(settings: Settings, directory: Path) -> list[Path]:
    """The files of the credentials that the settings name."""
    named = {secret.credential for secret in secrets(settings) if secret.credential is not None}
    return [directory / name for name in sorted(named) if "/" not in name and (directory / name).is_file()]
