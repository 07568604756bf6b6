"""How a command ends: what it cannot do becomes one line and an exit code."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence

from edge_agent.errors import EdgeAgentError
from edge_agent.runtime.log_to_stderr import log_to_stderr

log = logging.getLogger(__name__)

_FAILED = 1
_USAGE = 2
_INTERRUPTED = 130  # 128 + SIGINT, as shells report it
_READER_GONE = 141  # 128 + SIGPIPE


def run_program(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> int:
    """Run the command that the arguments name.

    Args:
        parser: Of every command; it leaves the command's `handler` and how often `verbose` was said.
        argv: Arguments without the program's name; those of the process where absent.

    Returns:
        The exit code. `argparse` itself exits on ``--help``, ``--version`` and wrong usage.
    """
    args = parser.parse_args(argv)
    if args.handler is None:
        parser.print_help(sys.stderr)
        return _USAGE
    log_to_stderr(args.verbose)
    return guarded(parser.prog, args.handler, args)


def guarded(program: str, handler: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Run a handler; what it cannot do becomes one line on stderr that begins with the program, and an exit code."""
    try:
        code = handler(args)
        sys.stdout.flush()
    except EdgeAgentError as error:
        sys.stderr.write(f"{program}: {' '.join(str(error).split())}\n")
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return _READER_GONE
    except OSError as error:
        log.debug("what failed", exc_info=True)
        sys.stderr.write(f"{program}: {error.filename or 'the output cannot be written'}: {error.strerror or error}\n")
        if error.filename is None:
            _drop_output()
        return _FAILED
    return code


def _drop_output() -> None:
    """Lead stdout to nowhere: at exit the interpreter flushes it again, and would complain.

    Source: Python documentation of `signal`, "Note on SIGPIPE".
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
