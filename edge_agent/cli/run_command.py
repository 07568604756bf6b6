"""``edge-agent run``: watch the cameras and publish what happens."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

_EPILOG = """\
Runs in the foreground, under systemd or by hand. SIGTERM and SIGINT stop it cleanly within 5 s; SIGHUP reads the
configuration again and takes over zones, calibration, rules and thresholds without losing anybody. A configuration with
problems is refused with each of them; on SIGHUP the one in force stays.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "run",
        help="watch the cameras and publish events",
        description="Watch the cameras and publish events over MQTT.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration")
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Run until a signal stops it; 1 where a part of the agent died."""
    from edge_agent.app.daemon import run_daemon
    from edge_agent.runtime.log_to_stderr import log_to_stderr
    from edge_agent.settings.file_to_settings import load_settings

    # What waits in the outbox and what the posture log holds is nobody else's to read.
    os.umask(0o077)
    settings = load_settings(args.config)
    log_to_stderr(args.verbose, settings.log.level)
    return run_daemon(args.config, settings)
