"""``edge-agent support-bundle``: what somebody who helps needs to see, and nothing else."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from edge_agent.cli.config_argument import add_config_argument, config_file
from edge_agent.cli.silent_stderr import silent_stderr

_EPILOG = """\
Holds versions, the settings without secrets, what `doctor` finds, the latest health, numbers of the outbox, and the
agent's lines of the journal. No picture, no event's content, no password, key or token. It is text: look into it before
you give it away (`tar xzOf FILE | less`). Run it as the agent's user, or as root for the journal.
"""
_NICE = 10  # as the doctor's


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "support-bundle",
        help="gather what somebody who helps needs to see, without secrets",
        description="Gather what somebody who helps needs to see, without secrets and without pictures.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config_argument(parser)
    parser.add_argument("--output", type=Path, metavar="FILE.tar.gz", help="a new file; named by the time where absent")
    parser.add_argument(
        "--hide-names", action="store_true", help="take out names of hosts and users, and addresses, too"
    )
    parser.add_argument("--quick", action="store_true", help="do not try cameras and the model")
    parser.add_argument("--json", action="store_true", help="print where it is as JSON")
    parser.add_argument("--health-on-stdin", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(handler=support_bundle)


def support_bundle(args: argparse.Namespace) -> int:
    """Write the bundle and say where it is."""
    from edge_agent.app.support.bundle import Wish, write_bundle

    os.nice(_NICE)
    health = sys.stdin.read() if args.health_on_stdin else ""
    output = args.output or Path(time.strftime("edge-agent-support-%Y%m%dT%H%M%SZ.tar.gz", time.gmtime()))
    wish = Wish(config_file(args.config), args.quick, args.hide_names, health)
    with nullcontext() if args.verbose else silent_stderr():
        written = write_bundle(wish, output)
    if args.json:
        print(json.dumps({"path": str(written.path), "size_bytes": written.size_bytes, "sha256": written.sha256}))
        return 0
    print(f"{written.path}\n{written.size_bytes} bytes, sha256 {written.sha256}")
    return 0
