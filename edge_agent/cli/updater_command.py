"""``edge-agent updater``: models over the air."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from edge_agent.cli.run_command import UNUSABLE_CONFIG
from edge_agent.errors import UpdaterError
from edge_agent.runtime.watchdog import ServiceNotifier

_EPILOG = """\
A process of its own beside `edge-agent run`, with the same configuration, whose section `update` it follows. It fetches
what the signed pointer of the device's group names, judges it in a child process, has the agent try it, and keeps it or
takes it back. SIGTERM stops it; what was under way is gone on with at the next start. Without
that section there is nothing to do, and it ends at once with 0.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "updater",
        help="take models over the air",
        description="Take models over the air.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    running = actions.add_parser("run", help="look for models until a signal stops it")
    running.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration")
    running.add_argument(
        "--once", action="store_true", help="look once and go through with what is found; 1 where that ended badly"
    )
    running.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Run the updater; 78 where the configuration cannot be used, 0 at once where it asks for no updates."""
    from edge_agent.runtime.log_to_stderr import log_to_stderr
    from edge_agent.updater.run_updater import run_updater
    from edge_agent.updater.updater_settings import read_updater_settings

    os.umask(0o077)
    notifier = ServiceNotifier()
    try:
        settings = read_updater_settings(args.config)
    except UpdaterError as error:
        notifier.status(f"looks for no models, since the configuration cannot be used: {error}")
        sys.stderr.write(f"edge-agent: {' '.join(str(error).split())}\n")
        return UNUSABLE_CONFIG
    if settings is None:
        # Most devices: no fault, and a service that ended before it was ready would count as one.
        notifier.ready()
        sys.stderr.write(f"edge-agent: {args.config}: no section `update`: this device takes no models over the air\n")
        return 0
    log_to_stderr(args.verbose, settings.log_level, "edge-agent-updater")
    return run_updater(settings, once=args.once)
