"""The updater is a process of its own: what watches the camera carries none of it."""

from __future__ import annotations

import subprocess
import sys


def test_the_daemon_and_its_commands_import_neither_tuf_nor_urllib3() -> None:
    code = (
        "import sys, edge_agent.app.daemon, edge_agent.cli.main, edge_agent.update.store, edge_agent.update.reason\n"
        "print(sorted({'tuf', 'securesystemslib', 'urllib3'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
