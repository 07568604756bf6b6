"""The operator's command line: ``edge-agent-fleet COMMAND``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from edge_agent import __version__
from edge_agent.fleet import claim_command, key_command, release_command, repository_command, rollout_command
from edge_agent.runtime.guarded import run_program

_DESCRIPTION = """\
Signs models for a fleet of edge agents and rolls them out in stages. The repository that it keeps is plain files
(The Update Framework, TUF): any static server or object store hosts it, and nobody who only hosts it can change what
devices run.
"""

_EPILOG = """\
examples:
  edge-agent-fleet init --fleet fleet                         make the keys and an empty repository
  edge-agent-fleet add-model --fleet fleet models/edge-pose-n try a model, sign its manifest
  edge-agent-fleet publish --fleet fleet --group plant-1 edge-pose-n 1.1
  edge-agent-fleet rollout start --fleet fleet --group plant-1 edge-pose-n 1.2
  edge-agent-fleet rollout run --fleet fleet --group plant-1 --broker broker.example
  edge-agent-fleet resign --fleet fleet                       daily, by a timer
  edge-agent-fleet claim --help                               certificates for devices at their first contact

exit codes:
  0 done   1 failed or refused   2 wrong usage   130 interrupted   141 the reader of the output went away

docs/updates.md has the key ceremony, what to do about a lost key, and runbooks.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; arguments and exit code are those of `run_program`."""
    return run_program(build_parser(), argv)


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command."""
    parser = argparse.ArgumentParser(
        prog="edge-agent-fleet",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(handler=None, verbose=0)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="log more to stderr; twice for everything")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in (repository_command, key_command, release_command, rollout_command, claim_command):
        command.add_parsers(subparsers)
    return parser
