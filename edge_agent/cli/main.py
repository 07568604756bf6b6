"""The command line: ``edge-agent COMMAND``.

Heavy packages are imported by the handlers, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from edge_agent import __version__
from edge_agent.cli import (
    certs_command,
    check_config_command,
    claim_command,
    command_command,
    demo_command,
    doctor_command,
    model_command,
    outbox_command,
    pose_command,
    provision_command,
    replay_command,
    run_command,
    support_bundle_command,
    updater_command,
)
from edge_agent.runtime.guarded import run_program

_DESCRIPTION = """\
Watches a camera, finds people in dangerous postures on the device itself, and publishes what happened over MQTT.
No image leaves the device. It is an aid, not a protective device: ISO 13855 does not cover it.
"""

_EPILOG = """\
examples:
  edge-agent demo                                        see it at work, with nothing but this computer
  edge-agent check-config /etc/edge-agent/config.yaml    is the configuration right?
  edge-agent run --config /etc/edge-agent/config.yaml    watch the cameras and publish events
  edge-agent doctor                                      what is wrong with this device?
  edge-agent COMMAND --help                              what a command takes

exit codes:
  0 done   1 failed or refused   2 wrong usage   130 interrupted   141 the reader of the output went away
  78 `run`, `updater run`: the configuration cannot be used

Documentation: README.md and docs/ of the project, /usr/share/doc/edge-agent where it was installed as a package.
A commented configuration: config/edge-agent.example.yaml.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; arguments and exit code are those of `run_program`."""
    return run_program(build_parser(), argv)


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command."""
    parser = argparse.ArgumentParser(
        prog="edge-agent",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(handler=None)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    _add_verbose(parser, 0)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    commands = (
        demo_command,
        run_command,
        updater_command,
        replay_command,
        pose_command,
        check_config_command,
        provision_command,
        doctor_command,
        support_bundle_command,
        model_command,
        outbox_command,
        command_command,
        claim_command,
        certs_command,
    )
    for command in commands:
        command.add_parser(subparsers)
    for subparser in subparsers.choices.values():
        _add_verbose(subparser, argparse.SUPPRESS)
    return parser


def _add_verbose(parser: argparse.ArgumentParser, default: int | str) -> None:
    text = "log more to stderr; twice for everything"
    parser.add_argument("-v", "--verbose", action="count", default=default, help=text)
