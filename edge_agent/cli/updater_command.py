"""``edge-agent updater``: models over the air."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

_EPILOG = """\
A process of its own beside `edge-agent run`, with the same configuration, whose section `update` it follows. It fetches
what the signed pointer of the device's group names, judges it in a child process, has the agent try it, and keeps it or
takes it back. SIGTERM stops it; what was under way is gone on with at the next start.
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
    """Run the updater."""
    from edge_agent.runtime.log_to_stderr import log_to_stderr
    from edge_agent.updater.run_updater import run_updater
    from edge_agent.updater.updater_settings import read_updater_settings

    os.umask(0o077)
    settings = read_updater_settings(args.config)
    log_to_stderr(args.verbose, settings.log_level)
    return run_updater(settings, once=args.once)
