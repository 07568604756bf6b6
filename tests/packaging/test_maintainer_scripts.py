"""The maintainer scripts where something stands in their way."""

from __future__ import annotations

import subprocess
from pathlib import Path

POSTRM = Path(__file__).resolve().parents[2] / "packaging" / "debian" / "edge-agent.postrm"


def test_a_purge_goes_on_where_a_directory_is_a_mount_and_says_so(tmp_path: Path) -> None:
    """As in the image, where both directories are: what is in them goes, they themselves cannot."""
    for tool in ("rm", "getent", "userdel", "groupdel"):
        (tmp_path / tool).write_text(f'#!/bin/sh\necho "{tool} $*" >> {tmp_path}/asked\n[ "$1" != -rf ]\n')
        (tmp_path / tool).chmod(0o755)
    command = ["/bin/sh", str(POSTRM), "purge"]
    ran = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "/var/lib/edge-agent could not be deleted" in ran.stderr
    asked = (tmp_path / "asked").read_text()
    assert "rm -rf /etc/edge-agent\n" in asked
    assert "rm -rf /var/lib/edge-agent\n" in asked
    assert "userdel edge-agent\n" in asked
    assert "groupdel edge-agent\n" in asked
