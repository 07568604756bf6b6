"""The command line: ``edge-agent COMMAND``.

Heavy packages are imported by the handlers, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence

from edge_agent import __version__
from edge_agent.cli import (
    certs_command,
    check_config_command,
    command_command,
    demo_command,
    doctor_command,
    model_command,
    outbox_command,
    pose_command,
    replay_command,
    run_command,
    support_bundle_command,
)
from edge_agent.cli.log_to_stderr import log_to_stderr
from edge_agent.errors import EdgeAgentError

log = logging.getLogger(__name__)

_OK = 0
_FAILED = 1
_USAGE = 2
_INTERRUPTED = 130  # 128 + SIGINT, as shells report it
_READER_GONE = 141  # 128 + SIGPIPE

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

Documentation: README.md and docs/ of the project, /usr/share/doc/edge-agent where it was installed as a package.
A commented configuration: config/edge-agent.example.yaml.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments without the program's name; those of the process where absent.

    Returns:
        The exit code. `argparse` itself exits on ``--help``, ``--version`` and wrong usage.
    """
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.handler is None:
        parser.print_help(sys.stderr)
        return _USAGE
    log_to_stderr(args.verbose)
    return _guarded(args.handler, args)


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
        replay_command,
        pose_command,
        check_config_command,
        doctor_command,
        support_bundle_command,
        model_command,
        outbox_command,
        command_command,
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


def _guarded(handler: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Run a handler; what it cannot do becomes one line and an exit code."""
    try:
        code = handler(args)
        sys.stdout.flush()
    except EdgeAgentError as error:
        sys.stderr.write(f"edge-agent: {' '.join(str(error).split())}\n")
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return _READER_GONE
    except OSError as error:
        log.debug("what failed", exc_info=True)
        sys.stderr.write(f"edge-agent: {error.filename or 'the output cannot be written'}: {error.strerror or error}\n")
        if error.filename is None:
            _drop_output()
        return _FAILED
    return code


def _drop_output() -> None:
    """Lead stdout to nowhere: at exit the interpreter flushes it again, and would complain.

    Source: Python documentation of `signal`, "Note on SIGPIPE".
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
